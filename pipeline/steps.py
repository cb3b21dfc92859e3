"""The story: collect what people say, read it, decide what needs an answer, see that it is given, show it, and forget in time.

Each step claims its work from the ledger and writes its result back in one transaction. Any step can be run alone, again, at
any time, by two workers at once, and changes nothing twice. Steps that fill a screen have a file of their own beside this one. What else
writes to the ledger is in `escucha/` too: staff's work on the desk (`casebook`, `accounts`), the inbox (`receiving`) and erasure.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from collectors.drift import accepting
from core import garbage_collection
from core.annotation import Reading, Unread
from core.collection import Page
from core.decision import Decision
from core.errors import (
    AnswerChangedError,
    BudgetSpentError,
    ClockError,
    ConfigurationError,
    EscuchaError,
    IndexRefusedError,
    SourceError,
    SourceIsQuietError,
    TooManyCasesError,
    UnavailableError,
)
from core.failpoints import point
from core.post import Post, Raw, Rejected
from core.privacy.intake import refusal
from core.privacy.pseudonymise import hide
from core.privacy.pseudonyms import post_id
from ledger import reconciliation
from ledger.database.health import check_whole
from ledger.ingest import store
from ledger.processing import annotations, decisions
from pipeline import clock, freshness, kinds, report as reporting, sync_deletions
from pipeline.budget import budget_of
from pipeline.context import House, Source, now, open_house, worker
from pipeline.deliver import deliver, follow
from pipeline.forget import forget
from pipeline.heartbeat import beat
from pipeline.index import index
from pipeline.report import report
from search.engine import NotRunningError, connect
from search.writer import document_ids
from triage import decide, keys_of

__all__ = [
    "beat",
    "classify",
    "classify_and_triage",
    "collect",
    "deliver",
    "follow",
    "forget",
    "index",
    "open_house",
    "report",
    "run",
    "triage",
    "verify",
]

log = logging.getLogger("escucha")

BATCH = 512
"""Posts read or decided at a time: large enough to sort by length, small enough to repeat after a kill."""
LEASE = timedelta(minutes=10)
KEYS_KEPT = timedelta(days=90)
"""How long a post can be found by what it shares with a new one: longer than any two are compared, so that an archive can be read."""

Counts = dict[str, int]


def collect(house: House, source: str | None = None, accept_rejects: bool = False) -> Counts:
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
    for one in house.chosen(source):
        if one.off:
            log.info("collect %s: %s", one.name, one.off)
            continue
        refused = _tried(partial(_collect_one, accept_rejects=accept_rejects), house, one, total)
        failed += refused
        if any(error.fatal for error in refused):
            continue
        silent += freshness.news(house, one)  # what one stream refuses says nothing about the others
        asked_to_wait = any(error.retry_after is not None for error in refused)
        if not asked_to_wait or sync_deletions.server_by_server(one):
            failed += _tried(sync_deletions.withdraw, house, one, total)
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
    step: Callable[[House, Source], Counts], house: House, source: Source, total: Counter[str]
) -> list[SourceError]:
    """Take one step with a source. What it refuses is handed back and told at the end: other steps and sources go on."""
    try:
        total.update(step(house, source))
    except BudgetSpentError as error:  # while it asked what was taken back
        log.warning("deletions %s: %s", source.name, error)
    except SourceError as error:
        log.error("collect %s: %s", source.name, error)
        return [error]
    return []


def _collect_one(house: House, source: Source, accept_rejects: bool = False) -> Counts:
    clock.check_not_behind(house.ledger, source.name, now())
    run_id = store.begin_run(house.ledger, source.name, now())
    cursor = store.read_cursor(house.ledger, source.name)
    if accept_rejects:
        cursor = accepting(cursor)
    total: Counter[str] = Counter(stored=0)
    outcome = "done"
    try:
        for page in source.module.collect(house.city, source.options, source.secrets, cursor, budget_of(house, source)):
            total.update(_store_page(house, run_id, source, page))
            log.info("collect %s: %s", source.name, _words(total))
    except BudgetSpentError as error:  # no failure: what came is stored, the source rests until its budget renews
        outcome = str(error)
        log.warning("collect %s: %s", source.name, error)
    except EscuchaError as error:
        outcome = str(error)
        raise
    finally:
        store.end_run(house.ledger, run_id, now(), outcome)
    return dict(total)


def _store_page(house: House, run_id: str, source: Source, page: Page) -> Counts:
    admitted = [admit(house, raw) for raw in page.raws]
    posts = [one for one in admitted if isinstance(one, Post)]
    rejects = [*page.rejects, *(one for one in admitted if isinstance(one, Rejected))]
    point("collect.read")
    counts = store.store_page(
        house.ledger,
        run_id,
        source.name,
        posts,
        rejects,
        page.cursor,
        page.gap,
        now(),
        filled=page.filled,
        dropped=page.dropped,
        deleted=[post_id(house.salt, source.name, native_id) for native_id in page.deleted],
        deleted_anywhere=[post_id(house.salt, source.name, native_id) for native_id in page.deleted_anywhere],
    )
    point("collect.stored")
    if counts.withdrawn:
        reporting.withdraw_quotes(house)
    return counts.model_dump()


def admit(house: House, raw: Raw) -> Post | Rejected:
    """The hidden post, or the record of why it cannot be kept."""
    reason = refusal(raw, now())
    if reason is None:
        return hide(raw, house.city, house.salt)
    place = raw.place or f"message {post_id(house.salt, raw.source, raw.native_id)}"
    return Rejected.of(raw.source, place, reason, raw.text)


def classify(house: House) -> Counts:
    """Let the reader label the posts that wait: one pass of the encoder a batch, every question answered from it."""
    total: Counter[str] = Counter(classified=0)
    for total in _batches_read(house):
        log.info("classify: %s", _words(total))
    return dict(total)


def _batches_read(house: House) -> Iterator[Counter[str]]:
    """Reads batch by batch; after each, what was read until now."""
    annotations.reread(house.ledger, house.reader.model)
    total: Counter[str] = Counter(classified=0)
    while posts := annotations.claim_unread(house.ledger, worker(), BATCH, now(), LEASE):
        point("classify.claimed")
        found = house.reader.read(posts)
        point("classify.read")
        read = [one for one in found if isinstance(one, Reading)]
        unread = [one for one in found if isinstance(one, Unread)]
        annotations.store_readings(house.ledger, worker(), read, unread, now())
        point("classify.stored")
        total.update(classified=len(read), quarantined=len(unread))
        yield total


def triage(house: House) -> Counts:
    """Decide for each post that was read: a case, a person's look, or nothing; one case an incident, one worker at a time."""
    total: Counter[str] = Counter(decided=0)
    if not decisions.hold(house.ledger, "triage", worker(), now(), LEASE):
        log.info("triage: another worker is at it")
        return dict(total)
    try:
        while unfiled := decisions.unfiled(house.ledger, BATCH):
            decisions.file(
                house.ledger, {post.post_id: keys_of(house.city, post, reading) for post, reading in unfiled}
            )
        kinds.fill(house, worker())
        while batch := decisions.untriaged(house.ledger, BATCH):
            with garbage_collection.paused(), decisions.known_posts(house.ledger) as known:
                decided: list[Decision] = decide(house.city, batch, known, made=house.made_forms)
            point("triage.decided")
            decisions.store_decisions(house.ledger, worker(), decided, now())
            point("triage.stored")
            total.update(Counter(d.outcome for d in decided), decided=len(decided), cases=sum(d.opens for d in decided))
            log.info("triage: %s", _words(total))
            decisions.hold(house.ledger, "triage", worker(), now(), LEASE)
        decisions.prune(house.ledger, (now() - KEYS_KEPT).timestamp())
    finally:
        decisions.release(house.ledger, "triage", worker())
    return dict(total)


