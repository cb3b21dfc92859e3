"""Change several cases at once, each as on its own page.

Each case is changed or refused by itself; what was changed can be undone together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.errors import ChangeRefusedError, ConfigurationError
from core.web.own_paths import own_path
from desk.pages.cases import actions
from desk.pages.forms import change_case
from desk.pages.input.revision import NO_VERSION, revision
from desk.rendering import PAGE_SIZE, explain_error, page
from desk.state import Desk
from ledger import read
from pipeline.casework import grouping
from pipeline.casework.last_done import can_undo

STATES = ("assign", "resolve", "reject")
"""Actions that change the state of a case."""
WORK = ("take", "hand-over", "merge", "topic")
LONGEST_KEY = 80


@dataclass(frozen=True)
class Chosen:
    """Hold a chosen case and its revision on the page."""

    key: str
    seen: int


def on_chosen(request: Request, form: FormData) -> Response:
    """Take, hand over, assign, merge or close cases, or set their service."""
    desk: Desk = request.app.state.desk
    action, who = str(form.get("action", "")), request.state.user.name
    if action == "undo":
        return _undo(request, form)
    if action not in (*STATES, *WORK):
        raise HTTPException(404)
    chosen = [_chosen(str(value)) for value in form.getlist("case")][:PAGE_SIZE]
    into = _target(desk, form, chosen) if action == "merge" else ""
    left = [one for one in chosen if one.key != into]
    if not left:
        raise ConfigurationError("Choose the cases first: tick the boxes beside them.")
    undoable, changed, refused = list[int](), list[str](), list[tuple[str, str]]()
    for one in left:
        before = _changes(desk, into or one.key)
        try:
            _change(desk, action, one, into, who, form)
        except ConfigurationError as error:
            refused.append((one.key, explain_error(request, error)))
            continue
        changed.append(one.key)
        made = _changes(desk, into or one.key) - before
        undoable += sorted(made)
    return _said(request, form, changed, refused, undoable)


def _change(desk: Desk, action: str, one: Chosen, into: str, who: str, form: FormData) -> None:
    why, department = str(form.get("why", "")).strip(), str(form.get("department", ""))
    if action in STATES:
        change_case(desk, one.key, action, who, why, department, one.seen)
        return
    topic = _topic(desk, one.key, str(form.get("topic", ""))) if action == "topic" else ""
    given = FormData({"to": str(form.get("to", "")), "into": into, "topic": topic, "with_posts": str(form.get("with_posts", ""))})
    actions.act(desk.context, one.key, action, who, why, one.seen, given)


def _topic(desk: Desk, key: str, chosen: str) -> str:
    """Return the chosen service; empty: the likeliest of the case.

    Raises:
        ChangeRefusedError: the case asks for none.
    """
    guess = read.topic_guesses(desk.context.ledger, [key]).get(key)
    if not chosen and guess is None:
        raise ChangeRefusedError("case {case} has its service: choose another one from the list", case=key)
    return chosen or str(guess and guess.topic)


def _changes(desk: Desk, key: str) -> set[int]:
    """Return the changes of a case that can be undone."""
    work = read.case_work(desk.context.ledger, key)
    return {one.id for one in work.changes if can_undo(one)} if work else set()


def _target(desk: Desk, form: FormData, chosen: Sequence[Chosen]) -> str:
    """Return the case that the others are merged into.

    It is the named one, else the oldest of the chosen ones.

    Raises:
        ConfigurationError: fewer than two cases are left to merge, or there is no such case.
    """
    named = str(form.get("into", "")).strip()[:LONGEST_KEY]
    if named:
        if read.case_record(desk.context.ledger, named) is None:
            raise ChangeRefusedError("there is no case {case}", case=named)
        return named
    if len(chosen) < 2:
        raise ConfigurationError("Tick two cases or more to merge them, or name the case that stays.")
    found = read.case_records(desk.context.ledger, case_keys=[one.key for one in chosen], order="oldest", limit=1)
    oldest = next(found, None)
    if oldest is None:
        raise ChangeRefusedError("there is no case {case}", case=chosen[0].key)
    return oldest.case_key


def _undo(request: Request, form: FormData) -> Response:
    """Undo changes made together, the last one first."""
    desk: Desk = request.app.state.desk
    who = request.state.user.name
    changed, refused = list[str](), list[tuple[str, str]]()
    for value in reversed(form.getlist("change")[:PAGE_SIZE]):
        number = str(value)
        try:
            known = number.isdecimal() and len(number) < 16
            changed.append(grouping.undo(desk.context, int(number) if known else 0, who, ""))
        except ConfigurationError as error:
            refused.append(("", explain_error(request, error)))
    return _said(request, form, changed, refused, [])


def _said(
    request: Request, form: FormData, changed: Sequence[str], refused: Sequence[tuple[str, str]], undoable: Sequence[int]
) -> Response:
    """Show what was changed or refused, with an undo button."""
    ledger = request.app.state.desk.context.ledger
    return page(
        request,
        "cases_changed.html",
        status=409 if refused else 200,
        changed=[read.case_record(ledger, key) for key in dict.fromkeys(changed)],
        done=len(changed),
        refused=[(key, read.case_record(ledger, key) if key else None, why) for key, why in refused],
        undoable=undoable,
        back=own_path(str(form.get("back", "/cases"))),
        why=str(form.get("why", "")).strip() if refused else "",
    )


def _chosen(value: str) -> Chosen:
    key, _, seen = value.rpartition(":")
    if not key or len(key) > LONGEST_KEY:
        raise ConfigurationError(NO_VERSION)
    return Chosen(key, revision(seen))
