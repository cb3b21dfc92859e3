"""What one run of a source may use: pages, minutes and money; every dollar is written down before it is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.collection import Budget
from core.privacy.pseudonyms import post_id
from ledger.ingest import prepaid, spending
from pipeline.context import Context, Source, now

RUN_TIME = timedelta(minutes=4)
"""How long one run of one source may read before it hands its place back."""


@dataclass
class SpendMeter:
    """Pays for one run of one source; the limits are those of its table in the profile, if it has them."""

    context: Context
    source: Source
    usd: float = 0.0
    """Of this run, so far."""
    paid_at: datetime | None = None

    def pay(self, requests: int, usd: float) -> None:
        """Write down what the next request costs.

        Raises:
            BudgetSpentError: it would go over the limit of this run, of this day or of this month.
        """
        spending.spend(self.context.ledger, self.source.name, now(), requests, usd, self._limits())
        self.usd += usd

    def prepay(self, usd: float) -> None:
        """Pay for all that the next request may bring.

        Raises:
            BudgetSpentError: it would go over the limit of this run, of this day or of this month.
        """
        at = now()
        self.usd += prepaid.prepay(self.context.ledger, self.source.name, at, usd, self._limits())
        self.paid_at = at

    def bill(self, ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
        """What the network charges for these records; the rest of what was paid for them is kept for the next request."""
        # the day on which the request was sent: answered after midnight, the records are paid again rather than not at all
        day = self.paid_at or now()
        name = self.source.name
        keys = [post_id(self.context.salt, name, native_id) for native_id in ids]
        prepaid.bill(self.context.ledger, name, day, keys, usd_each, prepaid_usd)

    def _limits(self) -> spending.Limits:
        return spending.Limits(**self.source.options.spending_limits().model_dump(), run_so_far_usd=self.usd)


def budget_of(context: Context, source: Source) -> Budget:
    """The budget of one run that begins now."""
    till, started = SpendMeter(context, source), now()
    return Budget(
        now=started,
        until=started + RUN_TIME,
        pages=source.options.pages,
        _spend=till.pay,
        _prepay=till.prepay,
        _bill=till.bill,
        _clock=now,
    )