def classify_and_triage(house: House) -> Counts:
    """Read a batch, decide it, and so on: the first complaint of a burst becomes a case before its last post is read.

    Nothing is delivered in between: `max_per_run` counts what a whole run would send out of the house.
    """
    read: Counter[str] = Counter(classified=0)
    decided: Counter[str] = Counter()
    for read in _batches_read(house):
        log.info("classify: %s", _words(read))
        decided.update(triage(house))
    decided.update(triage(house))  # what was corrected, or read by somebody else
    return {**read, **decided}


def verify(house: House) -> list[reconciliation.Line]:
    """Both sides of every identity: nothing lost, nothing doubled, or the line that shows it. The ledger's file is looked at first."""
    check_whole(house.ledger)
    lines = _both_sides(house)
    if [line.name for line in lines if line.ok is False and line.right is not None] == [reconciliation.DOCUMENTS]:
        return _both_sides(house)  # the engine was asked a moment before the ledger: an index run may have come between
    return lines


def _both_sides(house: House) -> list[reconciliation.Line]:
    """An engine that runs and cannot be searched is a difference; an embedded one that does not run is not asked."""
    try:
        documents = document_ids(connect(house.settings, start_embedded=False))
    except NotRunningError:
        return reconciliation.identity(house.ledger, None)
    except EscuchaError as error:
        log.error("verify: %s", error)
        lines = reconciliation.identity(house.ledger, None)
        return [
            line.model_copy(update={"ok": False}) if line.name == reconciliation.DOCUMENTS else line for line in lines
        ]
    return reconciliation.identity(house.ledger, documents)


def run(house: House) -> Counts:
    """All steps once, in order, without Airflow. A source or server that fails is told at the end; the other steps go on."""
    total: Counts = {}
    failed: list[str] = []
    for step in (collect, classify_and_triage, deliver, follow, index):
        try:
            total |= step(house)
        except (
            SourceError, SourceIsQuietError, UnavailableError, TooManyCasesError, IndexRefusedError, ClockError,
        ) as error:  # fmt: skip
            log.error("%s: %s", step.__name__, error)
            failed.append(f"{step.__name__}: {error}")
    if failed:
        raise EscuchaError("; ".join(failed))
    return total


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n) or "nothing new"
