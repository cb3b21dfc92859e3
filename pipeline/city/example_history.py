"""Simulate what a city does with the cases of the example week.

Without it the demonstration shows no answer and no response time. The steps follow from the key of each case, at the times at which
an office could have made them, by the function that staff use; `example` made them, and says so. They are of example cases only, which
never enter open data, reports or alarms. A case that a person touched is left alone.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import exp

from core.config.city import City
from core.errors import ChangeRefusedError
from core.records.case import CASEBOOK, State
from core.records.post import is_example
from core.records.read_models import CaseRecord
from core.runtime.failpoints import failpoint
from core.working_hours import due_at
from ledger import read
from ledger.cases import workflow
from ledger.cases.history.entries import ESCUCHA
from pipeline.context import Context, now

WHO = "example"
WHY = "an example, for the demonstration"
NEVER, REJECTED, FINISHED = 0.03, 0.07, 0.55
"""Shares of cases that stay unanswered, that are closed without action, and of those answered that are resolved."""
Step = tuple[State, datetime]


def play_history(context: Context) -> int:
    """Make the steps of example cases that are due; return how many."""
    if not shows_examples(context):
        return 0
    made = 0
    for case in read.case_records(context.ledger, example=True):
        made += _play(context, case) if all(map(is_example, case.sources)) and case.system == CASEBOOK else 0
    return made


def shows_examples(context: Context) -> bool:
    """Tell whether the example week is on and triaged."""
    on = any(one.off is None and is_example(one.name) for one in context.sources.values())
    return on and not read.count_posts(context.ledger, example=True, decision="untriaged")


def _play(context: Context, case: CaseRecord) -> int:
    """Make the due steps of one case; return how many."""
    planned = [(state, at) for state, at in history_of(context.city, case) if at <= now()]
    for made in range(len(planned) + 1):
        seen = read.case_revision(context.ledger, case.case_key)  # before the steps: another worker may make one
        step = _next_step(context, case.case_key, planned)
        if step is None:
            return made
        try:
            workflow.change(context.ledger, case.case_key, step[0], WHO, WHY, step[1], seen=seen)
        except ChangeRefusedError:  # another worker or a person was first
            return made
        failpoint("example.played")
    return len(planned)


def _next_step(context: Context, case_key: str, planned: Sequence[Step]) -> Step | None:
    """Return the step that follows.

    None: none is due, or a person or a new post changed the case.
    """
    work = read.case_work(context.ledger, case_key)
    if work is None or work.assignee or any(one.who not in (ESCUCHA, WHO) for one in work.changes):
        return None
    first, *done = [(one.state, one.who) for one in read.transitions(context.ledger, case_key)]
    if first[0] != "new" or done != [(state, WHO) for state, _ in planned[: len(done)]]:
        return None
    return planned[len(done)] if len(done) < len(planned) else None


def history_of(city: City, case: CaseRecord) -> Iterator[Step]:
    """Yield the steps of a case with their times, earliest first.

    The same case gets the same steps: they depend on its key, topic and time alone.
    """
    chance = [part / 255 for part in hashlib.sha256(case.case_key.encode()).digest()]
    speed = 0.6 + hashlib.sha256(case.topic.encode()).digest()[0] / 255
    if chance[0] < NEVER:
        return
    assigned = due_at(city, case.opened_at, _hours(0.25 + chance[1]))
    yield "assigned", assigned
    answered = due_at(city, assigned, _hours(speed * exp(2.4 * chance[2])))
    if chance[3] < REJECTED:
        yield "rejected", answered
        return
    yield "answered", answered
    if chance[4] < FINISHED:
        yield "resolved", due_at(city, answered, _hours(2 + 14 * chance[5]))


def _hours(hours: float) -> timedelta:
    return timedelta(seconds=round(hours * 3600))
