"""Kinds of cases: who answers which by when, and those of what an older version decided."""

from datetime import datetime
from functools import partial

from core.kind import CaseKind
from core.working_hours import due_at
from ledger.processing import kinds
from pipeline.context import Context
from triage.decide import kind_or_none
from triage.kinds import voted_kind

AT_ONCE = 500


def route(
    context: Context, kind: CaseKind, topic: str, kept: str | None, received_at: datetime
) -> tuple[str, datetime]:
    """Return department and due date of a case of this kind; one that a person had (`kept`) stays with its department."""
    city = context.city
    department = next((one for one in city.departments if one.name == kept), None)
    answers = department or city.department_of(kind, topic)
    return kept or answers.name, due_at(city, received_at, city.answer_within(kind, answers))


def fill(context: Context, holder: str) -> None:
    """Give a kind to posts and cases that were decided before there were kinds. The caller holds the lease of triage.

    A case that is new and that nobody had gets the clock and the route of its kind too; others keep what people counted on.
    """
    while some := kinds.posts_without(context.ledger, AT_ONCE):
        kinds.store(context.ledger, holder, {post.post_id: kind_or_none(post, reading) for post, reading in some})
    while cases := kinds.cases_without(context.ledger, AT_ONCE):
        for key, votes in cases.items():
            kinds.give(context.ledger, holder, key, voted_kind(votes), partial(route, context))
