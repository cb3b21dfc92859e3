"""Show the review queue as cards, or as a dense list.

What belongs together is one look: copies, a thread, the posts of an incident or like one, near texts. The looks that gain most come first,
as many as staff can have in a day; one sentence says what is left unread. A decision leads back to the same place of the queue, which the
next look has taken meanwhile.
"""

from starlette.requests import Request
from starlette.responses import Response

from core.errors import ConfigurationError
from core.records.read_models import PostRecord
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.casework import looks

FOLLOWING = 20
"""Looks listed below the card."""
LISTED = 60
"""Looks of the dense list."""
LAYOUTS = ("card", "list")
UNREADABLE = "This address names a place in the queue that does not exist."


def review(request: Request) -> Response:
    """Show uncertain posts: one look and those that follow, or many."""
    desk: Desk = request.app.state.desk
    ledger, queue = desk.context.ledger, looks.queue(desk.context)
    at = min(_position(request), max(0, len(queue) - 1))
    layout = "list" if request.query_params.get("layout") == "list" else "card"
    some = queue[at : at + (LISTED if layout == "list" else FOLLOWING + 1)]
    ids = [one.post_id for look in some for one in look.posts]
    # Query the versions before the texts: a text that changes in between makes its form stale.
    versions = read.text_versions(ledger, ids)
    records = {one.post_id: one for one in read.records_of(ledger, ids)}
    together = [[records[one.post_id] for one in look.posts if one.post_id in records] for look in some]
    together = [group for group in together if group]
    chosen = _chosen(request, ledger)
    if chosen is not None:
        versions = read.text_versions(ledger, [chosen.post_id]) | versions
        chosen = _chosen(request, ledger)  # after its version
    if chosen is not None:
        others = [[one for one in group if one.post_id != chosen.post_id] for group in together]
        together = [[chosen], *(group for group in others if group)]
    posts = [group[0] for group in together]
    shown = [one for group in together for one in group] if layout == "list" else posts
    return page(
        request,
        "review.html",
        a_day=desk.context.city.triage.review_per_day,
        posts=posts,
        beside=together[0][1:] if together else [],
        layout=layout,
        layouts=LAYOUTS,
        groups=together,
        row=_row(request, len(shown)),
        listed=LISTED,
        copies=read.copies_in_review(ledger, [one.post_id for one in shown]),
        versions=versions,
        suggested={one.post_id: read.suggestions(ledger, one.post_id) for one in shown},
        thread=_thread(ledger, posts[0]) if posts else [],
        agreement=read.review_agreement(ledger),
        total=len(queue),
        waiting=sum(len(look.posts) for look in queue),
        unread=looks.unread(desk.context, queue),
        at=at,
        done=request.query_params.get("done", ""),
        opened=request.query_params.get("case", ""),
        decided=[one for one in request.query_params.get("decided", "").split(",") if one.isalnum()],
    )


def _row(request: Request, rows: int) -> int:
    """Return the line of the list that gets the focus."""
    given = request.query_params.get("row") or "0"
    return min(int(given), max(0, rows - 1)) if given.isdecimal() and given.isascii() and len(given) < 4 else 0


def _position(request: Request) -> int:
    given = request.query_params.get("at") or "0"
    if not (given.isdecimal() and given.isascii() and len(given) < 7):
        raise ConfigurationError(UNREADABLE)
    return int(given)


def _chosen(request: Request, ledger: read.Ledger) -> PostRecord | None:
    """Return the post that the address names, while it is in review."""
    named = request.query_params.get("post", "")
    found = read.post_record(ledger, named) if named else None
    return found if found is not None and found.decision == "in_review" else None


def _thread(ledger: read.Ledger, post: PostRecord) -> list[PostRecord]:
    return [one for one in read.thread(ledger, post.thread) if one.post_id != post.post_id] if post.thread else []
