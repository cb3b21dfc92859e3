"""Show the review queue as cards, or as a dense list.

The list is grouped by likeness. A decision leads back to the same place of the queue, which the next post has taken meanwhile.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from core.errors import ConfigurationError
from core.records.read_models import PostRecord
from desk.rendering import page
from desk.state import Desk
from ledger import read
from trends.emerging import centred, groups

FOLLOWING = 20
"""Posts listed below the card."""
LISTED = 60
"""Posts of the dense list."""
LAYOUTS = ("card", "list")
UNREADABLE = "This address names a place in the queue that does not exist."


def review(request: Request) -> Response:
    """Show uncertain posts: one and those that follow, or many."""
    desk: Desk = request.app.state.desk
    ledger, total = desk.context.ledger, read.count_review_queue(desk.context.ledger)
    at = min(_position(request), max(0, total - 1))
    layout = "list" if request.query_params.get("layout") == "list" else "card"
    queue = partial(read.review_queue, ledger, limit=LISTED if layout == "list" else FOLLOWING + 1, offset=at)
    # Query the versions before the texts: a text that changes in between makes its form stale.
    versions = read.text_versions(ledger, [one.post_id for one in queue()])
    posts = queue()
    chosen = _chosen(request, ledger)
    if chosen is not None:
        versions = read.text_versions(ledger, [chosen.post_id]) | versions
        chosen = _chosen(request, ledger)  # after its version
        others = [one for one in posts if chosen is None or one.post_id != chosen.post_id]
        posts = others if chosen is None else [chosen, *others]
    grouped = alike(ledger, posts) if layout == "list" else []
    return page(
        request,
        "review.html",
        a_day=desk.context.city.triage.review_per_day,
        posts=posts,
        layout=layout,
        layouts=LAYOUTS,
        groups=grouped,
        row=_row(request, len(posts)),
        listed=LISTED,
        copies=read.copies_in_review(ledger, [one.post_id for one in posts]),
        versions=versions,
        suggested={one.post_id: read.suggestions(ledger, one.post_id) for one in posts},
        thread=_thread(ledger, posts[0]) if posts else [],
        agreement=read.review_agreement(ledger),
        total=total,
        at=at,
        done=request.query_params.get("done", ""),
        opened=request.query_params.get("case", ""),
        decided=request.query_params.get("decided", ""),
    )


def alike(ledger: read.Ledger, posts: Sequence[PostRecord]) -> list[list[PostRecord]]:
    """Group posts by likeness, in the order of the queue."""
    vectors = read.embeddings(ledger, [one.post_id for one in posts])
    size = max((len(one) for one in vectors.values()), default=0)  # of one model; other lengths stay alone
    known = [n for n, one in enumerate(posts) if size and len(vectors.get(one.post_id, b"")) == size]
    together: list[list[int]] = []
    if len(known) > 1:
        numbers = np.frombuffer(b"".join(vectors[posts[n].post_id] for n in known), dtype="<f2")
        matrix = centred(numbers.reshape(len(known), -1).astype(np.float32))
        ids = [posts[n].post_id for n in known]
        together = [sorted(known[n] for n in group) for group in groups(ids, ids, matrix, 2)]
    grouped = {n for group in together for n in group}
    together += [[n] for n in range(len(posts)) if n not in grouped]
    return [[posts[n] for n in group] for group in sorted(together)]


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
