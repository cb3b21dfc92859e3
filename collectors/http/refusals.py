"""Say what a network's refusal means: which error, in which words, and how long the network asks us to wait.

Each network has a table of meanings, read from the top: the first that fits counts. What a status means differs from network to
network (403 is a switched-off comment here and a withdrawn approval there), so the tables stay with the networks.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collectors.http import retry_after as waiting
from collectors.http.errors import error_name
from core.errors import SourceError


@dataclass(frozen=True)
class Refusal:
    """What a server answered instead of what was asked for."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    codes: Collection[str] = ()
    """The reasons that it names, in its own short words."""
    text: str = ""
    """Whatever else it says: its text, or the address that answered."""


Wait = Callable[[Refusal, datetime], float | None]
"""Seconds that the network asks us to wait, seen from this moment; None: it asks for no rest."""


def no_wait(_refusal: Refusal, _now: datetime) -> None:
    """Return None: the next run tries again."""


def asked_for(*resets: str) -> Wait:
    """Wait as long as the headers say (`Retry-After`, else one of `resets`), or by default a minute: for a status that means 'wait'."""
    return lambda refusal, now: waiting.retry_after(refusal.headers, now, *resets)


def if_busy(*resets: str) -> Wait:
    """Wait like `asked_for` after 429 and 503; after any other status only where `Retry-After` asks for it."""
    return lambda refusal, now: waiting.pause_after(refusal.status, refusal.headers, now, *resets)


def if_named(refusal: Refusal, now: datetime) -> float | None:
    """Wait only where `Retry-After` asks for it."""
    return waiting.retry_after_header(refusal.headers, now)


TOO_MANY = "{who}: too many requests, wait {wait:.0f} s"
NO_ANSWER = "{who} gave no usable answer ({status}); tried again later"


@dataclass(frozen=True)
class Meaning:
    """What a refusal means when everything that is given here fits; without conditions it fits every refusal."""

    words: str
    """May name `{who}` (the network or server), `{status}`, `{codes}`, `{wait}` and what else `Refusals.error` is given."""
    statuses: Collection[int] = ()
    codes: Collection[str] = ()
    """One of them is among the codes of the refusal."""
    text: str = ""
    """Stands in the text of the refusal."""
    kind: type[SourceError] = SourceError
    fatal: bool = False
    """Only a person can mend it."""
    wait: Wait = no_wait

    def fits(self, refusal: Refusal) -> bool:
        """Tell whether this is what the refusal means."""
        return (
            (not self.statuses or refusal.status in self.statuses)
            and (not self.codes or any(code in self.codes for code in refusal.codes))
            and self.text in refusal.text
        )


class Refusals:
    """The table of one network, read from the top."""

    def __init__(self, *meanings: Meaning, otherwise: Meaning) -> None:
        self.meanings = (*meanings, otherwise)

    def error(self, refusal: Refusal, now: datetime, who: str, **names: object) -> SourceError:
        """Return the error that this refusal is.

        Args:
            refusal: the answer.
            now: the moment of this run, from which a wait is counted.
            who: the network or server, as people know it.
            names: what else the words of the table name.
        """
        meaning = next(one for one in self.meanings if one.fits(refusal))
        wait = meaning.wait(refusal, now)
        codes = ", ".join(sorted(refusal.codes)) or "no reason given"
        words = meaning.words.format(who=who, status=refusal.status, codes=codes, wait=wait or 0.0, **names)
        return meaning.kind(words, retry_after=wait, fatal=meaning.fatal)


def no_answer(who: str, why: BaseException | str, retry_after: float | None = None) -> SourceError:
    """Return the error of a question that got no usable answer: a cut line, a time-out, no JSON."""
    words = error_name(why) if isinstance(why, BaseException) else why
    return SourceError(NO_ANSWER.format(who=who, status=words), retry_after=retry_after)
