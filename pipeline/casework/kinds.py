"""Route cases by kind, and back-fill kinds of older decisions."""

from datetime import datetime
from functools import partial

from core.records.kind import CaseKind
from core.working_hours import due_at
from ledger.processing import kinds
from pipeline.context import Context
from triage.decide import kind_or_none
from triage.kinds import voted_kind

BATCH_SIZE = 500


def route(context: Context, kind: CaseKind, topic: str, kept: str | None, received_at: datetime) -> tuple[str, datetime]:
    """Return department and due date of a case of this kind.

    A case that staff have worked on keeps its department (`kept`).
    """
    city = context.city
    department = next((one for one in city.departments if one.name == kept), None)
    responsible = department or city.department_of(kind, topic)
    return kept or responsible.name, due_at(city, received_at, city.answer_within(kind, responsible))


def back_fill(context: Context, holder: str) -> None:
    """Back-fill the kind of posts and cases decided before kinds existed.

    The caller holds the lease of triage. A new case that no person has touched also gets the due date and department of its kind; others
    keep what people counted on.
    """
    while posts := kinds.posts_without_kind(context.ledger, BATCH_SIZE):
        kinds.store_kinds(context.ledger, holder, {post.post_id: kind_or_none(post, annotation) for post, annotation in posts})
    while cases := kinds.cases_without_kind(context.ledger, BATCH_SIZE):
        for key, votes in cases.items():
            kinds.set_case_kind(context.ledger, holder, key, voted_kind(votes), partial(route, context))
