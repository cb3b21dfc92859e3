"""Look up the score thresholds for review and for opening a case.

`escucha thresholds` derives the file from labelled posts, by kind of source and language; the shipped one is
`core/config/thresholds.json`. A profile sets the share of actionable posts that must get through (`[triage] reach`), and the thresholds
follow from it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from core.config.key_problems import KeyProblem, ProfileRefusedError
from core.errors import ConfigurationError
from core.parts import sources
from core.records import Record

SHIPPED = Path(__file__).with_name("thresholds.json")
JOINING = Path(__file__).with_name("joining.json")
"""What each bar of joining costs, written by `make score-incidents WRITE=1`."""
MENTION = "mention"
"""Stream of posts of networks that are said to the city: they hold one of its handles. Others are found by search."""
WIDER = {MENTION: "network"}
"""Stream -> kind of source whose thresholds apply where none are derived for the stream."""
ALL = "*"
"""Wildcard of a group: any kind of source, or any language."""
DEFAULT_ACT = 0.8
"""Used where too few labelled posts support a threshold for cases."""
OTHER_STYLES = {"forum": "platform", "open311": "letter", "webform": "letter"}
"""Styles of names that are no source of ours: `escucha label` and labelled posts have them."""
MIXED = "mixed"
"""Style of a source with posts of any style: the text decides."""
_OF_A_NETWORK = re.compile(r"(?<!\w)[@#]\w")


def source_kind_of(source: str, text: str = "", style: str | None = None) -> str:
    """Return the style of a source: `network`, `platform` or `letter`.

    `network`: short posts; `platform`: proposals and forums; `letter`: e-mails and forms. Files hold posts of any style, which the
    collector found (`style`); one stored before it did counts as `network` if it contains a handle or a hashtag, else as `platform`.

    >>> source_kind_of("mastodon"), source_kind_of("decidim"), source_kind_of("archive", "@madrid hola")
    ('network', 'platform', 'network')
    """
    if style is not None:
        return style
    of_all = _style_of(source)
    if of_all == MIXED:
        return "network" if has_handle_or_tag(text) else "platform"
    return of_all


def _style_of(source: str) -> str:
    """Return the style that a source's manifest declares."""
    found = sources().get(source)
    return OTHER_STYLES.get(source, "network") if found is None else found.style


def has_handle_or_tag(text: str) -> bool:
    """Return whether a text has a handle or a hashtag.

    >>> has_handle_or_tag("@madrid hola"), has_handle_or_tag("Más bancos para l@s niñ@s")
    (True, False)
    """
    return _OF_A_NETWORK.search(text) is not None


def is_debate(source: str, text: str, style: str | None = None) -> bool:
    """Return whether a post is from a platform where proposals are debated.

    For an archive the style of the post decides.
    """
    found = sources().get(source)
    return found is not None and (found.debates or (found.style == MIXED and source_kind_of(source, text, style) == "platform"))


class Cutoffs(NamedTuple):
    """Hold the scores of `actionable` for review and for opening a case."""

    review: float
    act: float


class Promise(Record):
    """Describe what a review threshold guarantees."""

    target: float
    """Share of actionable posts that must get through."""
    review: float
    reach: float
    """Measured share of the labelled posts that got through."""
    bound: float
    """Lower bound of the expected share of new posts that get through (conformal risk control, worst file)."""
    looks: float
    """Percentage of posts at or above the threshold."""


class Step(Record):
    """Hold how many labelled posts from a score on are actionable."""

    score: float
    """The step ends where the next one begins."""
    posts: int
    actionable: int
    at_most: float
    """Upper bound of the share, 90 % sure."""


class ThresholdGroup(Record):
    """Hold the thresholds for one kind of source and language."""

    kind: str
    language: str
    posts: int
    actionable: int
    act: float | None
    """None: too few labelled posts; the wider group is used."""
    act_wrong: float | None
    """Share of false positives among the labelled posts at or above `act`."""
    promises: tuple[Promise, ...]
    """By rising target; only the targets supported by the number of labelled posts."""

    curve: tuple[Step, ...] = ()
    """Empty in a file of an older version."""

    def chance(self, score: float) -> tuple[float, float]:
        """Return the expected share of actionable posts, and its bound.

        (score, 1.0) without a curve.
        """
        step = next((one for one in reversed(self.curve) if one.score <= score), None)
        return (score, 1.0) if step is None else (step.actionable / step.posts, step.at_most)

    def promise(self, reach: float) -> Promise | None:
        """Return the promise for this reach; None: too few labelled posts."""
        return next((one for one in self.promises if one.target >= reach - 1e-9), None)


