"""Fill a new generation of the search index beside the served one.

Each month is compared with the ledger by number and content, and only what differs is written: a run that was killed continues, and two
workers write the same. The aliases are switched when every month is equal.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.errors import EscuchaError, LedgerMismatchError, UnavailableError
from core.records.read_models import CaseRecord, PostRecord
from core.runtime.failpoints import failpoint
from ledger import indexed_documents, indexing, leases, read
from ledger.indexed_documents import KINDS, Kind, Records
from pipeline.context import Context, now
from search.connection.engine import Engine
from search.index import contents, generations, switch, vectors, writer
from search.index.documents import case_document, post_document
from search.index.templates import CASES, POSTS

log = logging.getLogger("escucha")

LEASE_NAME = "index generation"
LEASE = timedelta(minutes=5)
BATCH = 2000
ROUNDS = 3
"""Passes over the months: the second one finds everything equal, unless the engine loses documents."""
ALIAS: dict[Kind, str] = {"posts": POSTS, "cases": CASES}
KEY: dict[Kind, str] = {"posts": "post_id", "cases": "case_key"}


def prepare_index(context: Context, engine: Engine, rebuild: bool) -> str | None:
    """Compare the engine with the ledger; return the generation to fill.

    None: the generation that is read is ours and current. A new engine, one of an older state of the ledger, another schema, and
    `rebuild` begin a new generation, or continue the one that was begun.

    Raises:
        LedgerMismatchError: the engine holds the index of another ledger.
    """
    expected = indexing.marker(context.ledger)
    if rebuild:
        writer.open_marker(engine)
    marker = writer.read_marker(engine)
    if marker is not None and marker[0] != expected[0]:
        raise LedgerMismatchError(
            f"{engine.url} holds the index of another ledger ({marker[0]}); this ledger is {expected[0]}. "
            "Point ESCUCHA_ELASTICSEARCH_URL at another engine, or ESCUCHA_LEDGER_URL at the right ledger."
        )
    switch.prepare(engine)
    building = _generation_to_fill(engine, expected, rebuild)
    if building is not None:
        failpoint("index.generation.begun")
    else:
        writer.check_searchable(engine)
    switch.update_mappings(engine)
    if writer.read_marker(engine) != expected:  # a new engine, or the ledger was restored
        indexing.reindex_all(context.ledger)
        writer.write_marker(engine, *expected)
    elif building is not None:
        indexing.retry_refused(context.ledger)
    return building


def _generation_to_fill(engine: Engine, expected: writer.Marker, rebuild: bool) -> str | None:
    """Return the generation to fill, begun if needed; None if none is."""
    while True:
        state = generations.read_state(engine)
        # After the state: a generation switched before this was read has its marker.
        marker = writer.read_marker(engine)
        failpoint("index.generation.compared")
        outdated = not generations.is_current(engine, state.serving)
        if not (rebuild or outdated or state.building is not None or marker != expected):
            return None
        if building := generations.begin(engine, state, expected[1]):
            return building


def complete_generation(context: Context, engine: Engine, generation: str, holder: str, write_pending: Callable[[], None]) -> int:
    """Fill this generation until it equals the ledger, then serve it.

    Returns the number of documents written; 0 while another worker fills it.

    Raises:
        EscuchaError: the engine does not give back what was written.
    """
    if not leases.hold(context.ledger, LEASE_NAME, holder, now(), LEASE):
        log.info("index: another worker is filling a new generation; it will be read when it is whole")
        return 0
    log.info("index: filling generation %s; the index that is read stays until it is whole", generation)
    written = 0
    for _ in range(ROUNDS):
        wrong = _fill(context, engine, generation, holder)
        written += wrong
        write_pending()
        if not wrong:
            break
    else:
        raise EscuchaError(
            f"index generation {generation}: {written:,} documents were written and not all of them can be found in {engine.url}: "
            "check the engine's log, then run it again. The index that is read is unchanged"
        )
    failpoint("index.generation.equal")
    if switch.switch(engine, generation):
        log.info("index: generation %s is read now", generation)
    leases.release(context.ledger, LEASE_NAME, holder)
    return written


def tidy(context: Context, engine: Engine, holder: str) -> None:
    """Drop months without posts, and what a killed switch left."""
    if not leases.hold(context.ledger, LEASE_NAME, holder, now(), LEASE):
        return
    switch.repair(engine)
    present = {one[2] for one in map(generations.parse_name, generations.indices(engine)) if one and one[0] == engine.name(POSTS)}
    # Months being written are read first: a post that is forgotten afterwards is in neither.
    busy = indexed_documents.months_being_written(context.ledger, now())
    gone = present - indexed_documents.months(context.ledger, "posts") - busy
    if gone and None not in busy:
        switch.drop_months(engine, engine.name(POSTS), gone)
        log.info("index: dropped months without posts: %s", ", ".join(sorted(gone)))
        for month in gone & indexed_documents.months(context.ledger, "posts"):
            indexed_documents.queue_month(context.ledger, month)  # a post of that month came in meanwhile
    leases.release(context.ledger, LEASE_NAME, holder)


def _fill(context: Context, engine: Engine, generation: str, holder: str) -> int:
    """Write what differs from the ledger; return how many documents."""
    wrong = 0
    for kind in KINDS:
        present = {
            one[2]
            for one in map(generations.parse_name, generations.of_generation(engine, generation))
            if one and one[0] == engine.name(ALIAS[kind])
        }
        for month in sorted(present | indexed_documents.months(context.ledger, kind)):
            wrong += _fill_month(context, engine, generation, holder, kind, month)
            failpoint("index.generation.month")
    return wrong


def _fill_month(context: Context, engine: Engine, generation: str, holder: str, kind: Kind, month: str) -> int:
    """Make one month equal to the ledger; return how many differed."""
    stored = contents.stored_hashes(engine, generations.index_name(engine.name(ALIAS[kind]), generation, month), KEY[kind])
    wrong = 0
    for records in indexed_documents.confirmed(context.ledger, kind, month, BATCH):
        leases.hold(context.ledger, LEASE_NAME, holder, now(), LEASE)
        different = [one for one in records if stored.get(_id(one)) != contents.content_hash(_document(one))]
        if different:
            _write(context, engine, generation, kind, different)
            wrong += len(different)
            log.info("index: generation %s, %s of %s: %d written", generation, kind, month, wrong)
    surplus = stored.keys() - indexed_documents.known_ids(context.ledger, kind, month)
    if surplus and kind == "posts":
        writer.write(engine, [], [], dict.fromkeys(sorted(surplus), month), targets=[generation])
    return wrong + len(surplus)


def _write(context: Context, engine: Engine, generation: str, kind: Kind, records: Records) -> None:
    """Write documents to one generation. Those it refuses are queued: `index` counts them."""
    posts = [one for one in records if isinstance(one, PostRecord)]
    cases = [one for one in records if isinstance(one, CaseRecord)]
    written = writer.write(engine, posts, cases, targets=[generation], vectors=vectors_of(context, engine, posts))
    if written.retry:
        raise UnavailableError(
            f"the search engine did not take {len(written.retry):,} documents of generation {generation} now ({written.why}); "
            "the next `escucha index` continues"
        )
    if written.refused:
        indexed_documents.queue_again(context.ledger, kind, written.refused.keys())


def vectors_of(context: Context, engine: Engine, posts: Sequence[PostRecord]) -> dict[str, bytes]:
    """Return the embeddings to index; none for an engine without vectors."""
    if vectors.mapping(engine.flavour) is None:
        return {}
    return read.embeddings(context.ledger, [post.post_id for post in posts])


def _id(record: PostRecord | CaseRecord) -> str:
    return record.post_id if isinstance(record, PostRecord) else record.case_key


def _document(record: PostRecord | CaseRecord) -> dict[str, object]:
    return post_document(record) if isinstance(record, PostRecord) else case_document(record)
