"""What one run of a source may use: pages, minutes and money; every dollar is written down before it is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import BudgetSpentError
from core.page import Budget
from core.seal import post_id
from escucha.house import House, Source, now
from ledger import spending

RUN_TIME = timedelta(minutes=4)
"""How long one run of one source may read before it hands its place back."""


@dataclass
class Till:
    """Pays for one run of one source; the limits are those of its table in the profile, if it has them."""

    house: House
    source: Source
    usd: float = 0.0
    """Of this run, so far."""
    paid_at: datetime | None = None

    def pay(self, requests: int, usd: float) -> None:
        """Write down what the next request costs.

        Raises:
            BudgetSpentError: it would go over the limit of this run, of this day or of this month.
        """
        limit = self._limit("run_budget_usd")
        if limit is not None and usd > 0 and round(self.usd + usd, 6) > limit:
            raise BudgetSpentError(
                f"{self.source.name}: the next request would bring this run to {self.usd + usd:.2f} USD, "
                f"over run_budget_usd = {limit:g}; the next run goes on from here"
            )
        at = now()
        spending.spend(
            self.house.ledger,
            self.source.name,
            at,
            requests,
            usd,
            monthly_usd=self._limit("monthly_budget_usd"),
            daily_usd=self._limit("daily_budget_usd"),
            daily_requests=getattr(self.source.options, "daily_requests", None),
        )
        self.usd += usd
        self.paid_at = at

    def bill(self, ids: Sequence[str], usd_each: float) -> float:
        """What the network charges for these records today."""
        # the day on which the request was sent: answered after midnight, the records are paid again rather than not at all
        day = self.paid_at or now()
        name = self.source.name
        keys = [post_id(self.house.salt, name, native_id) for native_id in ids]
        return spending.bill(self.house.ledger, name, day, keys, usd_each)

    def _limit(self, key: str) -> float | None:
        limit: float | None = getattr(self.source.options, key, None)
        return limit


def budget_of(house: House, source: Source) -> Budget:
    """The budget of one run that begins now."""
    till, started = Till(house, source), now()
    return Budget(
        now=started,
        until=started + RUN_TIME,
        pages=getattr(source.options, "pages", 50),
        _spend=till.pay,
        _bill=till.bill,
        _clock=now,
    )
