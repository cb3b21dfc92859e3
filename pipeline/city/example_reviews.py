"""Decide the review queue of the example month, as staff would.

What waits longer than a working day is decided, by what its author says of each post: it joins the case of its incident, opens one, or
needs none. Cases of one incident are merged. The newest posts wait for the visitor.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from contextlib import suppress
from datetime import timedelta

from core.errors import ChangeRefusedError
from core.records.read_models import PostRecord
from core.runtime.failpoints import failpoint
from ledger import read
from ledger.cases import workflow
from ledger.cases.history.entries import ESCUCHA
from pipeline import casework
from pipeline.casework import grouping
from pipeline.city.example_office import WHO, WHY, ToldOfPost
from pipeline.context import Context, now

UNREAD = timedelta(hours=36)
"""Age of the posts that wait for the visitor."""
NOTHING = "no es asunto de ningún servicio"


def review_examples(context: Context, told: Mapping[str, ToldOfPost]) -> int:
    """Decide the older example posts in review; tidy up; return how many."""
    by_people = {one.subject for one in read.audit_lines(context.ledger) if one.who not in (WHO, ESCUCHA)}
    posts = list(read.post_records(context.ledger, example=True, order="oldest"))
    case_of = {told[one.post_id].incident: one.case_key for one in reversed(posts) if one.case_key is not None and one.post_id in told}
    made = 0
    for post in posts:
        if post.decision == "in_review" and post.created_at <= now() - UNREAD and post.post_id in told and post.post_id not in by_people:
            with suppress(ChangeRefusedError):  # triage runs, or a person was first
                case_key = _look(context, post, told[post.post_id], case_of)
                made += 1
                if case_key is not None:
                    case_of.setdefault(told[post.post_id].incident, case_key)
            failpoint("example.reviewed")
    return made + _tidy(context, told, by_people)


def _look(context: Context, post: PostRecord, about: ToldOfPost, case_of: Mapping[str | None, str]) -> str | None:
    """Decide one post; return its case."""
    case_key = case_of.get(about.incident) if about.incident is not None else None
    incident = None if case_key is None else read.incident_key_of(context.ledger, case_key)
    if incident is not None:
        return casework.join(context, post.post_id, incident, WHO, WHY)
    if about.actionable:
        return casework.accept_review(context, post.post_id, WHO, WHY)
    casework.reject_review(context, post.post_id, WHO, WHY)
    return None


def _tidy(context: Context, told: Mapping[str, ToldOfPost], by_people: Set[str]) -> int:
    """Merge the new cases of one incident, and close those about nothing.

    A case that holds posts of several incidents, or that people worked on, stays as it is.
    """
    abouts: defaultdict[str, list[ToldOfPost]] = defaultdict(list)
    posts: defaultdict[str, list[str]] = defaultdict(list)
    for post in read.post_records(context.ledger, example=True, order="oldest"):
        if post.case_key is not None and post.post_id in told:
            abouts[post.case_key].append(told[post.post_id])
            posts[post.case_key].append(post.post_id)
    cases = {one.case_key: one for one in read.case_records(context.ledger, example=True)}
    first: dict[str, str] = {}
    made = 0
    for case_key, about in abouts.items():
        (incident, *others) = {one.incident for one in about}
        case = cases.get(case_key)
        if case is None or case.state != "new" or others or not by_people.isdisjoint({case_key, *posts[case_key]}):
            continue
        with suppress(ChangeRefusedError):
            if incident is not None and first.setdefault(incident, case_key) != case_key:
                grouping.merge(context, case_key, first[incident], WHO, WHY)
            elif incident is None and case.opened_at <= now() - UNREAD and not any(one.actionable for one in about):
                workflow.change(context.ledger, case_key, "rejected", WHO, NOTHING, now())
            else:
                continue
            made += 1
        failpoint("example.reviewed")
    return made
