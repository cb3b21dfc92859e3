"""Withdrawing: what its author or the network took back is asked for within the rules of its source, and forgotten here as well."""

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from math import ceil

from collectors.paging.scheduler import UNREADABLE, resting
from core.collection import Budget
from core.config.protocols import AsksServers
from core.config.source_options import Deletions
from core.errors import AnswerChangedError
from core.failpoints import failpoint
from core.privacy.pseudonyms import open_origin
from ledger import leases
from ledger.ingest import deletion_checks, store
from pipeline import report
from pipeline.budget import budget_of
from pipeline.context import Context, Source, now, worker

log = logging.getLogger("escucha")

BATCH = 25
"""Posts of one question: some networks are asked one by one, and a batch must end within the time of a task."""
LEASE = timedelta(minutes=15)
AHEAD = 4
"""A run may ask for so many times its even share of the day: what missed runs left is made up for."""

Counts = dict[str, int]


def withdraw(context: Context, source: Source) -> Counts:
    """Ask the network for posts it has not shown lately and forget those that are gone; one worker a source at a time.

    Each answer is written down whole before the next question: after a kill the same posts are asked for again. Who asked for a
    rest is not asked: the whole source, or those of its servers that rest.
    """
    rule = source.options.deletions
    rests = resting(store.read_cursor(context.ledger, source.name), now())
    if rule is None or (rests and not server_by_server(source)):
        return {}
    lease = f"deletions {source.name}"
    if not leases.hold(context.ledger, lease, worker(), now(), LEASE):
        log.info("deletions %s: another worker asks", source.name)
        return {}
    try:
        counts = _ask(context, source, rule, lease, rests)
    finally:
        leases.release(context.ledger, lease, worker())
    if counts.get("gone"):
        report.withdraw_quotes(context)
    return counts


def server_by_server(source: Source) -> bool:
    """Whether it reads several servers, each of which is asked about its own posts."""
    return isinstance(source.module, AsksServers)


def _ask(context: Context, source: Source, rule: Deletions, lease: str, rests: Collection[str]) -> Counts:
    budget = budget_of(context, source)
    left = _share(context, source, rule)
    total = {"asked": 0, "gone": 0}
    while left > 0 and budget.page():
        posts = deletion_checks.due(
            context.ledger, source.name, now() - rule.every, now() - rule.younger_than, min(left, BATCH)
        )
        if not posts or not leases.hold(context.ledger, lease, worker(), now(), LEASE):
            break
        answer = _one_question(context, source, posts, budget, rests)
        left -= answer.answered
        total["asked"] += answer.asked
        total["gone"] += answer.gone
    return total


def _share(context: Context, source: Source, rule: Deletions) -> int:
    """How many this run may ask for: spread over the day, so that no network is asked for all of them at once."""
    runs_a_day = max(1.0, 24 * 60 / source.options.every)
    answered = deletion_checks.asked_on(context.ledger, source.name, now().date()).answered
    return min(rule.a_day - answered, ceil(AHEAD * rule.a_day / runs_a_day))


def _one_question(
    context: Context, source: Source, posts: Sequence[tuple[str, str]], budget: Budget, rests: Collection[str]
) -> deletion_checks.Asked:
    native_ids = {open_origin(context.salt, origin)[0]: post_id for post_id, origin in posts}
    # those of a server that rests are passed over as if it had not answered: put off for a day, in nobody's way
    asked = [one for one in native_ids if not rests or _server_of(source, one) not in rests]
    found = _asked(source, context, asked, budget) if asked else {}
    failpoint("withdraw.answered")
    by_answer: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for native_id, post_id in native_ids.items():
        by_answer[found.get(native_id)].append(post_id)
    deletion_checks.answered(context.ledger, source.name, by_answer[False], by_answer[True], by_answer[None], now())
    log.info("deletions %s: %d asked, %d gone", source.name, len(posts), len(by_answer[True]))
    return deletion_checks.Asked(asked=len(posts), gone=len(by_answer[True]), unanswered=len(by_answer[None]))


def _server_of(source: Source, native_id: str) -> str | None:
    """Name the server that would be asked about this message; None where the source has no several servers."""
    return source.module.server_of(source.options, native_id) if isinstance(source.module, AsksServers) else None


def _asked(source: Source, context: Context, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Ask which of these are gone; an answer in a form nobody knows tells of none of them."""
    try:
        return source.module.gone(context.city, source.options, source.secrets, native_ids, budget)
    except UNREADABLE as error:
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
        raise AnswerChangedError(
            f"{source.name}: its answer to what was deleted cannot be read ({what}); update Escucha. Nothing was removed"
        ) from None
