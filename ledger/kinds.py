"""A person's word on the kind of a post gives its case another kind, and with it another clock."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.kind import CASE_KINDS, CaseKind
from ledger import history, schema
from ledger.incidents import is_untouched

Route = Callable[[CaseKind, str, str | None, datetime], tuple[str, datetime]]
"""From kind, topic, department (None: it may change) and time of arrival: the department and the due date of a case."""
SAID = "kind: a person said so"


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
