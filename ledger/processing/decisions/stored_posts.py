"""Query the posts, incidents and cases that triage matches against."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, func, select, union

from core.records.case import OPEN
from core.records.decision import CONTEXT_ONLY, KnownIncident, KnownPost
from core.records.kind import KIND_QUESTION
from ledger import schema
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.mapping import ANNOTATION, CHUNK, annotation_of, case_of, post_of
from ledger.processing.labels import corrections_of

CLOSED = ("resolved", "rejected")
KEYS_PER_QUERY = 200
"""SQLite takes at most 500 terms in one compound SELECT."""
UNTRIAGED = "untriaged"
_NEWEST = (
    "SELECT * FROM (SELECT k.key AS key, k.at AS at, k.post_id AS post_id FROM match_keys k JOIN posts p ON p.post_id = k.post_id "
    "WHERE k.key = {key} AND k.at >= {since} AND p.decision <> 'untriaged' ORDER BY k.at DESC, k.post_id DESC LIMIT {most}) AS q{n}"
)


@contextmanager
def known_posts(ledger: Ledger) -> "Iterator[StoredPosts]":
    """Yield the posts decided before, from one snapshot."""
    with ledger.read() as connection:
        yield StoredPosts(connection)


class StoredPosts:
    """Implement `core.records.decision.KnownPosts` on the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._member_of: dict[str, str | None] = {}
        self._rulings: dict[str, dict[str, bool]] = {}
        """The last ruling by post and incident: the same, or not."""

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        """Return for each key its newest posts, oldest first: time and id.

        One small index scan a key: the cost does not grow with the number of posts.
        """
        found: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for start in range(0, len(keys), KEYS_PER_QUERY):
            some = enumerate(keys[start : start + KEYS_PER_QUERY])
            parts = (_NEWEST.format(key=int(key), since=repr(float(since)), most=int(most), n=n) for n, key in some)
            for key, at, post_id in self._connection.exec_driver_sql(" UNION ALL ".join(parts)):
                found[key].append((at, post_id))
        return {key: sorted(entries) for key, entries in found.items()}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        """Return the posts that were decided and still exist."""
        posts, annotations, members = schema.posts, schema.annotations, schema.incident_posts
        whole = (
            select(posts, members.c.incident_key, *ANNOTATION)
            .join(annotations, annotations.c.post_id == posts.c.post_id)
            .join(members, members.c.post_id == posts.c.post_id)
            .where(posts.c.decision != UNTRIAGED)
        )
        found: dict[str, KnownPost] = {}
        ids = sorted(post_ids)
        corrections = corrections_of(self._connection, ids)
        for start in range(0, len(ids), CHUNK):
            for row in self._connection.execute(whole.where(posts.c.post_id.in_(ids[start : start + CHUNK]))):
                annotation = annotation_of(row, corrections.get(row.post_id, {}))
                found[row.post_id] = KnownPost(post=post_of(row), annotation=annotation, incident=row.incident_key, version=row.version)
        return found

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:
        """Return the incidents that have posts or a case.

        Each with the ids of its first and its last `ends` posts.
        """
        found: dict[str, KnownIncident] = {}
        for start in range(0, len(keys), CHUNK):
            some = list(keys[start : start + CHUNK])
            members, cases = self._members(some, ends), self._cases(some)
            reopened = self._reopened([row.case_key for row in cases.values() if row.closed_at is not None])
            touched = touched_of(self._connection, [row.case_key for row in cases.values() if row.state == "new"])
            for key in some:
                if key in members or key in cases:
                    found[key] = _known_incident(key, *members.get(key, ([], 0)), cases.get(key), touched, reopened)
        return found

    def incident(self, key: str, ends: int) -> KnownIncident | None:
        """Return one incident; None: it has neither posts nor a case."""
        return self.incidents([key], ends).get(key)

    def prefetch(self, post_ids: Sequence[str]) -> None:
        """Prefetch earlier incidents and rulings of these pending posts."""
        members, rulings = schema.incident_posts.c, schema.incident_rulings.c
        for start in range(0, len(post_ids), CHUNK):
            some = post_ids[start : start + CHUNK]
            self._rulings |= {post_id: {} for post_id in some}
            self._member_of |= dict.fromkeys(some)
            put = select(members.post_id, members.incident_key).where(members.post_id.in_(some))
            self._member_of |= {row.post_id: row.incident_key for row in self._connection.execute(put)}
            ruled = select(rulings.post_id, rulings.incident_key, rulings.same).where(rulings.post_id.in_(some))
            for row in self._connection.execute(ruled.order_by(rulings.id)):
                self._rulings[row.post_id][row.incident_key] = row.same

    def member_of(self, post_id: str) -> str | None:
        """Return the incident a pending post was put in before.

        Its text changed since, or a person ruled so.
        """
        if post_id not in self._member_of:
            self.prefetch([post_id])
        return self._member_of[post_id]

    def assigned_by_person(self, post_id: str) -> bool:
        """Tell whether a person put this post into its incident."""
        members = schema.incident_posts.c
        statement = select(members.post_id).where(members.post_id == post_id, members.who != ESCUCHA)
        return self._connection.execute(statement).first() is not None

    def excluded_incidents(self, post_id: str) -> Collection[str]:
        """Return the incidents a person ruled out for this post.

        Of several rulings the last holds.
        """
        if post_id not in self._rulings:
            self.prefetch([post_id])
        return {key for key, same in self._rulings[post_id].items() if not same}

    def _members(self, keys: Sequence[str], ends: int) -> dict[str, tuple[list[str], int]]:
        """Return each incident's first and last posts, and its size.

        The posts are oldest first.
        """
        posts, annotations, members = schema.posts.c, schema.annotations.c, schema.incident_posts.c
        newest_first = (posts.created_at.desc(), posts.post_id.desc())
        decided = (
            select(
                members.incident_key,
                posts.post_id,
                func.row_number().over(partition_by=members.incident_key, order_by=newest_first).label("from_last"),
                func.count().over(partition_by=members.incident_key).label("size"),
            )
            .select_from(schema.incident_posts)
            .join(schema.posts, posts.post_id == members.post_id)
            .join(schema.annotations, annotations.post_id == posts.post_id)
            .where(members.incident_key.in_(keys), posts.decision != UNTRIAGED)
            .where(~posts.decision_reason.startswith(CONTEXT_ONLY))
            .subquery()
        )
        at_an_end = (decided.c.from_last <= ends) | (decided.c.from_last == decided.c.size)
        statement = select(decided).where(at_an_end).order_by(decided.c.incident_key, decided.c.from_last.desc())
        found: dict[str, tuple[list[str], int]] = {}
        for row in self._connection.execute(statement):
            found.setdefault(row.incident_key, ([], row.size))[0].append(row.post_id)
        return found

    def _reopened(self, case_keys: Sequence[str]) -> dict[str, int]:
        """Return how often each of these cases was opened again."""
        steps = schema.transitions.c
        statement = select(steps.case_key, steps.state).where(steps.case_key.in_(case_keys)).order_by(steps.id)
        states: dict[str, list[str]] = defaultdict(list)
        for row in self._connection.execute(statement) if case_keys else ():
            states[row.case_key].append(row.state)
        return {key: sum(before in CLOSED and after in OPEN for before, after in pairwise(one)) for key, one in states.items()}

    def _cases(self, keys: Sequence[str]) -> dict[str, Row[Any]]:
        cases, steps = schema.cases, schema.transitions.c
        closed_at = select(func.max(steps.at)).where(steps.case_key == cases.c.case_key, steps.state.in_(CLOSED))
        statement = select(cases, closed_at.scalar_subquery().label("closed_at"))
        return {row.incident_key: row for row in self._connection.execute(statement.where(cases.c.incident_key.in_(keys)))}


