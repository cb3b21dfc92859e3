"""Define subscriptions to reports, and the mails that they cause."""

from typing import Literal, get_args

from core.records import Record, UtcDatetime
from core.records.outbox import OutboxState

Every = Literal["daily", "weekly", "monthly"]
SubscriptionState = Literal["active", "paused", "ended"]
EVERY: tuple[Every, ...] = get_args(Every)


class Subscription(Record):
    """Hold who gets which report when, in which form and language."""

    id: str
    owner: str
    """User of the desk who answers for it."""
    address: str | None
    """Mail address outside the desk; None: the owner's."""
    report: str
    filter: str
    """Query of the desk's filters, such as `topic=noise`; empty: none."""
    every: Every
    weekday: int
    """Of a weekly one: 0 is Monday."""
    hour: int
    """By the city's clock."""
    format: str
    language: str
    state: SubscriptionState
    since: UtcDatetime
    """When it was made or resumed: nothing that was due before is mailed."""

    @property
    def schedule(self) -> str:
        """Return when it is due, as cron by the city's clock.

        >>> every_monday = Subscription.model_construct(every="weekly", weekday=0, hour=7)
        >>> every_monday.schedule
        '0 7 * * 1'
        """
        return f"0 {self.hour} {self._days}"

    @property
    def bounds(self) -> str:
        """Return when its periods end, as cron: midnight of the same days."""
        return f"0 0 {self._days}"

    @property
    def _days(self) -> str:
        return {"daily": "* * *", "weekly": f"* * {self.weekday + 1}", "monthly": "1 * *"}[self.every]


class SubscriptionMail(Record):
    """Hold one mail of a subscription: one for each period."""

    id: int
    """In the outbox."""
    subscription: str
    period: str
    """Key of the period in the city's days, such as `2026-11-16_2026-11-23`."""
    start: UtcDatetime
    end: UtcDatetime
    state: OutboxState
    attempt: int
    """Attempts so far."""
    reason: str
    """Of the last failure; empty: none."""
    receiver: str
    """An address outside the desk, or the user."""
    changed_at: UtcDatetime
