"""Compute the priority of cases again, or set it for a person."""

from contextlib import suppress

from core.errors import ConfigurationError
from core.records.case import Case
from core.records.priority import HIGHEST, LOWEST
from core.runtime.failpoints import failpoint
from ledger import read
from ledger.cases import fields, priorities
from ledger.processing import decisions
from pipeline.casework.triage_lease import TriageBusyError, triage_held
from pipeline.context import Context, now
from triage.incident_matching.matcher import COMPARED
from triage.incidents.by_hand import prioritised

AT_ONCE = 500


def set_priority(context: Context, case_key: str, priority: str, who: str, why: str, seen: int | None = None) -> None:
    """Set the priority of a case for a person.

    No rule and no post changes it then. `seen` is the revision that the person looked at.

    Raises:
        ConfigurationError: it is not a number from 1 to 5, or the case was merged.
        StaleError: the case was changed since.
    """
    known = [str(one) for one in range(LOWEST, HIGHEST + 1)]
    if priority not in known:
        raise ConfigurationError("Choose a priority from 1 (low) to 5 (high).")
    fields.set_fields(context.ledger, case_key, "priority", {"priority": int(priority)}, who, why, now(), seen)


def prioritise_soon(context: Context, case_key: str, who: str) -> None:
    """Compute the priority of a case now, or in the running triage."""
    with suppress(TriageBusyError), triage_held(context, who):
        prioritise(context, case_key, who)


def prioritise_due(context: Context, holder: str) -> None:
    """Compute the priority of cases that need it.

    They were opened again, lost a post, or have no points yet. The caller holds the lease of triage.
    """
    while keys := read.cases_to_prioritise(context.ledger, AT_ONCE):
        for key in keys:
            prioritise(context, key, holder)


def prioritise(context: Context, case_key: str, holder: str) -> None:
    """Compute the priority of a case.

    The caller holds the lease of triage.
    """
    new = _computed(context, case_key)
    failpoint("casework.prioritised")
    if new is None:
        priorities.skip(context.ledger, [case_key])
    else:
        priorities.store_priority(context.ledger, new, holder, "priority computed again", now())


def _computed(context: Context, case_key: str) -> Case | None:
    """Return the case with its computed priority.

    None: it has no posts to compute it from, or was merged.
    """
    incident_key = read.incident_key_of(context.ledger, case_key)
    with decisions.known_posts(context.ledger) as known:
        incident = None if incident_key is None else known.incident(incident_key, ends=COMPARED)
        if incident is None or incident.case is None or incident.case.state == "merged":
            return None
        posts = [(one.post, one.annotation) for one in known.posts(incident.post_ids).values()]
    if not posts:
        return None
    decided = read.pinned_fields(context.ledger, case_key)
    return prioritised(context.city, incident.case, posts, decided, incident.reopened, incident.size <= len(posts))
