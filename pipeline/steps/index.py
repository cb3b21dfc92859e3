"""Fill the search engine from the ledger, or rebuild its index."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from core.errors import ConfigurationError, EscuchaError, IndexRefusedError, UnavailableError
from core.runtime.failpoints import failpoint
from ledger import indexing
from ledger.indexing import IndexWork
from pipeline.context import Context, now, worker
from pipeline.index_generation import complete_generation, prepare_index, tidy, vectors_of
from search.connection.engine import Engine, connect
from search.index import generations, writer
from search.queries.limits import embedded_warning, indexed_posts

log = logging.getLogger("escucha")

BATCH = 2000
LEASE = timedelta(minutes=5)
REFUSED_FEW = 5
REFUSED_SHARE = 0.01
REFUSED_MANY = 100
"""How many documents one run may mark as refused: 1 %, at least 5, at most 100. More is a fault of the engine or the mapping, not of single
documents, and marks nothing."""


def index(
    context: Context, rebuild: bool = False, retry_refused: bool = False, accept_refused: int | None = None, holder: str | None = None
) -> dict[str, int]:
    """Write pending documents to the engine; all, when it is new.

    A new engine, a restored ledger, another schema and `rebuild` fill a new generation of the index, which is read when it is whole.
    `retry_refused` tries documents again that were refused for good; `accept_refused` marks up to N documents as refused. `holder` of the
    leases; None: this process.

    Raises:
        ConfigurationError: `accept_refused` is less than one.
        UnavailableError: the engine does not take documents now; they stay pending.
        IndexRefusedError: some documents are refused for good (raised once), or too many are refused (none is marked).
        EscuchaError: in a new generation not everything can be found; the old one is still read.
    """
    if accept_refused is not None and accept_refused < 1:
        raise ConfigurationError("--accept-refused: give the number of documents to mark as refused, 1 or more")
    if retry_refused:
        log.info("index: %d refused documents are tried again", indexing.retry_refused(context.ledger))
    holder = holder or worker()
    engine = connect(context.settings)
    building = prepare_index(context, engine, rebuild)
    run = _Run(context, engine, holder, accept_refused)
    run.write_pending()
    if building is not None:
        run.total.update(indexed=complete_generation(context, engine, building, holder, run.write_pending))
    tidy(context, engine, holder)
    if warning := embedded_warning(engine, indexed_posts(engine)):
        log.warning("index: %s", warning)
    if run.reasons:
        raise IndexRefusedError(
            f"the search engine refused {len(run.reasons)} documents for good, so they cannot be found: {run.reasons[0]}. "
            "Cases are not affected. `escucha status` counts the documents; after fixing the cause: `escucha index --retry-refused`"
        )
    return dict(run.total)


@dataclass
class _Run:
    """Hold one run of the step: documents written and refused."""

    context: Context
    engine: Engine
    holder: str
    accept_refused: int | None
    total: Counter[str] = field(default_factory=lambda: Counter(indexed=0))
    reasons: list[str] = field(default_factory=list)

    def write_pending(self) -> None:
        """Write until nothing is pending, to every generation in use."""
        context, engine, holder = self.context, self.engine, self.holder
        while (work := indexing.claim_unindexed(context.ledger, holder, BATCH, now(), LEASE)).any:
            failpoint("index.claimed")
            written = _write(context, engine, holder, work)
            failpoint("index.written")
            if written is None:
                continue
            refused = written.refused.keys() - set(work.delete)
            self.total.update(indexed=len(written.ok), refused=len(refused))
            _check_refusals(context, holder, work, self.total, written, self.accept_refused)
            indexing.mark_written(context.ledger, holder, work, written.refused, written.retry, now())
            failpoint("index.stored")
            self.reasons += [written.refused[one] for one in sorted(refused)]
            if any(self.total.values()):
                log.info("index: %s", ", ".join(f"{n:,} {name}" for name, n in self.total.items() if n))
            if written.retry:
                raise UnavailableError(
                    f"the search engine did not take {len(written.retry):,} documents now; they stay pending ({written.why})"
                )
        writer.refresh(engine)


def _write(context: Context, engine: Engine, holder: str, work: IndexWork) -> writer.BulkResult | None:
    """Write a batch; release it at once when the whole write fails.

    None: a new generation was begun or served meanwhile, so the batch was released and must be written again.
    """
    try:
        targets = generations.read_state(engine).targets  # after the claim: what changes later is claimed again
        vectors = vectors_of(context, engine, work.posts)
        written = writer.write(engine, work.posts, work.cases, work.months, targets=targets, vectors=vectors)
        if not set(generations.read_state(engine).targets) <= set(targets):
            _release(context, holder, work)
            return None
    except EscuchaError:
        _release(context, holder, work)
        raise
    return written


def _release(context: Context, holder: str, work: IndexWork) -> None:
    ids = {*(one.post_id for one in work.posts), *(one.case_key for one in work.cases), *work.delete}
    indexing.mark_written(context.ledger, holder, work, {}, ids, now())


def _check_refusals(
    context: Context, holder: str, work: IndexWork, total: Counter[str], written: writer.BulkResult, accepted: int | None
) -> None:
    """Release the batch unmarked when too many documents were refused.

    More than a small share is not the documents' own fault.
    """
    seen = total["indexed"] + total["refused"]
    few = min(REFUSED_MANY, max(REFUSED_FEW, int(seen * REFUSED_SHARE)))
    allowed = few if accepted is None else accepted
    if not written.refused or total["refused"] <= allowed:
        return
    _release(context, holder, work)
    why = next(iter(written.refused.values()))
    raise IndexRefusedError(
        f"the search engine refused {total['refused']:,} of {seen:,} documents, more than {allowed}: "
        f"the last batch was not marked and stays pending. The first reason: {why}. Fix the cause, "
        "or rebuild the index with `escucha index --rebuild`; "
        "to give these documents up: `escucha index --accept-refused N`"
    )
