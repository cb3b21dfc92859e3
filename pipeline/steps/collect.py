"""Collect new posts of each source and pseudonymise them.

Each page is stored with its cursor in one transaction.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from collectors.drift import accept_next_page
from core.config.own_variables import own_variables
from core.errors import AnswerChangedError, BudgetSpentError, ConfigurationError, EscuchaError, SourceError, SourceIsQuietError
from core.privacy.intake import reject_reason
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import post_id
from core.records import Json
from core.records.collection import Page
from core.records.post import Post, Raw, Rejected
from core.runtime.failpoints import failpoint
from ledger.ingest import cursors, store
from pipeline.budget import budget_of
from pipeline.context import Context, now
from pipeline.counts import Counts, format_counts
from pipeline.health import clock, freshness
from pipeline.sources import Source
from pipeline.steps import report as reporting, sync_deletions

log = logging.getLogger("escucha")


def collect(context: Context, source: str | None = None, accept_rejects: bool = False) -> Counts:
    """Collect new posts of each source, then sync upstream deletions.

    `accept_rejects`: streams that were stopped because their records could not be parsed pass their next page all the same.

    Raises:
        ConfigurationError: `accept_rejects` without a source, or the profile has no such source.
        SourceError: at the end, with what any source refused; the others were collected.
        SourceIsQuietError: at the end, when a source has gone quiet.
    """
    if accept_rejects and source is None:
        raise ConfigurationError("--accept-rejects: name the source with --source")
    total: Counter[str] = Counter()
    failed: list[SourceError] = []
    quiet: list[str] = []
    for one in context.chosen(source):
        if one.off:
            log.info("collect %s: %s", one.name, one.off)
            continue
        errors = _run_step(partial(_collect_one, accept_rejects=accept_rejects), context, one, total)
        failed += errors
        if any(error.fatal for error in errors):
            continue
        quiet += freshness.new_alerts(context, one)  # one refused stream does not affect the others
        is_rate_limited = any(error.retry_after is not None for error in errors)
        if not is_rate_limited or sync_deletions.has_several_servers(one):
            failed += _run_step(sync_deletions.sync_deletions, context, one, total)
    if failed:
        waits = [error.retry_after for error in failed if error.retry_after is not None]
        raise SourceError(
            "; ".join([*map(str, failed), *quiet]),
            retry_after=min(waits, default=None),
            # a quiet source is reported once: a retry would fail without that message, and the alarm would be lost;
            # a changed response format needs a person: a retry would only delay the alarm
            fatal=bool(quiet) or any(isinstance(error, AnswerChangedError) for error in failed) or all(error.fatal for error in failed),
        )
    if quiet:
        raise SourceIsQuietError("; ".join(quiet))
    return dict(total)


def _run_step(step: Callable[[Context, Source], Counts], context: Context, source: Source, total: Counter[str]) -> list[SourceError]:
    """Run one step of a source and return its errors.

    They are raised at the end, so that other steps and sources go on.
    """
    try:
        total.update(step(context, source))
    except BudgetSpentError as error:  # during deletion sync
        log.warning("deletions %s: %s", source.name, error)
    except SourceError as error:
        log.error("collect %s: %s", source.name, error)
        return [error]
    return []


def _collect_one(context: Context, source: Source, accept_rejects: bool = False) -> Counts:
    clock.check_not_behind(context.ledger, source.name, now())
    run_id = cursors.begin_run(context.ledger, source.name, now())
    cursor = cursors.read_cursor(context.ledger, source.name)
    if accept_rejects:
        cursor = accept_next_page(cursor)
    total: Counter[str] = Counter(stored=0)
    outcome = "done"
    try:
        for page in _pages(context, source, cursor):
            total.update(_store_page(context, run_id, source, page))
            log.info("collect %s: %s", source.name, format_counts(total))
    except BudgetSpentError as error:  # no failure: received pages are stored, the source pauses until its budget renews
        outcome = str(error)
        log.warning("collect %s: %s", source.name, error)
    except EscuchaError as error:
        outcome = str(error)
        raise
    finally:
        cursors.end_run(context.ledger, run_id, now(), outcome)
    return dict(total)


def _pages(context: Context, source: Source, cursor: Json | None) -> Iterator[Page]:
    with own_variables(context.settings):
        yield from source.module.collect(context.city, source.options, source.secrets, cursor, budget_of(context, source))


def _store_page(context: Context, run_id: str, source: Source, page: Page) -> Counts:
    admitted = [admit(context, raw) for raw in page.raws]
    posts = [one for one in admitted if isinstance(one, Post)]
    rejects = [*page.rejects, *(one for one in admitted if isinstance(one, Rejected))]
    failpoint("collect.read")
    counts = store.store_page(
        context.ledger,
        run_id,
        source.name,
        posts,
        rejects,
        page.cursor,
        page.gap,
        now(),
        filled=page.filled,
        dropped=page.dropped,
        deleted=[post_id(context.salt, source.name, native_id) for native_id in page.deleted],
        deleted_anywhere=[post_id(context.salt, source.name, native_id) for native_id in page.deleted_anywhere],
    )
    failpoint("collect.stored")
    if rejects:
        reasons = Counter(one.reason for one in rejects)
        log.warning("collect %s: rejected: %s", source.name, ", ".join(f"{why} {n}" for why, n in reasons.most_common()))
    if counts.withdrawn:
        reporting.retract_quotes(context)
    return counts.model_dump()


def admit(context: Context, raw: Raw) -> Post | Rejected:
    """Pseudonymise a raw message, or record why it is rejected."""
    reason = reject_reason(raw, now())
    if reason is None:
        return pseudonymise(raw, context.city, context.salt)
    place = raw.place or f"message {post_id(context.salt, raw.source, raw.native_id)}"
    return Rejected.of(raw.source, place, reason, raw.text)
