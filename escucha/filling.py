"""Filling the search engine from the ledger: the view can be thrown away at any time and is made again here."""

import logging
from collections import Counter
from datetime import timedelta

from core.errors import LedgerMismatchError
from core.fault import point
from escucha.house import House, now
from ledger import indexing
from search import writer
from search.engine import Engine, connect
from search.templates import install

log = logging.getLogger("escucha")

BATCH = 2000
LEASE = timedelta(minutes=5)


def fill(house: House, worker: str, rebuild: bool) -> dict[str, int]:
    """Write what waits into the engine; everything, when the engine is new, restored or thrown away."""
    engine = connect(house.settings)
    _meet(house, engine, rebuild)
    total: Counter[str] = Counter(indexed=0)
    while (work := indexing.claim_unindexed(house.ledger, worker, BATCH, now(), LEASE)).any:
        point("index.claimed")
        written = writer.write(engine, work.posts, work.cases, work.delete)
        point("index.written")
        indexing.mark_written(house.ledger, worker, work, written.refused, written.retry, now())
        point("index.stored")
        total.update(indexed=len(written.ok), refused=len(written.refused))
        log.info("index: %s", ", ".join(f"{n:,} {name}" for name, n in total.items() if n))
        if written.retry:
            log.warning("index: the engine did not take %d documents now; they wait", len(written.retry))
            break
    writer.refresh(engine)
    return dict(total)


def _meet(house: House, engine: Engine, rebuild: bool) -> None:
    """Whose view is this? Ours and current: go on. New, older or to be rebuilt: fill all again. Another ledger's: refuse."""
    mine = indexing.marker(house.ledger)
    theirs = writer.read_marker(engine)
    if theirs is not None and theirs[0] != mine[0]:
        raise LedgerMismatchError(
            f"{engine.url} holds the view of another ledger ({theirs[0]}); this ledger is {mine[0]}. "
            "Point ESCUCHA_ELASTICSEARCH_URL at another engine, or ESCUCHA_LEDGER_URL at the right ledger."
        )
    install(engine)
    if rebuild or theirs is None or theirs[1] != mine[1]:
        writer.drop_all(engine)
        install(engine)
        indexing.reindex_all(house.ledger)
        writer.write_marker(engine, *mine)
