"""Apply what a template does beside its answer.

A state that comes with an answer follows when the citizen has it (`ledger.answers.stop_clock`): no mail says "resolved" before it.
"""

from typing import NamedTuple, cast

from core.config.city import AnswerTemplate
from core.errors import ChangeRefusedError
from core.records.answer import closing_origin
from core.records.case import State
from core.records.read_models import CaseRecord
from ledger.cases import workflow
from pipeline.casework.answering.templates import filled_text
from pipeline.context import Context, now

BECOMES = ("resolved", "rejected")


class Also(NamedTuple):
    """Hold what a template does beside its answer; empty: nothing."""

    becomes: str = ""
    department: str = ""
    note: str = ""

    def origin(self, name: str) -> str:
        """Return the origin of an answer that comes with it."""
        return closing_origin(self.becomes, name) if self.becomes else f"template {name}"


def also_of(context: Context, template: AnswerTemplate | None, case: CaseRecord | None) -> Also:
    """Return what a template would do to this case."""
    if template is None or case is None:
        return Also()
    return Also(template.becomes, template.department, filled_text(context, template, template.note, case))


def apply(context: Context, case_key: str, also: Also, with_answer: bool, who: str, seen: int | None = None) -> None:
    """Route, close or annotate a case; sent twice it is one.

    Args:
        context: the open context.
        case_key: the case.
        also: what to do.
        with_answer: an answer goes with it, and the state follows its delivery.
        who: the user.
        seen: revision of the case that the person looked at.

    Raises:
        StaleError: the case was changed since.
        ChangeRefusedError: there is no such department, or this state cannot follow.
    """
    if also.becomes and also.becomes not in BECOMES:
        raise ChangeRefusedError("a template cannot make a case {state}", state=also.becomes)
    if also.department and also.department not in {one.name for one in context.city.departments}:
        raise ChangeRefusedError("there is no department '{department}' in the profile", department=also.department)
    if also.becomes == "rejected" and not with_answer and not also.note:
        raise ChangeRefusedError("Please say why it is rejected.")
    closes = bool(also.becomes) and not with_answer
    if closes or also.department:
        state = cast(State, also.becomes if closes else "assigned")
        workflow.change(context.ledger, case_key, state, who, also.note, now(), department=also.department or None, seen=seen)
    elif also.note:
        leads_to = cast(State, also.becomes) if also.becomes else None
        workflow.note(context.ledger, case_key, who, also.note, now(), seen, leads_to)
