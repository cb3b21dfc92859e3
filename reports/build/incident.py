"""Find the incident that matters to most people in an interval."""

from collections import defaultdict
from collections.abc import Sequence

from core.records import Record, UtcDatetime
from core.records.marked_event import EventFields
from core.records.post import EXAMPLE
from core.records.read_models import CaseRecord
from ledger import read
from ledger.read import Ledger, PostFilters
from reports.build.headline import LEAST_PEOPLE, Headline, shown_title
from reports.build.period import Interval
from reports.build.selection import MERGED, Selection, is_archived
from trends.subjects import text_key

KINDS = ("report", "request", None)
"""Kinds of case that are incidents: no question and no proposal."""


class MainIncident(Record):
    """Hold an incident: what, where, how many people, and what was done."""

    case_key: str
    title: str
    """Empty where it could quote a private message."""
    topic: str
    place: str | None
    district: str | None
    people: int
    """Who wrote about it in the interval."""
    cause: str = ""
    """Name of an event that staff marked on these days; empty: not known."""
    word: str = ""
    """What most of the posts name; empty: nothing."""
    department: str
    state: str
    answered_at: UtcDatetime | None
    closed_at: UtcDatetime | None
    due_at: UtcDatetime
    example: bool = False


def find_incident(
    ledger: Ledger, interval: Interval, chosen: Selection, events: Sequence[EventFields], headline: Headline | None
) -> MainIncident | None:
    """Return the incident that most people wrote about; None: too few did.

    Of two with as many people the more urgent one counts.
    """
    people: dict[str, set[str]] = defaultdict(set)
    filters: PostFilters = {**chosen.filters, "since": interval.start, "until": interval.end, "decision": "in_case", "own": False}
    for post in read.post_records(ledger, **filters):
        if post.case_key and chosen.holds(post) and not post.spam and post.relevance is not False:
            people[post.case_key].add(post.author or text_key(post.text))
    ranked = sorted((key for key in people if len(people[key]) >= LEAST_PEOPLE), key=lambda key: (-len(people[key]), key))
    found: list[tuple[CaseRecord, int]] = []
    for key in ranked:
        if found and len(people[key]) < found[0][1]:
            break
        case = read.case_record(ledger, key)
        if case is not None and case.kind in KINDS and case.state != MERGED and not is_archived(case):
            found.append((case, len(people[key])))
    if not found:
        return None
    case, n = max(found, key=lambda one: (one[0].priority, one[0].case_key))
    return incident_of(case, n, events, headline)


def incident_of(case: CaseRecord, people: int, events: Sequence[EventFields], headline: Headline | None) -> MainIncident:
    """Return what a report says of a case."""
    reasons = headline.reasons if headline is not None else ()
    is_named = any((one.kind, one.name) == ("case", case.case_key) for one in reasons)
    return MainIncident(
        **{name: getattr(case, name) for name in MainIncident.model_fields if name in CaseRecord.model_fields and name != "title"},
        title=shown_title(case),
        people=people,
        cause=next((one.name for one in events if _is_about(one, case)), ""),
        word=next((one.name for one in reasons if one.kind == "word"), "") if is_named else "",
        example=case.source.startswith(EXAMPLE),
    )


def _is_about(event: EventFields, case: CaseRecord) -> bool:
    """Tell whether an event names the service or district of a case."""
    named = [(event.topic, case.topic), (event.district, case.district)]
    return any(one for one, _of in named) and all(not one or one == of for one, of in named)
