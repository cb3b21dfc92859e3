"""The identity: both sides of every balance of the ledger, so that nothing is lost and nothing doubled without a line that shows it.

The left sides are counters written when things came in, the right sides are rows counted now, all in one snapshot.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from core.records import Record
from ledger import schema
from ledger.database import Ledger
from ledger.reconciliation.counters import Sums, only, sums_of, total
from ledger.system import audit_chain

ARRIVED = "received = stored + duplicate + updated + rejected"
KEPT = "stored = pending + classified + quarantined + erased"
DECIDED = "classified = untriaged + in_case + in_review + no_case"
FILLED = "classified = indexed + index_pending + index_refused"
IN_CASES = "posts of cases = in_case"
CASES_FILLED = "cases = indexed + index_pending + index_refused"
DOCUMENTS = "indexed = documents"
REFUSED = "index_refused = 0"
"""A refused document cannot be found by anybody: one is one too many, and `escucha index --retry-refused` tries it again."""
DELIVERED = "cases to deliver = delivered + pending + unknown + refused + gone"
REFERENCES = "references = distinct references"
AUDIT = "audit entries = audit entries in the unbroken chain"
SUPPRESSED = "suppressed authors' posts = 0"

INDEX_STATES = ("indexed", "pending", "refused")
DELIVERY_STATES = ("sent", "pending", "sending", "unknown", "refused", "gone")


class Balance(Record):
    """One balance."""

    name: str
    left: int
    right: int | None
    ok: bool | None
    """None: the other side could not be asked; it does not count."""

    @classmethod
    def of(cls, name: str, left: int, right: int) -> "Balance":
        """A balance of two numbers."""
        return cls(name=name, left=left, right=right, ok=left == right)


def balance_sheet(ledger: Ledger, documents: Collection[str] | None) -> list[Balance]:
    """Every balance, in total, for each source, and for each run that does not balance.

    Args:
        ledger: the open ledger.
        documents: ids of all documents in the search engine (posts and cases); None when no engine answers.
    """
    posts, runs = schema.posts.c, schema.runs.c
    with ledger.read() as connection:
        by_source = sums_of(connection, runs.source, posts.source, schema.stubs.c.source, schema.rejects.c.source)
        by_run = sums_of(connection, runs.run_id, posts.run_id, schema.stubs.c.run_id, schema.rejects.c.run_id)
        lines = list(_balances("", total(by_source)))
        for source in sorted({name for name, _ in by_source}):
            lines += _balances(f"{source}: ", only(by_source, source))
        lines += _runs(by_run)
        lines.append(Balance.of(SUPPRESSED, _scalar(connection, _of_suppressed()), 0))
        lines += _cases(connection)
        lines += [_documents(connection, documents), _refused(connection)]
        lines += _deliveries(connection)
        lines.append(Balance.of(AUDIT, *audit_chain.check(connection, ledger.audit_key)))
    return lines


def documents_line(ledger: Ledger, documents: Collection[str]) -> Balance:
    """The balance of the search engine's documents alone."""
    with ledger.read() as connection:
        return _documents(connection, documents)


def _balances(prefix: str, n: Counter[str]) -> Iterator[Balance]:
    rows = n["pending"] + n["classified"] + n["quarantined"] + n["erased"]
    refused = n["rejected"] + n["counted returned"] + n["counted objected"]
    arrived = rows + n["counted duplicate"] + n["counted updated"] + refused
    yield Balance.of(prefix + ARRIVED, n["counted received"], arrived)
    yield Balance.of(prefix + KEPT, n["counted stored"], rows)
    yield Balance.of(prefix + DECIDED, n["read"], n["untriaged"] + n["in_case"] + n["in_review"] + n["no_case"])
    yield Balance.of(prefix + FILLED, n["read"], n["index indexed"] + n["index pending"] + n["index refused"])


def _of_suppressed() -> Any:
    """Count posts of authors who object: the door lets none in, and erasure leaves none."""
    posts, suppressions = schema.posts.c, schema.suppressions.c
    objecting = select(suppressions.author).where(suppressions.objects)
    return select(func.count()).select_from(schema.posts).where(posts.author.in_(objecting))


def _runs(by_run: Sums) -> list[Balance]:
    """How many runs balance, and every line of those that do not: a ledger has a run every few minutes for years."""
    runs: dict[str, Counter[str]] = {}
    for (run_id, what), n in by_run.items():
        runs.setdefault(run_id, Counter())[what] += n
    balances = {run_id: list(_balances(f"run {run_id}: ", n)) for run_id, n in sorted(runs.items())}
    wrong = {run_id: lines for run_id, lines in balances.items() if not all(line.ok for line in lines)}
    summary = Balance.of("runs = runs that balance", len(runs), len(runs) - len(wrong))
    return [summary, *(line for lines in wrong.values() for line in lines if not line.ok)]


def _scalar(connection: Connection, statement: Any) -> int:
    return int(connection.execute(statement).scalar_one() or 0)


def _cases(connection: Connection) -> Iterator[Balance]:
    posts, cases = schema.posts.c, schema.cases.c
    counted = _scalar(connection, select(func.sum(cases.posts)))
    members = _scalar(connection, select(func.count()).select_from(schema.case_posts))
    forgotten = _scalar(connection, select(func.sum(cases.forgotten)))
    in_case = _scalar(connection, select(func.count()).where(posts.decision == "in_case"))
    yield Balance.of(IN_CASES, members, in_case)
    yield Balance.of("posts counted in cases = posts of cases + erased", counted, members + forgotten)
    opened = _scalar(connection, select(func.count(func.distinct(schema.transitions.c.case_key))))
    known = select(func.count()).where(cases.index_state.in_(INDEX_STATES))
    yield Balance.of(CASES_FILLED, opened, _scalar(connection, known))


def _documents(connection: Connection, documents: Collection[str] | None) -> Balance:
    """Compared by id. What waits to be written or deleted may be there or not, in its old form or the new one."""
    indexed, waiting = set[str](), set(connection.execute(select(schema.deletions.c.post_id)).scalars())
    for table, key in ((schema.posts, schema.posts.c.post_id), (schema.cases, schema.cases.c.case_key)):
        for one, state in connection.execute(select(key, table.c.index_state).where(table.c.in_engine)):
            (indexed if state == "indexed" else waiting).add(one)
    if documents is None:
        return Balance(name=DOCUMENTS, left=len(indexed), right=None, ok=None)
    there = set(documents) - waiting
    found = len(there) if len(there) != len(indexed) else len(there & indexed)  # as many, but not the same
    return Balance(name=DOCUMENTS, left=len(indexed), right=found, ok=indexed == there)


def _refused(connection: Connection) -> Balance:
    refused = [select(func.count()).where(table.c.index_state == "refused") for table in (schema.posts, schema.cases)]
    return Balance.of(REFUSED, sum(_scalar(connection, one) for one in refused), 0)


def _deliveries(connection: Connection) -> Iterator[Balance]:
    cases, deliveries = schema.cases.c, schema.deliveries.c
    to_deliver = _scalar(connection, select(func.count()).where(cases.deliver_to != "casebook"))
    known = select(func.count()).where(deliveries.kind == "open", deliveries.state.in_(DELIVERY_STATES))
    yield Balance.of(DELIVERED, to_deliver, _scalar(connection, known))
    given = select(deliveries.system, deliveries.reference).where(
        deliveries.kind == "open", deliveries.reference.is_not(None)
    )
    references = connection.execute(given).all()
    yield Balance.of(REFERENCES, len(references), len(set(map(tuple, references))))
