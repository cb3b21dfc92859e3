"""Know from which score on a post opens a case or is shown to a person, by kind of source and language.

`escucha thresholds` derives the file from labelled posts; the shipped one is `core/config/thresholds.json`. A profile asks for a share of
actionable posts that must get through (`[triage] reach`), and the thresholds follow from it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from core.errors import ConfigurationError
from core.records import Record

SHIPPED = Path(__file__).with_name("thresholds.json")
ALL = "*"
"""Of a group: whatever the kind of source, or the language."""
USUAL_ACT = 0.8
"""Where too few posts are labelled to promise anything about cases."""
PLATFORMS = frozenset({"consul", "decidim", "discourse", "forum"})
LETTERS = frozenset({"inbox", "mailbox", "open311", "webform"})
DEBATES = frozenset({"consul", "decidim"})
"""Platforms of participation: what stands under a proposal are opinions on it."""
FILES = "archive"
"""Holds posts of any kind: how each is written tells."""
_OF_A_NETWORK = re.compile(r"[@#]\w")


def source_kind_of(source: str, text: str = "") -> str:
    """Return how people write there: `network` (short posts), `platform` (proposals, forums) or `letter` (mails, forms).

    A post of an archive that names a handle or a tag was written on a network; another one on a platform.
    """
    if source == FILES:
        return "network" if _OF_A_NETWORK.search(text) else "platform"
    return "platform" if source in PLATFORMS else "letter" if source in LETTERS else "network"


def is_debate(source: str, text: str) -> bool:
    """Tell whether a post stands on a platform where proposals are debated; of an archive, how it is written tells."""
    return source in DEBATES or (source == FILES and source_kind_of(source, text) == "platform")


class Bars(NamedTuple):
    """From which score of `actionable` on a post is reviewed, and from which it opens a case by itself."""

    review: float
    act: float


class Promise(Record):
    """What a threshold of review keeps."""

    target: float
    """Share of actionable posts that must get through."""
    review: float
    reach: float
    """Share that got through of the labelled posts."""
    bound: float
    """Expected share of new posts that gets through, at least (conformal risk control, worst file)."""
    looks: float
    """Posts of 100 at or above the threshold."""


class Group(Record):
    """Thresholds for one kind of source and language."""

    kind: str
    language: str
    posts: int
    actionable: int
    act: float | None
    """None: too few labelled posts; the wider group decides."""
    act_wrong: float | None
    """Share of wrong ones among the labelled posts at or above `act`."""
    promises: tuple[Promise, ...]
    """By rising target; of the targets that so many labelled posts can support."""

    def promise(self, reach: float) -> Promise | None:
        """Return the promise that keeps this share; None: too few labelled posts for it."""
        return next((one for one in self.promises if one.target >= reach - 1e-9), None)


class Thresholds(Record):
    """All groups, and the model whose scores they were derived from."""

    model: str
    gold: tuple[str, ...]
    groups: tuple[Group, ...]

    def find(self, kind: str, language: str, reach: float) -> tuple[Group, Promise] | None:
        """Return the narrowest group that can promise this share: kind and language, the kind, all posts."""
        for group in self._groups(kind, language):
            if (found := group.promise(reach)) is not None:
                return group, found
        return None

    def _groups(self, kind: str, language: str) -> Iterator[Group]:
        """Yield the groups of a post, the narrowest first."""
        for wanted in ((kind, language), (kind, ALL), (ALL, ALL)):
            yield from (group for group in self.groups if (group.kind, group.language) == wanted)

    def bars(self, kind: str, language: str, reach: float) -> Bars:
        """Return the thresholds of a post.

        Raises:
            ConfigurationError: no group can promise this share.
        """
        found = self.find(kind, language, reach)
        if found is None:
            most = max((one.target for group in self.groups for one in group.promises), default=0.0)
            raise ConfigurationError(
                f"[triage] reach = {reach}: the labelled posts support {most} at most; lower it, or label more posts and run "
                "`escucha thresholds --gold FILE --write FILE`"
            )
        _, promise = found
        act = next((group.act for group in self._groups(kind, language) if group.act is not None), USUAL_ACT)
        return Bars(promise.review, max(act, promise.review))


def read_thresholds(path: Path) -> Thresholds:
    """Read a file that `escucha thresholds --write` made.

    Raises:
        ConfigurationError: it cannot be read; names the file and what to do.
    """
    try:
        return Thresholds.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        why = error.strerror or "cannot be read"
    except (ValidationError, ValueError) as error:
        why = str(error).splitlines()[0]
    raise ConfigurationError(f"{path}: no file of thresholds ({why}); make it with `escucha thresholds --write {path}`")
