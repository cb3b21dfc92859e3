"""Collect new posts of each source: pseudonymise them, and store each page with its cursor in one transaction."""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial

from collectors.drift import accept_next_page
from core.collection import Page
from core.errors import (
    AnswerChangedError,
    BudgetSpentError,
    ConfigurationError,
    EscuchaError,
    SourceError,
    SourceIsQuietError,
)
from core.failpoints import failpoint
from core.post import Post, Raw, Rejected
from core.privacy.intake import reject_reason
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import post_id
from ledger.ingest import store
from pipeline import clock, freshness, report as reporting, sync_deletions
from pipeline.budget import budget_of
from pipeline.context import Context, Source, now
from pipeline.counts import Counts, format_counts

log = logging.getLogger("escucha")


def collect(context: Context, source: str | None = None, accept_rejects: bool = False) -> Counts:
    """Read new posts of each source, hide what identifies people, store page and cursor together; see what was taken back.

    `accept_rejects`: streams that were stopped because their records cannot be read pass their next page all the same.

    Raises:
        ConfigurationError: `accept_rejects` without a source, or the profile has no such source.
        SourceError: at the end, what any source refused; the others were read.
        SourceIsQuietError: at the end, when a source fell silent.
    """
    if accept_rejects and source is None:
        raise ConfigurationError("--accept-rejects: name the source with --source")
    total: Counter[str] = Counter()
    failed: list[SourceError] = []
    silent: list[str] = []
    for one in context.chosen(source):
        if one.off:
            log.info("collect %s: %s", one.name, one.off)
            continue
        refused = _tried(partial(_collect_one, accept_rejects=accept_rejects), context, one, total)
        failed += refused
        if any(error.fatal for error in refused):
            continue
        silent += freshness.news(context, one)  # what one stream refuses says nothing about the others
        asked_to_wait = any(error.retry_after is not None for error in refused)
        if not asked_to_wait or sync_deletions.server_by_server(one):
            failed += _tried(sync_deletions.withdraw, context, one, total)
    if failed:
        waits = [error.retry_after for error in failed if error.retry_after is not None]
        raise SourceError(
            "; ".join([*map(str, failed), *silent]),
            retry_after=min(waits, default=None),
            # a silence is told once: another try would fail without its words, and its alarm would be lost;
            # of changed answers people are told at once: another try now would only put that off
            fatal=bool(silent)
            or any(isinstance(error, AnswerChangedError) for error in failed)
            or all(error.fatal for error in failed),
        )
    if silent:
        raise SourceIsQuietError("; ".join(silent))
    return dict(total)


def _tried(
    step: Callable[[Context, Source], Counts], context: Context, source: Source, total: Counter[str]
) -> list[SourceError]:
    """Take one step with a source. What it refuses is handed back and told at the end: other steps and sources go on."""
    try:
        total.update(step(context, source))
    except BudgetSpentError as error:  # while it asked what was taken back
        log.warning("deletions %s: %s", source.name, error)
    except SourceError as error:
        log.error("collect %s: %s", source.name, error)
        return [error]
    return []


def _collect_one(context: Context, source: Source, accept_rejects: bool = False) -> Counts:
    clock.check_not_behind(context.ledger, source.name, now())
    run_id = store.begin_run(context.ledger, source.name, now())
    cursor = store.read_cursor(context.ledger, source.name)
    if accept_rejects:
        cursor = accept_next_page(cursor)
    total: Counter[str] = Counter(stored=0)
    outcome = "done"
    try:
        for page in source.module.collect(
            context.city, source.options, source.secrets, cursor, budget_of(context, source)
        ):
            total.update(_store_page(context, run_id, source, page))
            log.info("collect %s: %s", source.name, format_counts(total))
    except BudgetSpentError as error:  # no failure: what came is stored, the source rests until its budget renews
        outcome = str(error)
        log.warning("collect %s: %s", source.name, error)
    except EscuchaError as error:
        outcome = str(error)
        raise
    finally:
        store.end_run(context.ledger, run_id, now(), outcome)
    return dict(total)


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
    if counts.withdrawn:
        reporting.withdraw_quotes(context)
    return counts.model_dump()


def admit(context: Context, raw: Raw) -> Post | Rejected:
    """The hidden post, or the record of why it cannot be kept."""
    reason = reject_reason(raw, now())
    if reason is None:
        return pseudonymise(raw, context.city, context.salt)
    place = raw.place or f"message {post_id(context.salt, raw.source, raw.native_id)}"
    return Rejected.of(raw.source, place, reason, raw.text)
