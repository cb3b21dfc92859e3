"""Make the steps of an invented office in the example month.

Without it the demonstration shows no answer and no response time. `samples/example_office.toml` says of each matter how it was taken,
answered, solved, handed to another body or opened again, and after how many hours of office work. Each step is made through the functions
that staff use, at its time, in the name of `example`. They are of example cases only, which never enter open data, reports or alarms; no
answer leaves. A case that a person touched is left alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from core.errors import ChangeRefusedError
from core.records.answer import NOT_OURS, Answer
from core.records.case import CASEBOOK, State
from core.records.post import is_example
from core.records.read_models import CaseRecord, PostRecord
from core.runtime.failpoints import failpoint
from core.working_hours import due_at
from ledger import read
from ledger.answers import answers
from ledger.cases import workflow
from ledger.cases.history.entries import ESCUCHA
from pipeline.city.example_office import WHO, OfficeStep, matters, told
from pipeline.city.example_reviews import review_examples
from pipeline.context import Context, now

MOST_ANSWERED = 12
"""Citizens of one case whom an office answers, at most: those who wrote first."""

STATES: Mapping[str, State] = {
    "assign": "assigned",
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "reject": "rejected",
    "reopen": "assigned",
    "ask": "assigned",
    "answer": "answered",
    "not_ours": "rejected",
}
"""What a step makes of the state of its case."""


def play_history(context: Context) -> int:
    """Make the steps of example cases that are due; return how many.

    Of several matters in one case, the one that was told of first is played.
    """
    if not shows_examples(context):
        return 0
    of_posts = told(context)
    made = review_examples(context, of_posts)
    posts: defaultdict[str, list[PostRecord]] = defaultdict(list)
    for one in read.post_records(context.ledger, example=True, order="oldest"):
        if one.case_key is not None:
            posts[one.case_key].append(one)
    cases = {one.case_key: one for one in read.case_records(context.ledger, example=True)}
    for key, members in posts.items():
        steps = next((matters()[of.key] for one in members if (of := of_posts.get(one.post_id)) and of.key in matters()), ())
        case = cases.get(key)
        if steps and case is not None and all(map(is_example, case.sources)) and case.system == CASEBOOK:
            made += _play(context, case, members, steps)
    return made


def shows_examples(context: Context) -> bool:
    """Tell whether the example month is on and triaged."""
    on = any(one.off is None and is_example(one.name) for one in context.sources.values())
    return on and not read.count_posts(context.ledger, example=True, decision="untriaged")


def _play(context: Context, case: CaseRecord, posts: Sequence[PostRecord], steps: Sequence[OfficeStep]) -> int:
    """Make the due steps of one case; return how many."""
    due = [(one, at) for one in steps if (at := due_at(context.city, case.opened_at, timedelta(hours=one.after))) <= now()]
    if len(due) == len(steps) and steps[-1].do in ("resolve", "reject") and case.state == STATES[steps[-1].do]:
        return 0  # all is done: most cases, on every pass
    made, vain = 0, set[int]()
    while True:
        seen = read.case_revision(context.ledger, case.case_key)  # before what was done is read: another worker may do more
        number = _next_step(context, case.case_key, [one for one, _ in due], vain)
        if number is None:
            return made
        step, at = due[number]
        try:
            if _do(context, case, [one for one in posts if one.created_at <= at], step, at, seen):
                made += 1
            else:
                vain.add(number)
        except ChangeRefusedError:  # another worker or a person was first
            return made
        failpoint("example.played")


def _next_step(context: Context, case_key: str, steps: Sequence[OfficeStep], vain: Collection[int]) -> int | None:
    """Return the number of the first step that was not made.

    None: all were made or are in vain, or a person or a new post changed the case.
    """
    work = read.case_work(context.ledger, case_key)
    if work is None or work.assignee or any(one.who not in (ESCUCHA, WHO) for one in work.changes):
        return None
    first, *states = [(one.state, one.who) for one in read.transitions(context.ledger, case_key)]
    if first[0] != "new":
        return None
    notes = {one.text for one in read.notes(context.ledger, case_key) if one.who == WHO}
    given = read.answers(context.ledger, case_key=case_key)
    state: State = "new"
    for number, step in enumerate(steps):
        mine = [one.state for one in given if one.batch == _batch(case_key, step)]
        becomes = _becomes(step, state)
        if becomes is not None:
            if not states:
                return number
            state = becomes
            if states.pop(0) != (state, WHO):
                return None
        is_made = step.text in notes if step.do == "note" else bool(mine) or becomes is not None
        if number not in vain and not (is_made and (step.do == "draft" or set(mine) <= {"copied"})):  # a kill left one on its way
            return number
    return None


def _becomes(step: OfficeStep, state: State) -> State | None:
    """Return the state that a step gives a case; None: it stays."""
    if step.do == "answer" and state == "answered":
        return None
    return state if step.do == "ask" and state == "acknowledged" else STATES.get(step.do)


def _do(context: Context, case: CaseRecord, posts: Sequence[PostRecord], step: OfficeStep, at: datetime, seen: int | None) -> bool:
    """Make one step; return whether there was anything to do.

    A later answer to a case whose citizens all have one is in vain.
    """
    if step.do == "note":
        return workflow.note(context.ledger, case.case_key, WHO, step.text, at, seen)
    drafts = list(_answers_to(context, case, posts, step, at)) if step.texts else []
    known = {one.key: one.state for one in read.answers(context.ledger, case_key=case.case_key)}
    answers.write_drafts(context.ledger, [one for one in drafts if one.key not in known], WHO, at)
    if step.do == "draft":
        return bool(drafts)
    for one in drafts:
        if known.get(one.key, "draft") == "draft":
            answers.approve(context.ledger, one.key, WHO, at, second_person=False)
        answers.mark_copied(context.ledger, one.key, WHO, None, at)
    state = read.transitions(context.ledger, case.case_key)[-1].state
    if drafts or _becomes(step, state) is None:
        return bool(drafts)
    return workflow.change(context.ledger, case.case_key, STATES[step.do], WHO, step.why, at, seen=seen)


def _answers_to(context: Context, case: CaseRecord, posts: Sequence[PostRecord], step: OfficeStep, at: datetime) -> Iterator[Answer]:
    """Yield an answer in their language to those who asked or reported.

    Who wrote in a language of no text, or was answered by someone else, gets none; a citizen gets one.
    """
    batch = _batch(case.case_key, step)
    others = {one.post_id for one in read.answers(context.ledger, case_key=case.case_key) if one.batch != batch and one.state == "copied"}
    authors: set[str | None] = set()
    most = 1 if step.do in ("ask", "draft") else MOST_ANSWERED
    for post in [one for one in posts if one.actionable and not one.own and one.post_id not in others][:most]:
        language = post.language or context.city.languages[0]
        if language not in step.texts or post.author in authors:
            continue
        authors.add(post.author)
        yield Answer(
            key=f"A-{batch}-{post.post_id[:12]}",
            batch=batch,
            case_key=case.case_key,
            post_id=post.post_id,
            channel=post.source,
            language=language,
            text=step.texts[language],
            origin=f"{NOT_OURS}{step.body}" if step.do == "not_ours" else "written",
            state="draft",
            who=WHO,
            at=at,
            asks=step.do == "ask",
        )


def _batch(case_key: str, step: OfficeStep) -> str:
    return hashlib.sha256(f"{WHO} {case_key} {step.do} {step.texts}".encode()).hexdigest()[:12]
