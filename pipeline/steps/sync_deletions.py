"""Sync upstream deletions: forget posts that their author or network deleted.

Posts that are still shown get the reach that the network's answer gives. Each source is asked within the rules of its table in the profile.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from math import ceil

from collectors.paging.scheduler import PARSE_FAILURES, groups_in_backoff
from core.config.own_variables import own_variables
from core.config.protocols import QueriesServers
from core.config.source_options import Deletions
from core.errors import AnswerChangedError
from core.privacy.pseudonyms import decrypt_origin
from core.privacy.reach import stored_reach
from core.records.collection import Budget
from core.records.post import Reach
from core.runtime.failpoints import failpoint
from ledger import leases
from ledger.ingest import cursors, deletion_checks
from pipeline.budget import budget_of
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from pipeline.sources import Source
from pipeline.steps import report

log = logging.getLogger("escucha")

BATCH = 25
"""Posts checked at a time: some networks take one id a request, and a batch must end within the time of a task."""
LEASE = timedelta(minutes=15)
AHEAD = 4
"""A run may check this many times its even share of the day, to catch up after missed runs."""


def sync_deletions(context: Context, source: Source) -> Counts:
    """Check posts not seen lately and forget those deleted upstream.

    One worker a source at a time. Each answer is stored whole before the next request: after a kill the same posts are checked again.
    A source under a rate-limit pause is not asked: the whole source, or only those of its servers that are paused.
    """
    rule = source.options.deletions
    paused = groups_in_backoff(cursors.read_cursor(context.ledger, source.name), now())
    if rule is None or (paused and not has_several_servers(source)):
        return {}
    lease = f"deletions {source.name}"
    if not leases.hold(context.ledger, lease, worker(), now(), LEASE):
        log.info("deletions %s: another worker checks", source.name)
        return {}
    try:
        counts = _check(context, source, rule, lease, paused)
    finally:
        leases.release(context.ledger, lease, worker())
    if counts.get("gone"):
        report.retract_quotes(context)
    return counts


def has_several_servers(source: Source) -> bool:
    """Tell whether the source has several servers, each with its own posts."""
    return isinstance(source.module, QueriesServers)


def _check(context: Context, source: Source, rule: Deletions, lease: str, paused: Collection[str]) -> Counts:
    budget = budget_of(context, source)
    left = _share(context, source, rule)
    total = {"asked": 0, "gone": 0}
    while left > 0 and budget.page():
        posts = deletion_checks.due(context.ledger, source.name, now() - rule.every, now() - rule.younger_than, min(left, BATCH))
        if not posts or not leases.hold(context.ledger, lease, worker(), now(), LEASE):
            break
        answer = _check_batch(context, source, posts, budget, paused)
        left -= answer.answered
        total["asked"] += answer.checked
        total["gone"] += answer.deleted
    return total


def _share(context: Context, source: Source, rule: Deletions) -> int:
    """Return how many posts this run may check.

    The checks are spread over the day, so that no network gets all of them at once.
    """
    runs_a_day = max(1.0, 24 * 60 / source.options.every)
    answered = deletion_checks.counts_on(context.ledger, source.name, now().date()).answered
    return min(rule.a_day - answered, ceil(AHEAD * rule.a_day / runs_a_day))


def _check_batch(
    context: Context, source: Source, posts: Sequence[tuple[str, str]], budget: Budget, paused: Collection[str]
) -> deletion_checks.DayCounts:
    native_ids = {decrypt_origin(context.salt, origin)[0]: post_id for post_id, origin in posts}
    # posts of a paused server count as unanswered: they are due again after a day, and delay no others
    asked = [one for one in native_ids if not paused or _server_of(source, one) not in paused]
    found = _find_deleted(source, context, asked, budget) if asked else {}
    failpoint("withdraw.answered")
    answers = {post_id: found.get(native_id) for native_id, post_id in native_ids.items()}
    deleted = [post_id for post_id, answer in answers.items() if answer is True]
    unanswered = [post_id for post_id, answer in answers.items() if answer is None]
    there = {
        post_id: stored_reach(answer if isinstance(answer, Reach) else Reach())
        for post_id, answer in answers.items()
        if answer is False or isinstance(answer, Reach)
    }
    deletion_checks.store_answers(context.ledger, source.name, there, deleted, unanswered, now())
    log.info("deletions %s: %d checked, %d deleted", source.name, len(posts), len(deleted))
    return deletion_checks.DayCounts(checked=len(posts), deleted=len(deleted), unanswered=len(unanswered))


def _server_of(source: Source, native_id: str) -> str | None:
    """Name the server of a message; None for a single-server source."""
    return source.module.server_of(source.options, native_id) if isinstance(source.module, QueriesServers) else None


def _find_deleted(source: Source, context: Context, native_ids: list[str], budget: Budget) -> Mapping[str, bool | Reach]:
    """Ask which of these posts were deleted.

    An answer that cannot be parsed deletes nothing.
    """
    try:
        with own_variables(context.settings):
            return source.module.find_deleted(context.city, source.options, source.secrets, native_ids, budget)
    except PARSE_FAILURES as error:
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
        raise AnswerChangedError(
            f"{source.name}: the response about deleted posts cannot be parsed ({what}); update Escucha. Nothing was removed"
        ) from None
