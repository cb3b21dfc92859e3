"""Store the kind of posts and cases: corrections and back-fill."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from core.records.annotation import Annotation
from core.records.kind import CASE_KINDS, CaseKind, Kind
from core.records.post import Post
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import moves
from ledger.leases import must_hold
from ledger.mapping import ANNOTATION, annotation_of, changed_values, post_of
from ledger.processing.decisions import TRIAGE, is_untouched
from ledger.processing.labels import corrections_of

Route = Callable[[CaseKind, str, str | None, datetime], tuple[str, datetime]]
"""Takes kind, topic, department (None: it may change) and time of arrival; returns department and due date of a case."""
BY_A_PERSON = "kind: a person said so"


class Vote(NamedTuple):
    """Hold the vote of one post on the kind of its case."""

    kind: Kind
    actionable: float


def write_correction(connection: Connection, post_id: str, value: str, route: Route | None, now: datetime) -> None:
    """Write a corrected kind into its post and that post's case.

    Call it before the correction is stored: a case that a person has worked keeps its department, and the correction counts as that.

    Args:
        connection: of the transaction in which the post is locked.
        post_id: the post.
        value: its kind.
        route: None leaves department and due date as they are.
        now: the time of the correction.
    """
    posts, members, cases = schema.posts, schema.case_posts.c, schema.cases
    connection.execute(update(posts).where(posts.c.post_id == post_id).values(case_kind=value, case_kind_reason=BY_A_PERSON))
    kind = next((one for one in CASE_KINDS if one == value), None)
    key = connection.execute(select(members.case_key).where(members.post_id == post_id)).scalar_one_or_none()
    if kind is None or key is None:
        return  # praise, thanks and other talk do not change the kind of a case
    case = connection.execute(select(cases).where(cases.c.case_key == key).with_for_update()).one()
    new: dict[str, object] = {"kind": kind}
    if route is not None:
        kept = None if is_untouched(connection, key) else case.department
        new["department"], new["due_at"] = route(kind, case.topic, kept, case.received_at)
    if new.get("department", case.department) != case.department:
        moves.enqueue_move(connection, case, f"v{case.version}", now)  # every change of a case makes a version
    history.touch(connection, key, **new)


def posts_without_kind(ledger: Ledger, limit: int) -> list[tuple[Post, Annotation]]:
    """Return decided posts that have no kind yet."""
    posts, annotations = schema.posts, schema.annotations
    statement = (
        select(posts, *ANNOTATION)
        .join(annotations, annotations.c.post_id == posts.c.post_id)
        .where(_lacks_kind())
        .order_by(posts.c.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
        corrections = corrections_of(connection, [row.post_id for row in rows])
    return [(post_of(row), annotation_of(row, corrections.get(row.post_id, {}))) for row in rows]


def store_kinds(ledger: Ledger, holder: str, kinds: Mapping[str, tuple[str | None, str]]) -> None:
    """Write kinds and their reasons into posts that still have none.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    posts = schema.posts
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, holder)
        for post_id, (value, reason) in sorted(kinds.items()):
            this = (posts.c.post_id == post_id) & _lacks_kind()
            new = {"case_kind": value, "case_kind_reason": reason}
            connection.execute(update(posts).where(this).values(**changed_values(posts), **new))


def cases_without_kind(ledger: Ledger, limit: int) -> dict[str, list[Vote]]:
    """Return cases that have no kind yet, with their posts' votes."""
    cases, posts, labels, members = schema.cases.c, schema.posts.c, schema.labels.c, schema.case_posts.c
    keys = select(cases.case_key).where(cases.kind.is_(None)).order_by(cases.case_key).limit(limit)
    votes = (
        select(members.case_key, posts.case_kind, posts.case_kind_reason, labels.actionable_score)
        .join(schema.posts, posts.post_id == members.post_id)
        .outerjoin(schema.labels, labels.post_id == members.post_id)
    )
    with ledger.read() as connection:
        found: dict[str, list[Vote]] = {key: [] for key in connection.execute(keys).scalars()}
        for row in connection.execute(votes.where(members.case_key.in_(list(found)))):
            kind = Kind(row.case_kind or "other", row.case_kind_reason or "", row.case_kind_reason == BY_A_PERSON)
            found[row.case_key].append(Vote(kind, row.actionable_score or 0.0))
    return found


def set_case_kind(ledger: Ledger, holder: str, case_key: str, kind: CaseKind, route: Route) -> None:
    """Set the kind of a case that has none.

    A new, untouched case also gets the department and due date of its kind.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    cases = schema.cases
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, holder)
        this = (cases.c.case_key == case_key) & cases.c.kind.is_(None)
        case = connection.execute(select(cases).where(this).with_for_update()).one_or_none()
        if case is None:
            return
        new: dict[str, object] = {"kind": kind}
        if case.state == "new" and is_untouched(connection, case_key):
            new["department"], new["due_at"] = route(kind, case.topic, None, case.received_at)
        history.touch(connection, case_key, **new)


def _lacks_kind() -> ColumnElement[bool]:
    posts = schema.posts.c
    return posts.case_kind_reason.is_(None) & (posts.decision != "untriaged") & (posts.state == "classified")
