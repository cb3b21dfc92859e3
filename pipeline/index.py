"""Filling the search engine from the ledger: the view can be thrown away at any time and is made again here."""

import logging
from collections import Counter
from datetime import timedelta

from core.errors import ConfigurationError, EscuchaError, IndexRefusedError, LedgerMismatchError, UnavailableError
from core.failpoints import failpoint
from ledger import indexing, reconciliation
from ledger.indexing import Work
from pipeline.context import Context, now, worker
from search import writer
from search.engine import Engine, connect
from search.templates import install

log = logging.getLogger("escucha")

BATCH = 2000
LEASE = timedelta(minutes=5)
REFUSED_FEW = 5
REFUSED_SHARE = 0.01
REFUSED_MANY = 100
"""So many documents may be marked as refused in one run: 1 %, at least 5, at most 100. More is a fault of the whole, not of single
documents, and marks nothing."""


def index(
    context: Context,
    rebuild: bool = False,
    retry_refused: bool = False,
    accept_refused: int | None = None,
    holder: str | None = None,
) -> dict[str, int]:
    """Write what waits into the engine; everything, when the engine is new, restored or thrown away.

    `rebuild` throws the engine's view away first; `retry_refused` tries documents again that it refused for good; `accept_refused`
    gives up to N documents up as refused. `holder` of the leases; None: this process.

    Raises:
        ConfigurationError: `accept_refused` is less than one.
        UnavailableError: the engine does not take documents now; they wait.
        IndexRefusedError: some will never be taken as they are (told once), or too many are refused (marked none).
        EscuchaError: after a rebuild not everything can be found.
    """
    if accept_refused is not None and accept_refused < 1:
        raise ConfigurationError("--accept-refused: give the number of documents that may be given up, 1 or more")
    if retry_refused:
        log.info("index: %d refused documents are tried again", indexing.retry_refused(context.ledger))
    holder = holder or worker()
    engine = connect(context.settings)
    _meet(context, engine, rebuild)
    total: Counter[str] = Counter(indexed=0)
    reasons: list[str] = []
    while (work := indexing.claim_unindexed(context.ledger, holder, BATCH, now(), LEASE)).any:
        failpoint("index.claimed")
        written = _written(context, engine, holder, work)
        failpoint("index.written")
        total.update(indexed=len(written.ok), refused=len(written.refused))
        _not_too_many(context, holder, work, total, written, accept_refused)
        indexing.mark_written(context.ledger, holder, work, written.refused, written.retry, now())
        failpoint("index.stored")
        reasons += written.refused.values()
        log.info("index: %s", ", ".join(f"{n:,} {name}" for name, n in total.items() if n))
        if written.retry:
            raise UnavailableError(
                f"the search engine did not take {len(written.retry):,} documents now; they wait ({written.why})"
            )
    writer.refresh(engine)
    if rebuild:
        _all_found(context, engine)
    if reasons:
        raise IndexRefusedError(
            f"the search engine refused {len(reasons)} documents for good, so they cannot be found: {reasons[0]}. "
            "Cases go on. `escucha status` counts them; when the cause is mended: `escucha index --retry-refused`"
        )
    return dict(total)


def _written(context: Context, engine: Engine, holder: str, work: Work) -> writer.Written:
    """What became of the batch; when all fails, it is given back at once and need not wait until its lease ends."""
    try:
        return writer.write(engine, work.posts, work.cases, work.delete)
    except EscuchaError:
        _give_back(context, holder, work)
        raise


def _give_back(context: Context, holder: str, work: Work) -> None:
    ids = {*(one.post_id for one in work.posts), *(one.case_key for one in work.cases), *work.delete}
    indexing.mark_written(context.ledger, holder, work, {}, ids, now())


def _not_too_many(
    context: Context, holder: str, work: Work, total: Counter[str], written: writer.Written, accepted: int | None
) -> None:
    """Give the batch back unmarked when more was refused in this run than can be the documents' own fault."""
    seen = total["indexed"] + total["refused"]
    few = min(REFUSED_MANY, max(REFUSED_FEW, int(seen * REFUSED_SHARE)))
    allowed = few if accepted is None else accepted
    if not written.refused or total["refused"] <= allowed:
        return
    _give_back(context, holder, work)
    why = next(iter(written.refused.values()))
    raise IndexRefusedError(
        f"the search engine refused {total['refused']:,} of {seen:,} documents, more than {allowed}: "
        f"the last batch was not marked, it waits. The first reason: {why}. Mend the cause, "
        "or build the view again with `escucha index --rebuild`; "
        "to give these documents up: `escucha index --accept-refused N`"
    )


def _all_found(context: Context, engine: Engine) -> None:
    """After a rebuild: ask the engine for every document, twice, for another run may have written in between."""
    for _ in range(2):
        line = reconciliation.documents_line(context.ledger, writer.document_ids(engine))
        if line.ok:
            return
    raise EscuchaError(
        f"index --rebuild: {line.left:,} documents were written and {line.right:,} of them can be found in {engine.url}: "
        "look at the engine's own log, then run it again"
    )


def _meet(context: Context, engine: Engine, rebuild: bool) -> None:
    """Whose view is this? Ours and current: go on. New, older or to be rebuilt: fill all again. Another ledger's: refuse."""
    mine = indexing.marker(context.ledger)
    if rebuild:
        writer.open_marker(engine)
    theirs = writer.read_marker(engine)
    if theirs is not None and theirs[0] != mine[0]:
        raise LedgerMismatchError(
            f"{engine.url} holds the view of another ledger ({theirs[0]}); this ledger is {mine[0]}. "
            "Point ESCUCHA_ELASTICSEARCH_URL at another engine, or ESCUCHA_LEDGER_URL at the right ledger."
        )
    if rebuild or theirs is None or theirs[1] != mine[1]:
        writer.drop_all(engine)
        install(engine)
        indexing.reindex_all(context.ledger)
        writer.write_marker(engine, *mine)
    else:
        writer.demand_searchable(engine)
        install(engine)
