"""Say which page follows an action on a case.

Worked one after another, the next case of the queue opens; what was done to the last one is shown there, with its undo.
"""

from typing import NamedTuple
from urllib.parse import quote

from starlette.requests import Request

from core.records.read_models import CaseRecord
from desk.state import Desk
from ledger import read
from pipeline.casework.last_done import LastDone, last_done
from pipeline.casework.services import next_asked
from pipeline.context import now

SERVICE, QUEUE = "service", "queue"
"""Where the reader came from: the cases that ask for their service, or the reader's own queue."""
STAYS = frozenset(
    {"take", "watch", "unwatch", "topic", "place", "priority", "publication", "keep-apart", "split", "move"}
    | {"cause", "add-child", "remove-child", "note", "undo"}
)
"""Actions after which the case of a queue is still to be decided."""
SILENT = frozenset({"undo", "note", "watch", "unwatch"})
"""Actions that need no confirmation: the page shows what they did."""


class Origin(NamedTuple):
    """Hold where the reader came from, as it was before the action."""

    after: str
    """SERVICE, QUEUE, or empty: from a list."""
    place: read.InQueue | None = None
    """Where the case was in the reader's queue."""


class Done(NamedTuple):
    """Hold a case that the reader has just worked."""

    case: CaseRecord
    last: LastDone | None
    """None: what was done last cannot be taken back."""
    revision: int


def origin_of(desk: Desk, case_key: str, after: object) -> Origin:
    """Return where the reader came from; call it before the action."""
    name = str(after or "")
    if name == QUEUE:
        return Origin(QUEUE, read.place_in_queue(desk.context.ledger, case_key))
    return Origin(SERVICE if name == SERVICE else "")


def page_after(desk: Desk, who: str, action: str, origin: Origin, key: str, changed: str) -> str:
    """Return the address of the page that follows an action.

    Args:
        desk: the desk.
        who: the reader.
        action: what was done.
        origin: where the reader came from.
        key: the case to show.
        changed: the case that was changed.
    """
    said = "" if action in SILENT else f"done={quote(changed)}"
    if origin.after == SERVICE and action != "undo":
        following, end = next_asked(desk.context), f"/cases?service=asked&{said}"
    elif origin.after == QUEUE and action not in STAYS:
        following, end = read.next_in_queue(desk.context.ledger, who, origin.place, now()), f"/cases?whose=queue&{said}"
    else:
        query = "&".join(filter(None, (f"after={origin.after}" if origin.after else "", said)))
        return f"/cases/{key}?{query}" if query else f"/cases/{key}"
    return end if following is None else f"/cases/{following}?after={origin.after}&{said}"


def done(request: Request) -> Done | None:
    """Return the case that the reader has just worked; None: none."""
    desk: Desk = request.app.state.desk
    key = request.query_params.get("done", "")
    if not key:
        return None
    revision, case = read.case_revision(desk.context.ledger, key), read.case_record(desk.context.ledger, key)
    if case is None or revision is None:
        return None
    return Done(case, last_done(desk.context, key, request.state.user.name), revision)
