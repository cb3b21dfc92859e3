"""Take replies to "was it solved?" as votes of their cases."""

from collections.abc import Sequence
from datetime import timedelta

from core.records.annotation import Annotation
from core.records.decision import Decision
from core.records.post import Post
from core.runtime.failpoints import failpoint
from ledger.answers import votes
from pipeline.context import Context, now
from triage.solved import decide_solved, is_solved


def take_votes(context: Context, batch: Sequence[tuple[Post, Annotation]]) -> dict[str, Decision]:
    """Store the votes of a batch; decide those that say "solved".

    They neither join nor reopen a case. The other replies are decided like all posts. Called before the decisions are stored: after a kill
    the same posts come again, and their votes are stored already.
    """
    posts = {post.post_id: (post, annotation) for post, annotation in batch if post.thread is not None}
    found: dict[str, Decision] = {}
    for reply in votes.replies(context.ledger, list(posts)) if posts else []:
        post, annotation = posts[reply.post_id]
        solved = is_solved(post.text)
        if solved is None:
            continue
        votes.store_vote(context.ledger, reply, solved, now(), timedelta(days=context.city.triage.reopen_days))
        failpoint("votes.stored")
        decision = decide_solved(post, annotation) if solved and not reply.in_case else None
        if decision is not None:
            found[post.post_id] = decision
    return found
