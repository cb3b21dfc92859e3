"""Make posts, annotations and decisions, few enough to count by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, select

from core.records.annotation import Annotation, Label, Place
from core.records.case import Case, Incident
from core.records.decision import Decision
from core.records.post import Post
from ledger import leases, reconciliation, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from ledger.retention import forget

SALT = b"a salt for tests, 32 bytes long."
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, LEASE = timedelta(hours=1), timedelta(minutes=10)
ALCALA = Place(
    text="calle de Alcalá",
    kind="street",
    key="street:1",
    name="Calle de Alcalá",
    district="Salamanca",
    barrio="Goya",
    lat=40.42,
    lon=-3.68,
    sure=0.7,
)
SOL = Place(text="Sol", kind="square", key="street:2", name="Puerta del Sol", district="Centro", barrio="Sol", sure=0.9)
NOWHERE = Place(text="el parque de mi tía", sure=0.95)


def post(n: int, source: str = "archive", **more: object) -> Post:
    """Make the n-th post of a source, written n hours before NOW."""
    fields: dict[str, object] = {
        "post_id": f"{source[:4].encode().hex()}{n:024x}",
        "source": source,
        "text": f"Hay un bache en la calle de Alcalá ({n})",
        "created_at": NOW - n * HOUR,
        "received_at": NOW - n * HOUR + timedelta(minutes=5),
        "author": f"{n % 3:032x}",
        "origin": f"sealed-{source}-{n}",
    }
    return Post.model_validate(fields | more)


def reading(of: Post, model: str = "reader@1", places: tuple[Place, ...] = (ALCALA,), **values: str | bool) -> Annotation:
    """Make an annotation: by default a complaint about a road."""
    found: dict[str, str | bool] = {
        "language": "es",
        "relevance": True,
        "sentiment": "negative",
        "intent": "complaint",
        "topic": "roads_pavements",
        "actionable": True,
    }
    labels = {question: Label(question=question, value=value, score=0.9, model=model) for question, value in (found | values).items()}
    labels["places"] = Label(question="places", value=places, score=0.9, model=model)
    return Annotation(post_id=of.post_id, embedding=bytes(range(8)), labels=labels, model=model)


def arrive(ledger: Ledger, posts: Sequence[Post], source: str = "archive", now: datetime = NOW) -> str:
    """Store one page in a separate run; return the run's id."""
    run_id = cursors.begin_run(ledger, source, now)
    cursors.read_cursor(ledger, source)
    store.store_page(ledger, run_id, source, posts, [], {"seen": len(posts)}, None, now)
    cursors.end_run(ledger, run_id, now, "done")
    return run_id


def read_all(ledger: Ledger, now: datetime = NOW, model: str = "reader@1") -> int:
    """Annotate every pending post by hand."""
    total = 0
    while claimed := annotations.claim_pending(ledger, "reader", 100, now, LEASE):
        total += annotations.store_annotations(ledger, "reader", [reading(one, model) for one in claimed], [], now)
    return total


def into_case(first: Post, *more: Post, system: str = "casebook", replay: bool = False) -> list[Decision]:
    """Make the decisions for posts about one incident.

    The first opens a case, the others join it.
    """
    ids: tuple[str, ...] = ()
    found = []
    for one in (first, *more):
        ids = (*ids, one.post_id)
        found.append(
            Decision(
                post_id=one.post_id,
                outcome="in_case",
                reason="act: actionable 0.90 >= 0.80",
                incident=Incident(
                    key=f"I-{first.post_id[-12:]}",
                    topic="roads_pavements",
                    place_key="street:1",
                    first_at=min(first.created_at, one.created_at),
                    last_at=max(first.created_at, one.created_at),
                    post_ids=ids,
                ),
                case=Case(
                    key=case_key(first),
                    incident_key=f"I-{first.post_id[-12:]}",
                    title=f"Calle de Alcalá: {first.text}",
                    topic="roads_pavements",
                    department="Vías públicas",
                    priority=2,
                    reason="act: actionable 0.90 >= 0.80",
                    post_ids=ids,
                    received_at=first.received_at,
                    due_at=first.received_at + timedelta(hours=48),
                    place="Calle de Alcalá",
                    district="Salamanca",
                    barrio="Goya",
                    system=system,
                    replay=replay,
                ),
                opens=one is first,
            )
        )
    return found


def case_key(first: Post) -> str:
    """Return the key of the case that this post opened."""
    return f"C-{first.post_id[-12:]}"


def no_case(one: Post, outcome: str = "no_case") -> Decision:
    """Make the decision for a post without a case or doubtful."""
    return Decision.model_validate({"post_id": one.post_id, "outcome": outcome, "reason": f"{outcome}: actionable 0.40"})


def decide(ledger: Ledger, found: Sequence[Decision], now: datetime = NOW) -> int:
    """Store decisions as triage does; return how many were written."""
    assert leases.hold(ledger, "triage", "triage-1", now, LEASE)
    decisions.untriaged(ledger, 1000)
    written = decisions.store_decisions(ledger, "triage-1", found, now)
    leases.release(ledger, "triage", "triage-1")
    return written


def opened_case(ledger: Ledger, *posts: Post, system: str = "casebook", replay: bool = False) -> str:
    """Store, annotate and decide these posts; return their case's key."""
    arrive(ledger, posts)
    read_all(ledger)
    assert decide(ledger, into_case(*posts, system=system, replay=replay)) == len(posts)
    return case_key(posts[0])


def unbalanced(ledger: Ledger, documents: set[str] | None = None) -> list[reconciliation.Balance]:
    """Return the lines of the reconciliation that do not balance."""
    return [line for line in reconciliation.balance_sheet(ledger, documents) if line.ok is False]


def execute(url: str, *statements: str) -> None:
    """Run statements on a PostgreSQL server, each by itself."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def emptied(database: str) -> str:
    """Empty a database and return its URL."""
    execute(database, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return database


def upstream_deleted(ledger: Ledger, source: str, post_ids: Sequence[str], now: datetime) -> int:
    """Store a page that only reports these posts as deleted.

    Returns how many of them were in the ledger.
    """
    with writing(ledger) as connection:
        return forget.forget_upstream(connection, source, post_ids, now)


def incidents_with_cases(ledger: Ledger) -> list[tuple[Case, Incident]]:
    """Return the unmerged cases with annotated posts, and their incidents."""
    with ledger.read() as connection:
        cases = schema.cases.c
        statement = select(cases.incident_key).where(cases.state != "merged").order_by(cases.received_at, cases.case_key)
        keys = list(connection.execute(statement).scalars())
    found = []
    with decisions.known_posts(ledger) as known:
        for key in keys:
            one = known.incident(key, ends=999)
            if one is not None and one.case is not None and one.size:
                days = {"first_at": one.case.received_at, "last_at": one.case.received_at}
                incident = Incident(key=key, topic=one.case.topic, place_key=None, post_ids=one.post_ids, **days)
                found.append((one.case, incident))
    return found
