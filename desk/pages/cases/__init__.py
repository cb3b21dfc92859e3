"""Show single cases with their actions; `listing` shows the case book."""

from datetime import datetime
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.i18n.display_names import display_name, display_points
from core.records.case import CASEBOOK, NEXT
from desk.pages.cases import actions
from desk.pages.cases.composer import composer
from desk.pages.cases.following import QUEUE, done
from desk.pages.cases.leading import ago, leading
from desk.pages.cases.listing import cases
from desk.pages.cases.preview import TypedAnswer
from desk.pages.cases.sketch import neighbours, sketch
from desk.pages.input.refused import Refused, show_missing
from desk.rendering import PAGE_SIZE, format_moment, language_of, page, page_number
from desk.state import Desk
from ledger import read
from pipeline.casework.grouping import split_proposal
from pipeline.context import now

__all__ = ["case", "case_page", "cases"]
ANSWERED_AT_ONCE = 200
"""Of a case with very many posts the newest are offered for one answer."""


def case(request: Request) -> Response:
    """Show one case."""
    return case_page(request)


def case_page(request: Request, refused: Refused | None = None, typed: TypedAnswer | None = None, after: str | None = None) -> Response:
    """Show a case.

    After a refused form it shows recent changes and the input; with `typed`, the preview of an answer. `after`: where the reader came from,
    else as the address says.
    """
    desk: Desk = request.app.state.desk
    ledger, key = desk.context.ledger, request.path_params["case_key"]
    revision = read.case_revision(ledger, key)  # first: later changes make the forms stale
    record = read.case_record(ledger, key)
    if record is None:
        if refused is not None:
            return show_missing(request, refused)
        raise HTTPException(404)
    is_ours = record.system == CASEBOOK
    newest = list(read.post_records(ledger, case_key=key, order="newest", limit=ANSWERED_AT_ONCE))
    number = page_number(request)
    offset = (number - 1) * PAGE_SIZE
    posts = newest[offset : offset + PAGE_SIZE]
    if offset + PAGE_SIZE > ANSWERED_AT_ONCE:
        posts = list(read.post_records(ledger, case_key=key, order="newest", limit=PAGE_SIZE, offset=offset))
    posts.reverse()
    newest.reverse()
    near, moment, came = neighbours(desk, record), now(), request.query_params.get("after", "") if after is None else after
    since = refused.seen if refused is not None else None
    work = actions.work_on(desk, key, request.state.user.name, [one.text for one in posts])
    composed = composer(request, record, newest, typed)
    head = leading(ledger, record, getattr(work["work"], "assignee", None), composed, bool(work["service"]), in_queue=came == QUEUE)
    return page(
        request,
        "case.html",
        wide=True,
        status=200 if refused is None else refused.status,
        revision=revision,
        refused=refused,
        new_steps=[] if since is None else read.transitions(ledger, key, since),
        new_notes=[] if since is None else read.notes(ledger, key, since),
        case=record,
        copies=read.copies(ledger, key),
        posts=posts,
        number_of_page=number,
        pages=max(1, -(-record.posts // PAGE_SIZE)),
        thread_answers=read.related_replies(ledger, key),
        transitions=read.transitions(ledger, key),
        notes=read.notes(ledger, key),
        deliveries=read.deliveries(ledger, key),
        actions=_actions(record.state) if is_ours else ["note"],
        is_ours=is_ours,
        after=came,
        queue=_queue(desk, request.state.user.name, key) if came == QUEUE else None,
        done=done(request),
        ago=lambda at: ago(at, moment, language_of(request)),
        departments=[one.name for one in desk.context.city.departments],
        moment=moment,
        changed_value=partial(_changed_value, language_of(request), desk.context.city),
        made_of=read.priorities(ledger, [key])[key],
        points=partial(display_points, language=language_of(request)),
        reopenings=read.reopening_counts(ledger, [key]).get(key, 0),
        split_proposed=split_proposal(desk.context, record, newest, getattr(work["work"], "changes", ())),
        near=near,
        drawing=sketch(desk.context.city, [record, *(one.case for one in near)]),
        **work,
        **{
            "draft_to": f"/cases/{key}/draft",
            "preview_to": f"/cases/{key}/preview",
            "assist_to": f"/cases/{key}/assist",
            **composed,
            **head,
        },
    )


def _queue(desk: Desk, who: str, key: str) -> tuple[int, str | None]:
    """Return how many cases the reader's queue has, and the next one."""
    ledger = desk.context.ledger
    following = read.next_in_queue(ledger, who, read.place_in_queue(ledger, key), now())
    return read.count_cases(ledger, **read.queue_of(ledger, who, now())), following


def _changed_value(language: str, city: City, name: str, value: object) -> str:
    """Format a value of a change for display; None becomes a dash."""
    if name == "published":
        return display_name(name, str(value), language)
    if value is None or value == "":
        return "–"
    if name in ("due_at", "aside"):
        return format_moment(datetime.fromisoformat(str(value)), language, city.zone)
    kind = {"kind": "case_kind", "assignee": "person"}.get(name, name)
    named = ("topic", "department", "case_kind", "priority", "person", "state")
    return city.display_name(kind, value, language) if kind in named else str(value)


def _actions(state: str) -> list[str]:
    """List the actions of staff in this state, in working order."""
    following = NEXT[state]
    if state in ("resolved", "rejected"):
        return ["reopen", "note"]
    possible = [
        ("assign", "assigned"),
        ("acknowledge", "acknowledged"),
        ("answer", "answered"),
        ("resolve", "resolved"),
        ("reject", "rejected"),
    ]
    return [action for action, reached in possible if reached in following] + ["note"]
