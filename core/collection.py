"""How a collector hands over what it read: page by page, with the cursor to go on from and the budget it may use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import BudgetSpentError
from core.post import Raw, Rejected
from core.records import Json, Record


class Gap(Record):
    """A stretch of a source that was not read: recorded, shown, and filled later."""

    stream: str = ""
    """The query, server or feed it belongs to."""
    newer_than: str | None = None
    """Read up to here before (an id, a date or a token of that network)."""
    older_than: str | None = None
    """Read down to here in this run."""
    reason: str
    """page_cap, time, rate_limit, repeated_token, look_back, cursor_invalid ..."""


class Page(Record):
    """One page of a source. It is stored together with `cursor`, or not at all."""

    raws: tuple[Raw, ...] = ()
    rejects: tuple[Rejected, ...] = ()
    cursor: Json
    """Where to go on; opaque to everyone but the collector."""
    gap: Gap | None = None
    filled: tuple[str, ...] = ()
    """Streams whose recorded gaps this page has closed: all of what was missing there is read now."""
    dropped: tuple[str, ...] = ()
    """Streams that are asked for no more, whether or not they were read to their end: gaps there stay gaps."""
    deleted: tuple[str, ...] = ()
    """Native ids the network says were deleted: none of them may come in later."""
    deleted_anywhere: tuple[str, ...] = ()
    """Native ids of all that was deleted on the whole network: those that are here are forgotten, of others nothing is kept."""


def _free(requests: int, usd: float) -> None:
    """Cost nothing: the default of sources that have no price."""


def _paid(usd: float) -> None:
    """Pay: the default where nobody keeps books."""


def _billed(ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
    """Take note of what was billed: the default where nobody keeps books."""


@dataclass
class Budget:
    """What one run of one source may use. `spend` and `prepay` are durable before they return, and raise when the budget is gone."""

    now: datetime
    until: datetime
    pages: int = 50
    _spend: Callable[[int, float], None] = field(default=_free, repr=False)
    _prepay: Callable[[float], None] = field(default=_paid, repr=False)
    _bill: Callable[[Sequence[str], float, float], None] = field(default=_billed, repr=False)
    _clock: Callable[[], datetime] | None = field(default=None, repr=False)
    """Tells whether `until` has come; without one the time stands still (tests)."""

    def time(self) -> datetime:
        """What time it is, minutes after `now` in a long run."""
        return self.now if self._clock is None else self._clock()

    def is_over(self) -> bool:
        """Whether no page is left, or the time is over."""
        return self.pages <= 0 or (self._clock is not None and self._clock() >= self.until)

    def page(self) -> bool:
        """Take one page from the budget; False when it is over."""
        if self.is_over():
            return False
        self.pages -= 1
        return True

    def spend(self, requests: int, usd: float = 0.0) -> None:
        """Write down what the next request costs, before it is sent.

        Raises:
            BudgetSpentError: the money or the requests of this source are used up.
        """
        if requests < 0 or usd < 0:
            raise BudgetSpentError(f"cannot spend {requests} requests and {usd} USD: both must be positive")
        self._spend(requests, usd)

    def prepay(self, usd: float) -> None:
        """Pay for all that the next request may bring, before it is sent; what earlier ones did not cost pays first.

        It counts as used up until `bill` says what it really cost: who is killed in between has paid in full.

        Raises:
            BudgetSpentError: the money of this source is used up.
        """
        self._prepay(usd)

    def bill(self, ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
        """After the answer: what the network charges for these records; one that was read before on this UTC day is free."""
        self._bill(ids, usd_each, prepaid_usd)
