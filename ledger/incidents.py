"""Incidents as triage knows them: posts decided before, found by key, with their readings, incidents and cases."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.decision import READ_ONLY, KnownIncident, KnownPost
from core.kind import QUESTION
from ledger import schema
from ledger.history import ESCUCHA
from ledger.labels import corrections_of
from ledger.open import Ledger
from ledger.rows import CHUNK, case_of, post_of, reading_of

CLOSED = ("resolved", "rejected")
KEYS_AT_ONCE = 200
"""SQLite takes 500 parts in one statement."""
UNTRIAGED = "untriaged"
_NEWEST = (
    "SELECT * FROM (SELECT k.key AS key, k.at AS at, k.post_id AS post_id FROM match_keys k JOIN posts p ON p.post_id = k.post_id "
    "WHERE k.key = {key} AND k.at >= {since} AND p.decision <> 'untriaged' ORDER BY k.at DESC, k.post_id DESC LIMIT {most}) AS q{n}"
)


@contextmanager
def known_posts(ledger: Ledger) -> "Iterator[StoredPosts]":
    """Lend what was decided before, as it stood at one moment."""
    with ledger.read() as connection:
        yield StoredPosts(connection)


class StoredPosts:
    """`core.decision.KnownPosts`, read from the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        """Return for each key the newest posts filed under it, oldest first: when each was written, and its id.

        One small index scan a key: what it costs does not grow with the number of posts.
        """
        found: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = enumerate(keys[start : start + KEYS_AT_ONCE])
            parts = (_NEWEST.format(key=int(key), since=repr(float(since)), most=int(most), n=n) for n, key in some)
            for key, at, post_id in self._connection.exec_driver_sql(" UNION ALL ".join(parts)):
                found[key].append((at, post_id))
        return {key: sorted(entries) for key, entries in found.items()}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        """Return those of these posts that were decided and are still there."""
        posts, readings, members = schema.posts, schema.readings, schema.incident_posts
        whole = (
            select(
                posts, members.c.incident_key, readings.c.embedding, readings.c.labels, readings.c.model, readings.c.truncated
            )
            .join(readings, readings.c.post_id == posts.c.post_id)
            .join(members, members.c.post_id == posts.c.post_id)
            .where(posts.c.decision != UNTRIAGED)
        )  # fmt: skip
        found: dict[str, KnownPost] = {}
        ids = sorted(post_ids)
        said = corrections_of(self._connection, ids)
        for start in range(0, len(ids), CHUNK):
            for row in self._connection.execute(whole.where(posts.c.post_id.in_(ids[start : start + CHUNK]))):
                reading = reading_of(row, said.get(row.post_id, {}))
                found[row.post_id] = KnownPost(
                    post=post_of(row), reading=reading, incident=row.incident_key, version=row.version
                )
        return found

    def incident(self, key: str, ends: int) -> KnownIncident | None:
        """Return an incident with the ids of its first and its last `ends` posts; None: it has none."""
        ids, size = self._members(key, ends)
        case = self._case(key)
        if not size and case is None:
            return None
        return KnownIncident(
            key=key,
            post_ids=tuple(ids),
            size=size,
            case=None if case is None else case_of(case, tuple(ids)),
            closed_at=case.closed_at if case is not None and case.state in CLOSED else None,
            untouched=case is not None and self._is_untouched(case),
        )

    def member_of(self, post_id: str) -> str | None:
        """Return the incident a waiting post was put in before (its text changed, or a person said so)."""
        members = schema.incident_posts.c
        found: str | None = self._connection.execute(
            select(members.incident_key).where(members.post_id == post_id)
        ).scalar_one_or_none()
        return found

    def put_by_a_person(self, post_id: str) -> bool:
        """Tell whether a person put this post into its incident."""
        members = schema.incident_posts.c
        statement = select(members.post_id).where(members.post_id == post_id, members.who != ESCUCHA)
        return self._connection.execute(statement).first() is not None

    def never(self, post_id: str) -> Collection[str]:
        """Return the incidents a person said this post does not belong to; of several words the last holds."""
        rulings = schema.incident_rulings.c
        statement = select(rulings.incident_key, rulings.same).where(rulings.post_id == post_id).order_by(rulings.id)
        said = {row.incident_key: row.same for row in self._connection.execute(statement)}
        return {key for key, same in said.items() if not same}

    def _members(self, key: str, ends: int) -> tuple[list[str], int]:
        posts, readings, members = schema.posts, schema.readings, schema.incident_posts
        decided = (
            select(posts.c.post_id)
            .join(members, members.c.post_id == posts.c.post_id)
            .join(readings, readings.c.post_id == posts.c.post_id)
            .where(members.c.incident_key == key, posts.c.decision != UNTRIAGED)
            .where(~posts.c.decision_reason.startswith(READ_ONLY))
        )
        size = int(self._connection.execute(select(func.count()).select_from(decided.subquery())).scalar_one())
        newest = decided.order_by(posts.c.created_at.desc(), posts.c.post_id.desc()).limit(ends)
        last = list(self._connection.execute(newest).scalars())[::-1]
        if size <= len(last):
            return last, size
        oldest = decided.order_by(posts.c.created_at, posts.c.post_id).limit(1)
        return [*self._connection.execute(oldest).scalars(), *last], size

    def _case(self, key: str) -> Row[Any] | None:
        cases, steps = schema.cases, schema.transitions.c
        closed_at = select(func.max(steps.at)).where(steps.case_key == cases.c.case_key, steps.state.in_(CLOSED))
        statement = select(cases, closed_at.scalar_subquery().label("closed_at"))
        return self._connection.execute(statement.where(cases.c.incident_key == key)).one_or_none()

    def _is_untouched(self, case: Row[Any]) -> bool:
        return case.state == "new" and is_untouched(self._connection, case.case_key)


def is_untouched(connection: Connection, case_key: str) -> bool:
    """Tell whether neither a person nor an outside system has had this case."""
    steps, notes, deliveries = schema.transitions.c, schema.notes.c, schema.deliveries.c
    by_people = select(steps.id).where(steps.case_key == case_key, steps.who != ESCUCHA)
    noted = select(notes.id).where(notes.case_key == case_key)
    tried = select(deliveries.id).where(deliveries.case_key == case_key)
    tried = tried.where((deliveries.state != "pending") | (deliveries.attempt > 0))
    corrections, members = schema.corrections.c, schema.case_posts.c
    kind_said = (
        select(corrections.id)
        .join(schema.case_posts, members.post_id == corrections.post_id)
        .where(members.case_key == case_key, corrections.question == QUESTION)
    )
    return not any(connection.execute(one.limit(1)).first() for one in (by_people, noted, tried, kind_said))
