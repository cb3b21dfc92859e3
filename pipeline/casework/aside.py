"""Put cases aside until a date."""

from datetime import UTC, date, datetime, time, timedelta

from core.errors import ChangeRefusedError
from ledger.cases import ownership
from pipeline.context import Context, now

LONGEST = timedelta(days=90)
MONDAY = 7


def put_aside(context: Context, case_key: str, until: str, who: str, why: str = "", seen: int | None = None) -> None:
    """Leave a case out of the queues until a day.

    It returns when the day begins in the city, or when its citizen writes again; its answer time runs on.

    Raises:
        StaleError: the case was changed since.
        ChangeRefusedError: no citizen waits for an answer, or the day is not one of the next 90.
    """
    today = now().astimezone(context.city.zone).date()
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise ChangeRefusedError("Choose the day on which the case comes back.") from None
    if not today < day <= today + LONGEST:
        raise ChangeRefusedError("Choose a day after today, at most 90 days from now.")
    begins = datetime.combine(day, time(), context.city.zone).astimezone(UTC)
    ownership.put_aside(context.ledger, case_key, begins, who, why, now(), seen)


def days_offered(context: Context) -> list[date]:
    """Return tomorrow and the next Monday."""
    today = now().astimezone(context.city.zone).date()
    return sorted({today + timedelta(days=1), today + timedelta(days=MONDAY - today.weekday())})
