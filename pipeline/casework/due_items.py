"""Find what is to be mailed about cases, and to whom."""

from collections import defaultdict

from core.config.city import Department
from core.records.case import WAITING
from core.records.read_models import CaseRecord
from ledger import read
from pipeline.context import Context, now
from triage.urgency.escalation import LEAD_LEVELS, TEAM_LEVELS, levels_reached, paused_time, share_passed

Item = tuple[str, str]
"""Case key, and what is mailed about it."""


def due_items(context: Context) -> dict[str, list[Item]]:
    """Return what is not mailed yet, by audience."""
    before = read.mailed_items(context.ledger, sorted(WAITING))
    teams = {one.name: one for one in context.city.departments}
    reopened, asked = dict(read.reopened_by_posts(context.ledger)), read.askings(context.ledger)
    found: dict[str, list[Item]] = defaultdict(list)
    for case in read.case_records(context.ledger, waiting_only=True, replay=False, example=False):
        department = teams.get(case.department)
        if department is None:
            continue
        for audience, what in _about(department, _share(context, case, asked.get(case.case_key, [])), reopened.get(case.case_key)):
            if (case.case_key, what) not in before:
                found[audience].append((case.case_key, what))
    for case_key, who, revision in read.watched_changes(context.ledger):
        found[f"user {who}"].append((case_key, f"changed {revision} {who}"))
    return found


def _share(context: Context, case: CaseRecord, asked: list[read.Asking]) -> float:
    waits = paused_time(context.city, [(one.asked_at, one.replied_at) for one in asked], now())
    return share_passed(context.city, case.opened_at, case.due_at, now(), waits)


def _about(department: Department, share: float, reopened: int | None) -> list[tuple[str, str]]:
    """Return the items due for a case: pairs of audience and item."""
    reached = levels_reached(share)
    found: list[tuple[str, str]] = []
    if department.mail:
        found += [(f"team {department.name}", str(level)) for level in reached if level in TEAM_LEVELS]
        found += [(f"team {department.name}", f"reopened {reopened}")] if reopened is not None else []
    if department.lead_mail:
        found += [(f"lead {department.name}", str(level)) for level in reached if level in LEAD_LEVELS]
    return found


def address_of(context: Context, audience: str) -> str | None:
    """Return the address of an audience by the current profile."""
    kind, _, name = audience.partition(" ")
    if kind == "user":
        user = read.user(context.ledger, name)
        return None if user is None or user.disabled else user.mail
    department = next((one for one in context.city.departments if one.name == name), None)
    if department is None:
        return None
    return department.mail if kind == "team" else department.lead_mail