def _known_incident(
    key: str, post_ids: Sequence[str], size: int, case: Row[Any] | None, touched: Collection[str], reopened: Mapping[str, int]
) -> KnownIncident:
    return KnownIncident(
        key=key,
        post_ids=tuple(post_ids),
        size=size,
        case=None if case is None else case_of(case, tuple(post_ids)),
        closed_at=case.closed_at if case is not None and case.state in CLOSED else None,
        untouched=case is not None and case.state == "new" and case.case_key not in touched,
        reopened=0 if case is None else reopened.get(case.case_key, 0),
    )


def is_untouched(connection: Connection, case_key: str) -> bool:
    """Tell whether no person or outside system has worked this case."""
    return not touched_of(connection, [case_key])


def touched_of(connection: Connection, case_keys: Sequence[str]) -> set[str]:
    """Return the cases that a person or an outside system has worked.

    CHUNK keys at most.
    """
    if not case_keys:
        return set()
    steps, notes, deliveries = schema.transitions.c, schema.notes.c, schema.deliveries.c
    by_people = select(steps.case_key).where(steps.case_key.in_(case_keys), steps.who != ESCUCHA)
    noted = select(notes.case_key).where(notes.case_key.in_(case_keys))
    tried = select(deliveries.case_key).where(deliveries.case_key.in_(case_keys))
    tried = tried.where((deliveries.state != "pending") | (deliveries.attempt > 0))
    corrections, members = schema.corrections.c, schema.case_posts.c
    kind_corrected = (
        select(members.case_key)
        .join(schema.corrections, members.post_id == corrections.post_id)
        .where(members.case_key.in_(case_keys), corrections.question == KIND_QUESTION)
    )
    changes = schema.case_changes.c
    changed_by_people = select(changes.case_key).where(changes.case_key.in_(case_keys), changes.who != ESCUCHA)
    return set(connection.execute(union(by_people, noted, tried, kind_corrected, changed_by_people)).scalars())
