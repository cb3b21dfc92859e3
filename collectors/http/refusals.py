"""Map a network's error responses to errors, with message and back-off.

Each network has a table of meanings, searched from the top: the first match wins. A status means different things on different
networks (403 is switched-off comments on one and a revoked approval on another), so the tables are in the networks' modules.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collectors.http import retry_after as waiting
from collectors.http.errors import error_name
from core.errors import SourceError


@dataclass(frozen=True)
class Refusal:
    """Hold the parts of an error response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    codes: Collection[str] = ()
    """The reason codes in it."""
    text: str = ""
    """Its text, or the URL that answered."""


Wait = Callable[[Refusal, datetime], float | None]
"""Returns the seconds to back off, counted from this moment; None: no back-off."""


def no_wait(_refusal: Refusal, _now: datetime) -> None:
    """Return None: the next run tries again."""


def wait_from_headers(*resets: str) -> Wait:
    """Build the wait for a status that means 'wait'.

    It follows the headers (`Retry-After`, else one of `resets`), and is a minute without them.
    """
    return lambda refusal, now: waiting.retry_after(refusal.headers, now, *resets)


def wait_if_busy(*resets: str) -> Wait:
    """Build the wait for 429 and 503; other statuses need `Retry-After`."""
    return lambda refusal, now: waiting.pause_after(refusal.status, refusal.headers, now, *resets)


def wait_if_header(refusal: Refusal, now: datetime) -> float | None:
    """Wait only if there is a `Retry-After`."""
    return waiting.retry_after_header(refusal.headers, now)


TOO_MANY_REQUESTS = "{who}: too many requests, wait {wait:.0f} s"
UNUSABLE_RESPONSE = "{who} gave no usable answer ({status}); tried again later"


@dataclass(frozen=True)
class Meaning:
    """Describe the error to raise when all given conditions match.

    Without conditions it matches every error response.
    """

    template: str
    """Message; may contain `{who}` (the network or server), `{status}`, `{codes}`, `{wait}` and the names given to `Refusals.error`."""
    statuses: Collection[int] = ()
    codes: Collection[str] = ()
    """One of them must be among the codes of the response."""
    text: str = ""
    """Must be contained in the text of the response."""
    kind: type[SourceError] = SourceError
    fatal: bool = False
    """Only a person can fix it."""
    wait: Wait = no_wait

    def fits(self, refusal: Refusal) -> bool:
        """Tell whether the response matches."""
        return (
            (not self.statuses or refusal.status in self.statuses)
            and (not self.codes or any(code in self.codes for code in refusal.codes))
            and self.text in refusal.text
        )


class Refusals:
    """Hold the table of one network, searched from the top."""

    def __init__(self, *meanings: Meaning, otherwise: Meaning) -> None:
        self.meanings = (*meanings, otherwise)

    def error(self, refusal: Refusal, now: datetime, who: str, **names: object) -> SourceError:
        """Return the error for a response.

        Args:
            refusal: the response.
            now: the moment of this run, from which a wait is counted.
            who: display name of the network or server.
            names: further values for the message.
        """
        meaning = next(one for one in self.meanings if one.fits(refusal))
        wait = meaning.wait(refusal, now)
        codes = ", ".join(sorted(refusal.codes)) or "no reason given"
        message = meaning.template.format(who=who, status=refusal.status, codes=codes, wait=wait or 0.0, **names)
        return meaning.kind(message, retry_after=wait, fatal=meaning.fatal)


def unusable_response(who: str, why: BaseException | str, retry_after: float | None = None) -> SourceError:
    """Return the error of a request that got no usable response.

    The cause is a broken connection, a time-out or an unreadable body.
    """
    reason = error_name(why) if isinstance(why, BaseException) else why
    return SourceError(UNUSABLE_RESPONSE.format(who=who, status=reason), retry_after=retry_after)
