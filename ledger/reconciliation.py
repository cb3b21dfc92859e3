"""Reconcile the ledger: both sides of every balance, from one snapshot.

The left sides are counters written when records came in, the right sides are rows counted now. Nothing is lost or doubled without a
balance that shows it.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from core.records import Record
from core.records.answer import LEAVING
from core.records.case import CASEBOOK
from core.records.outbox import OUTBOX_STATES
from ledger import schema
from ledger.database import Ledger
from ledger.system import audit_chain

ARRIVED = "received = stored + duplicate + updated + rejected"
KEPT = "stored = pending + classified + quarantined + erased"
DECIDED = "classified = untriaged + in_case + in_review + no_case"
FILLED = "classified = indexed + index_pending + index_refused"
IN_CASES = "posts of cases = in_case"
CASES_FILLED = "cases = indexed + index_pending + index_refused"
DOCUMENTS = "indexed = documents"
REFUSED = "index_refused = 0"
"""A refused document cannot be found: even one is too many; `escucha index --retry-refused` tries it again."""
DELIVERED = "cases to deliver = delivered + pending + unknown + refused + gone"
REFERENCES = "references = distinct references"
ANSWERED = "answers approved = sent + copied + pending + unknown + refused"
OUTBOX = "due = sent + pending + unknown + refused + withdrawn"
"""Of each kind of the outbox; pending holds what is being sent."""
BEING_SENT = "messages being sent = messages held by a worker"
AUDIT = "audit entries = audit entries in the unbroken chain"
SUPPRESSED = "suppressed authors' posts = 0"

Sums = Counter[tuple[str, str]]
"""By (source or run, what is counted)."""

INDEX_STATES = ("indexed", "pending", "refused")
DELIVERY_STATES = ("sent", "pending", "sending", "unknown", "refused", "gone")


class Balance(Record):
    """Hold one balance."""

    name: str
    left: int
    right: int | None
    ok: bool | None
    """None: the other side is not available; the balance does not count."""

    @classmethod
    def of(cls, name: str, left: int, right: int) -> "Balance":
        """Compare two numbers.

        >>> Balance.of("stored = erased", 3, 2).ok
        False
        """
        return cls(name=name, left=left, right=right, ok=left == right)


def balance_sheet(ledger: Ledger, documents: Collection[str] | None) -> list[Balance]:
    """Return every balance: in total, by source, and unbalanced runs.

    Args:
        ledger: the open ledger.
        documents: ids of all documents in the search engine (posts and cases); None when no engine answers.
    """
    posts, runs = schema.posts.c, schema.runs.c
    with ledger.read() as connection:
        by_source = sums_of(connection, runs.source, posts.source, schema.tombstones.c.source, schema.rejects.c.source)
        by_run = sums_of(connection, runs.run_id, posts.run_id, schema.tombstones.c.run_id, schema.rejects.c.run_id)
        lines = list(_balances("", total(by_source)))
        for source in sorted({name for name, _ in by_source}):
            lines += _balances(f"{source}: ", only(by_source, source))
        lines += _runs(by_run)
        lines.append(Balance.of(SUPPRESSED, _scalar(connection, _of_suppressed()), 0))
        lines += _cases(connection)
        lines += [_documents(connection, documents), _refused(connection)]
        lines += _deliveries(connection)
        lines += _answers(connection)
        lines += _outbox(connection)
        lines.append(Balance.of(AUDIT, *audit_chain.check(connection, ledger.audit_key)))
    return lines


def _balances(prefix: str, n: Counter[str]) -> Iterator[Balance]:
    rows = n["pending"] + n["classified"] + n["quarantined"] + n["erased"]
    refused = n["rejected"] + n["counted returned"] + n["counted objected"]
    arrived = rows + n["counted duplicate"] + n["counted updated"] + refused
    yield Balance.of(prefix + ARRIVED, n["counted received"], arrived)
    yield Balance.of(prefix + KEPT, n["counted stored"], rows)
    yield Balance.of(prefix + DECIDED, n["read"], n["untriaged"] + n["in_case"] + n["in_review"] + n["no_case"])
    yield Balance.of(prefix + FILLED, n["read"], n["index indexed"] + n["index pending"] + n["index refused"])


def _of_suppressed() -> Any:
    """Count posts of authors who object; there must be none."""
    posts, suppressions = schema.posts.c, schema.suppressions.c
    objecting = select(suppressions.author).where(suppressions.objects)
    return select(func.count()).select_from(schema.posts).where(posts.author.in_(objecting))


def _runs(by_run: Sums) -> list[Balance]:
    """Count the runs that balance; return each balance that differs.

    A ledger has a run every few minutes for years, so balanced runs are not listed.
    """
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
    """Compare the documents by id.

    A document pending to be written or deleted may exist or not, in its old form or the new one.
    """
    indexed, waiting = set[str](), set(connection.execute(select(schema.index_deletions.c.post_id)).scalars())
    for table, key in ((schema.posts, schema.posts.c.post_id), (schema.cases, schema.cases.c.case_key)):
        for one, state in connection.execute(select(key, table.c.index_state).where(table.c.in_engine)):
            (indexed if state == "indexed" else waiting).add(one)
    if documents is None:
        return Balance(name=DOCUMENTS, left=len(indexed), right=None, ok=None)
    there = set(documents) - waiting
    found = len(there) if len(there) != len(indexed) else len(there & indexed)  # the same number, but not the same ids
    return Balance(name=DOCUMENTS, left=len(indexed), right=found, ok=indexed == there)


def _refused(connection: Connection) -> Balance:
    refused = [select(func.count()).where(table.c.index_state == "refused") for table in (schema.posts, schema.cases)]
    return Balance.of(REFUSED, sum(_scalar(connection, one) for one in refused), 0)


def _answers(connection: Connection) -> Iterator[Balance]:
    answers = schema.answers.c
    approved = _scalar(connection, select(func.count()).where(answers.approved_at.is_not(None)))
    known = _scalar(connection, select(func.count()).where(answers.state.in_(LEAVING)))
    yield Balance.of(ANSWERED, approved, known)


def _outbox(connection: Connection) -> Iterator[Balance]:
    outbox, counters = schema.outbox.c, schema.outbox_counters
    known = select(outbox.kind, func.count()).where(outbox.state.in_(OUTBOX_STATES)).group_by(outbox.kind)
    rows = dict(connection.execute(known).tuples().all())
    due = dict(connection.execute(select(counters.c.kind, counters.c.due)).tuples().all())
    for kind in sorted({*rows, *due}):
        yield Balance.of(f"outbox of {kind}: {OUTBOX}", due.get(kind, 0), rows.get(kind, 0))
    sending = select(func.count()).where(outbox.state == "sending")
    yield Balance.of(BEING_SENT, _scalar(connection, sending), _scalar(connection, sending.where(outbox.worker.is_not(None))))


def _deliveries(connection: Connection) -> Iterator[Balance]:
    cases, deliveries = schema.cases.c, schema.deliveries.c
    to_deliver = _scalar(connection, select(func.count()).where(cases.deliver_to != CASEBOOK))
    known = select(func.count()).where(deliveries.kind == "open", deliveries.state.in_(DELIVERY_STATES))
    yield Balance.of(DELIVERED, to_deliver, _scalar(connection, known))
    given = select(deliveries.system, deliveries.reference).where(deliveries.kind == "open", deliveries.reference.is_not(None))
    references = connection.execute(given).all()
    yield Balance.of(REFERENCES, len(references), len(set(map(tuple, references))))


def sums_of(
    connection: Connection,
    of_runs: ColumnElement[str],
    of_posts: ColumnElement[str],
    of_tombstones: ColumnElement[str],
    of_rejects: ColumnElement[str],
) -> Sums:
    """Count arrival counters and rows by state, by source or run."""
    posts, runs, tombstones = schema.posts.c, schema.runs.c, schema.tombstones.c
    found: Sums = Counter()
    counters = ("received", "stored", "duplicate", "updated", "returned", "objected")
    for row in connection.execute(select(of_runs, *(func.sum(runs[name]) for name in counters)).group_by(of_runs)):
        for name, n in zip(counters, row[1:], strict=True):
            found[row[0], f"counted {name}"] += int(n)
    rows = select(of_posts, posts.state, posts.decision, posts.index_state, func.count())
    for key, state, decision, index_state, n in connection.execute(rows.group_by(of_posts, posts.state, posts.decision, posts.index_state)):
        found[key, state] += n
        if state == "classified":
            found[key, decision] += n
            found[key, f"index {index_state}"] += n
    erased = select(of_tombstones, func.count()).where(tombstones.run_id.is_not(None)).group_by(of_tombstones)
    rejected = select(of_rejects, func.count()).group_by(of_rejects)
    annotations, current = schema.annotations, schema.annotations.c.text_version == posts.text_version
    read = select(of_posts, func.count()).select_from(annotations.join(schema.posts, annotations.c.post_id == posts.post_id))
    # A post pending for a newer model keeps its old annotation until then.
    read = read.where(current, posts.state == "classified").group_by(of_posts)
    for what, statement in (("erased", erased), ("rejected", rejected), ("read", read)):
        for key, n in connection.execute(statement):
            found[key, what] += n
    return found


def total(sums: Sums) -> Counter[str]:
    """Return the sums of all sources, or runs."""
    total: Counter[str] = Counter()
    for (_, what), n in sums.items():
        total[what] += n
    return total


def only(sums: Sums, key: str) -> Counter[str]:
    """Return the sums of one source, or run."""
    return Counter({what: n for (one, what), n in sums.items() if one == key})
