"""Read the filters of a case list from its address."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.database import Ledger
from ledger.read.casework.answering.askings import askings
from ledger.read.casework.aside import put_aside
from ledger.read.casework.cases import CaseFilters
from ledger.read.casework.queue import queue_of
from ledger.read.staff.people import users

REOPENED = 2
"""Reopenings from which a case is listed as repeatedly reopened."""
LONGEST_TEXT = 500


def case_query(ledger: Ledger, asked: Mapping[str, str], user: str, now: datetime, zone: ZoneInfo) -> CaseFilters:
    """Return the filters that the parameters of an address name.

    Period, service, district and channel are not among them: they belong to the lens. `user`: whose cases are `mine`.
    """
    found = CaseFilters(
        open_only="all" not in asked and "state" not in asked,
        kind=asked.get("kind"),
        state=asked.get("state"),
        located={"yes": True, "no": False}.get(asked.get("point", "")),
        merged=False if asked.get("merged") == "no" else None,
        department=asked.get("department"),
        text=_unquoted(asked.get("q", "").strip()[:LONGEST_TEXT]) or None,
        topic_asked=True if asked.get("service") == "asked" else None,
        example=True if asked.get("example") == "1" else None,
        assignee=user if asked.get("whose") == "mine" else None,
        unassigned=asked.get("whose") == "none",
        overdue_at=now if "overdue" in asked else None,
        reopened_at_least=REOPENED if asked.get("reopened") == str(REOPENED) else None,
    )
    if asked.get("whose") == "department":
        own = next((one.department for one in users(ledger) if one.name == user), None)
        found |= CaseFilters(department=own) if own else CaseFilters(case_keys=())
    asked_back = askings(ledger) if asked.get("whose") == "queue" or "asked" in asked else {}
    if asked.get("whose") == "queue":
        found |= queue_of(ledger, user, now, asked_back)
    if asked.get("due") == "today":
        start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found |= CaseFilters(due_from=start, due_before=start + timedelta(days=1), waiting_only=True, replay=False)
    if asked.get("waits") == "1":
        found |= CaseFilters(waiting_only=True, replay=False)
    if "aside" in asked:
        found |= CaseFilters(case_keys=put_aside(ledger, now).keys())
    if "asked" in asked:
        replied = asked["asked"] == "replied"
        keys = {key for key, each in asked_back.items() if (each[-1].replied_at is not None) == replied}
        found |= CaseFilters(case_keys=keys)
    return found


def _unquoted(text: str) -> str:
    """Return the words of a phrase: all are sought as written.

    >>> _unquoted('"sin luz"'), _unquoted('calle "Mayor"')
    ('sin luz', 'calle "Mayor"')
    """
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' and text.count('"') == 2 else text
