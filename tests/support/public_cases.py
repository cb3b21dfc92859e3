"""Make records of cases for the public figures, without a ledger."""

from datetime import datetime, timedelta

from core.records.read_models import CaseRecord


def case(number: int, topic: str, district: str | None, source: str, opened: datetime, hours: float | None) -> CaseRecord:
    """Return a case; `hours` to its first answer, None: not answered."""
    answered = None if hours is None else opened + timedelta(hours=hours)
    due = opened + timedelta(hours=48)
    return CaseRecord(
        case_key=f"C-{number}",
        title="",
        kind="report",
        topic=topic,
        topic_guess=None,
        department="D",
        district=district,
        barrio=None,
        place=None,
        lat=None,
        lon=None,
        state="new" if hours is None else "answered",
        is_open=True,
        waits=hours is None,
        priority=1,
        opened_at=opened,
        due_at=due,
        answered_at=answered,
        closed_at=None,
        answer_hours=hours,
        within_due=None if answered is None else answered <= due,
        source=source,
        sources=(source,),
        posts=1,
        authors=1,
        reason="",
        system="casebook",
        reference=None,
        replay=False,
        month=f"{opened:%Y.%m}",
        version=1,
    )