REACH_TOO_HIGH = "the labelled posts support {most} at most: enter less, or have more posts labelled"


class TopicBar(Record):
    """Hold from which certainty on the topic of a case is decided."""

    kind: str
    """Of source; `*`: all."""
    bar: float
    matters: int
    """Labelled incidents, and actionable posts of none, from which the bar was derived."""
    asked: float
    """Share of them below the bar: a person is asked."""
    right: float
    """Share of the others whose topic is right."""
    right_before: float
    """Share of all whose topic is right."""


class Thresholds(Record):
    """Hold all groups, and the model whose scores they were derived from."""

    model: str
    gold: tuple[str, ...]
    groups: tuple[ThresholdGroup, ...]
    topics: tuple[TopicBar, ...] = ()
    """Empty: no labelled topics support a bar, and every topic is decided."""

    def topic_bar(self, kind: str) -> float:
        """Return from which certainty on a topic is decided; 0: always."""
        bars = {one.kind: one.bar for one in self.topics}
        return bars.get(kind, bars.get(ALL, 0.0))

    def find(self, kind: str, language: str, reach: float) -> tuple[ThresholdGroup, Promise] | None:
        """Return the narrowest group that supports this reach, with its promise.

        Tries kind and language, then the kind, then all posts; None: no group supports it.
        """
        for group in self._groups(kind, language):
            if (found := group.promise(reach)) is not None:
                return group, found
        return None

    def _groups(self, kind: str, language: str) -> Iterator[ThresholdGroup]:
        """Yield the groups of a post, the narrowest first."""
        wider = WIDER.get(kind, kind)
        for wanted in dict.fromkeys(((kind, language), (kind, ALL), (wider, language), (wider, ALL), (ALL, ALL))):
            yield from (group for group in self.groups if (group.kind, group.language) == wanted)

    def chance(self, score: float) -> tuple[float, float]:
        """Return the expected share of actionable posts, and its bound."""
        group = next((one for one in self.groups if (one.kind, one.language) == (ALL, ALL)), None)
        return (score, 1.0) if group is None else group.chance(score)

    def cutoffs(self, kind: str, language: str, reach: float) -> Cutoffs:
        """Return the thresholds for a kind of source and a language.

        Raises:
            ConfigurationError: no group supports this reach.
        """
        found = self.find(kind, language, reach)
        if found is None:
            most = max((one.target for group in self.groups for one in group.promises), default=0.0)
            raise ProfileRefusedError(
                f"[triage] reach = {reach}: the labelled posts support {most} at most; lower it, or label more posts and run "
                "`escucha thresholds --gold FILE --write FILE`",
                [KeyProblem(("triage", "reach"), REACH_TOO_HIGH, {"most": most}, reach)],
            )
        _, promise = found
        act = next((group.act for group in self._groups(kind, language) if group.act is not None), DEFAULT_ACT)
        return Cutoffs(promise.review, max(act, promise.review))


class JoiningPrice(Record):
    """Hold what joining from one probability on costs, on streams held out."""

    stream: str
    """network: days of posts; notices: notices of a contact centre."""
    bar: float
    right: float
    """Share of the joined pairs that are of one problem."""
    found: float
    """Share of the pairs of one problem that are joined by machine alone."""
    beside: float
    """Share of all posts that share a case with another problem."""
    suggestions: float
    """Posts with suggestions, of 100."""

    @property
    def missed_joins(self) -> float:
        """Return how many missed joins weigh as much as a wrong one."""
        return self.bar / (1 - self.bar)


def load_joining_prices() -> list[JoiningPrice]:
    """Load what each bar of joining costs, by stream and bar."""
    return [JoiningPrice.model_validate(one) for one in json.loads(JOINING.read_bytes())]


def load_thresholds(path: Path) -> Thresholds:
    """Load a file written by `escucha thresholds --write`.

    Raises:
        ConfigurationError: it cannot be read; names the file and what to do.
    """
    try:
        return Thresholds.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        why = error.strerror or "cannot be read"
    except (ValidationError, ValueError) as error:
        why = str(error).splitlines()[0]
    raise ConfigurationError(f"{path}: not a file of thresholds ({why}); make it with `escucha thresholds --write {path}`")
