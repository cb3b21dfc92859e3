"""Forget posts older than the retention, within a limit per run.

Posts that became due since the last `forget` are forgotten, however many: those are the nights that the retention promises, up
to `STANDSTILL` of them. Older posts are a backlog: a shorter retention, an import of old posts, a first
run, or a wrong clock. Of a backlog one run forgets at most `backlog_limit` posts; more waits for `escucha forget --approve N`.
"""

import logging
from datetime import datetime, timedelta
from math import ceil

from core.errors import ClockError, ConfigurationError, TooManyPostsError
from ledger import report_requests
from ledger.cases.history.entries import ESCUCHA
from ledger.ingest import gaps
from ledger.retention import forget as forgetting
from ledger.retention.forget import DuePosts
from ledger.system import audit, clock as ledger_clock
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.health import clock
from pipeline.steps import report
from pipeline.steps.notify import erase_unneeded

log = logging.getLogger("escucha")

FEW = 200
SHARE = 0.05
DAYS = 3
"""Days' worth of posts, at the mean rate of the ledger."""
NO_TIME = timedelta(0)


def forget(context: Context, approve: int | None = None) -> dict[str, int]:
    """Remove posts older than the city's retention; the counters stay.

    With `approve` the N oldest of them, whatever the clock and the limit.

    Raises:
        ConfigurationError: `approve` is less than zero.
        ClockError: the clock is not plausible; nothing was forgotten.
        TooManyPostsError: more is due than one run may forget; nothing was forgotten.
    """
    if approve is not None and approve < 0:
        raise ConfigurationError("--approve: give the number of posts to forget, 0 or more")
    at = now()
    cutoff = at - context.city.retention
    last = ledger_clock.accepted(context.ledger)
    since = cutoff if last is None else cutoff - min(max(at - last.at, NO_TIME), clock.STANDSTILL)
    due = forgetting.due(context.ledger, cutoff, since)
    if approve is None:
        _check_plausible(context, at, due)
    else:
        log.warning("forget: %d posts approved of %d due", approve, due.posts)
    count = min(due.posts, due.posts if approve is None else approve)
    forgotten = forgetting.forget_older(context.ledger, cutoff, at, limit=count)
    who = ESCUCHA if approve is None else accounts.operator()
    audit.log(context.ledger, who, "forget", "posts", str(forgotten), at)
    contacts_erased = erase_unneeded(context, at)
    gaps.give_up_gaps(context.ledger, cutoff, at)
    report_requests.forget_ended(context.ledger, at)
    clock.accept(context.ledger, at, by_person=approve is not None)
    return {
        "forgotten": forgotten,
        "still due": due.posts - count,
        "contacts erased": contacts_erased,
        "quotes withdrawn": report.retract_quotes(context),
    }


def _check_plausible(context: Context, at: datetime, due: DuePosts) -> None:
    approval = f"`escucha forget --approve {due.posts}` forgets these {due.posts:,} posts for good"
    try:
        clock.check(context.ledger, at)
    except ClockError as error:
        raise ClockError(
            f"{error}. Nothing was forgotten. Check the clock (`date -u`, `timedatectl`); if it is right, {approval}"
        ) from None
    limit = backlog_limit(due)
    if due.backlog > limit:
        raise TooManyPostsError(
            f"{due.posts:,} posts are older than the retention of {context.city.retention.days} days, {due.backlog:,} of them should "
            f"have been forgotten before; one run forgets at most {limit:,} of those. Nothing was forgotten. Check that the clock "
            f"({at:%Y-%m-%d %H:%M} UTC) and `retention` in {context.city.path} are right; if so, {approval}"
        )


def backlog_limit(due: DuePosts) -> int:
    """Return how many backlog posts one run may forget.

    The highest of `FEW`, `SHARE` of all posts, and `DAYS` days at the usual rate.

    >>> backlog_limit(DuePosts(posts=0, backlog=0, all_posts=10_000, days=100))
    500
    """
    return max(FEW, ceil(SHARE * due.all_posts), ceil(DAYS * due.all_posts / due.days))
