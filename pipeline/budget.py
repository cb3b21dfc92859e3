"""Meter one run of a source: pages, minutes and money.

Every cost is recorded in the ledger before the request is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.privacy.pseudonyms import post_id
from core.records.collection import Budget
from ledger.ingest import spending
from pipeline.context import Context, now
from pipeline.sources import Source

RUN_TIME = timedelta(minutes=4)
"""The most time one run of one source may take."""


@dataclass
class SpendMeter:
    """Record the cost of one run, within the limits of the profile."""

    context: Context
    source: Source
    usd: float = 0.0
    """Cost of this run so far."""
    paid_at: datetime | None = None

    def pay(self, requests: int, usd: float) -> None:
        """Record the cost of the next request.

        Raises:
            BudgetSpentError: it would exceed the limit of this run, of this day or of this month.
        """
        spending.spend(self.context.ledger, self.source.name, now(), requests, usd, self._limits())
        self.usd += usd

    def prepay(self, usd: float) -> None:
        """Reserve the highest possible cost of the next request.

        Raises:
            BudgetSpentError: it would exceed the limit of this run, of this day or of this month.
        """
        at = now()
        self.usd += spending.prepay(self.context.ledger, self.source.name, at, usd, self._limits())
        self.paid_at = at

    def bill(self, ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
        """Charge the records received; the unused reservation stays for the next request."""
        # the day on which the request was sent: if the answer comes after midnight, the records are charged again rather than not at all
        day = self.paid_at or now()
        name = self.source.name
        keys = [post_id(self.context.salt, name, native_id) for native_id in ids]
        spending.bill(self.context.ledger, name, day, keys, usd_each, prepaid_usd)

    def _limits(self) -> spending.Limits:
        return spending.Limits(**self.source.options.spending_limits().model_dump(), run_so_far_usd=self.usd)


def budget_of(context: Context, source: Source) -> Budget:
    """Return the budget of one run that begins now."""
    meter, started = SpendMeter(context, source), now()
    return Budget(
        now=started,
        until=started + RUN_TIME,
        pages=source.options.pages,
        _spend=meter.pay,
        _prepay=meter.prepay,
        _bill=meter.bill,
        _clock=now,
    )
