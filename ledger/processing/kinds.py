"""Kinds of posts and cases: a person's word on one, and those of what an older version decided."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from core.annotation import Annotation
from core.kind import CASE_KINDS, CaseKind, Kind
from core.post import Post
from ledger import schema
from ledger.cases import history
from ledger.database import Ledger
from ledger.leases import must_hold
from ledger.mapping import changed, post_of, reading_of
from ledger.processing.incidents import is_untouched
from ledger.processing.labels import corrections_of

Route = Callable[[CaseKind, str, str | None, datetime], tuple[str, datetime]]
"""From kind, topic, department (None: it may change) and time of arrival: the department and the due date of a case."""
SAID = "kind: a person said so"
TRIAGE = "triage"


class Vote(NamedTuple):
    """What one post says of the kind of its case."""

    kind: Kind
    actionable: float


def write_correction(connection: Connection, post_id: str, value: str, route: Route | None) -> None:
    """Write a corrected kind into its post, and into the case that the post is in.

    Call it before the correction is stored: a case that a person had keeps its department, and the correction counts as that.

    Args:
        connection: of the transaction in which the post is locked.
        post_id: the post.
        value: its kind.
        route: None leaves department and due date as they are.
    """
    posts, members, cases = schema.posts, schema.case_posts.c, schema.cases
    connection.execute(update(posts).where(posts.c.post_id == post_id).values(case_kind=value, case_kind_reason=SAID))
    kind = next((one for one in CASE_KINDS if one == value), None)
    key = connection.execute(select(members.case_key).where(members.post_id == post_id)).scalar_one_or_none()
    if kind is None or key is None:
        return  # praise, thanks and talk make no case another one
    case = connection.execute(select(cases).where(cases.c.case_key == key).with_for_update()).one()
    new: dict[str, object] = {"kind": kind}
    if route is not None:
        kept = None if is_untouched(connection, key) else case.department
        new["department"], new["due_at"] = route(kind, case.topic, kept, case.received_at)
    history.touch(connection, key, **new)


def posts_without(ledger: Ledger, limit: int) -> list[tuple[Post, Annotation]]:
    """Return decided posts that have no kind yet."""
    posts, readings = schema.posts, schema.readings
    statement = (
        select(posts, readings.c.embedding, readings.c.labels, readings.c.model, readings.c.truncated)
        .join(readings, readings.c.post_id == posts.c.post_id)
        .where(_lacks_kind())
        .order_by(posts.c.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
        said = corrections_of(connection, [row.post_id for row in rows])
    return [(post_of(row), reading_of(row, said.get(row.post_id, {}))) for row in rows]


def store(ledger: Ledger, holder: str, kinds: Mapping[str, tuple[str | None, str]]) -> None:
    """Write kinds and their reasons into posts that still have none.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    posts = schema.posts
    with ledger.write() as connection:
        must_hold(connection, TRIAGE, holder)
        for post_id, (value, reason) in sorted(kinds.items()):
            which = (posts.c.post_id == post_id) & _lacks_kind()
            new = {"case_kind": value, "case_kind_reason": reason}
            connection.execute(update(posts).where(which).values(**changed(posts), **new))


def cases_without(ledger: Ledger, limit: int) -> dict[str, list[Vote]]:
    """Return cases that have no kind yet, with what each of their posts says of it."""
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
            kind = Kind(row.case_kind or "other", row.case_kind_reason or "", row.case_kind_reason == SAID)
            found[row.case_key].append(Vote(kind, row.actionable_score or 0.0))
    return found


def give(ledger: Ledger, holder: str, case_key: str, kind: CaseKind, route: Route) -> None:
    """Give a case without kind its kind; the clock and the route too while it is new and nobody had it.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    cases = schema.cases
    with ledger.write() as connection:
        must_hold(connection, TRIAGE, holder)
        which = (cases.c.case_key == case_key) & cases.c.kind.is_(None)
        case = connection.execute(select(cases).where(which).with_for_update()).one_or_none()
        if case is None:
            return
        new: dict[str, object] = {"kind": kind}
        if case.state == "new" and is_untouched(connection, case_key):
            new["department"], new["due_at"] = route(kind, case.topic, None, case.received_at)
        history.touch(connection, case_key, **new)


def _lacks_kind() -> ColumnElement[bool]:
    posts = schema.posts.c
    return posts.case_kind_reason.is_(None) & (posts.decision != "untriaged") & (posts.state == "classified")
