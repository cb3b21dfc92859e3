"""Show the review queue, one card at a time.

A decision leads back to the same place of the queue, which the next post has taken meanwhile.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from core.errors import ConfigurationError
from core.records.read_models import PostRecord
from desk.rendering import page
from desk.state import Desk
from ledger import read

FOLLOWING = 20
"""Posts listed below the card."""
UNREADABLE = "This address names a place in the queue that does not exist."


def review(request: Request) -> Response:
    """Show one uncertain post, and those that follow."""
    desk: Desk = request.app.state.desk
    ledger, total = desk.context.ledger, read.count_review_queue(desk.context.ledger)
    at = min(_position(request), max(0, total - 1))
    queue = partial(read.review_queue, ledger, limit=FOLLOWING + 1, offset=at)
    # Query the versions before the texts: a text that changes in between makes its form stale.
    versions = read.text_versions(ledger, [one.post_id for one in queue()])
    posts = queue()
    chosen = _chosen(request, ledger)
    if chosen is not None:
        versions = read.text_versions(ledger, [chosen.post_id]) | versions
        chosen = _chosen(request, ledger)  # after its version
        others = [one for one in posts if chosen is None or one.post_id != chosen.post_id]
        posts = others if chosen is None else [chosen, *others]
    return page(
        request,
        "review.html",
        a_day=desk.context.city.triage.review_per_day,
        posts=posts,
        copies=read.copies_in_review(ledger, [one.post_id for one in posts]),
        versions=versions,
        suggested={one.post_id: read.suggestions(ledger, one.post_id) for one in posts},
        thread=_thread(ledger, posts[0]) if posts else [],
        agreement=read.review_agreement(ledger),
        total=total,
        at=at,
        done=request.query_params.get("done", ""),
        opened=request.query_params.get("case", ""),
    )


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
