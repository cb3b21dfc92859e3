"""Handle the actions on the page of a case beside its state."""

from collections.abc import Callable, Sequence

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.i18n.display_names import display_name
from core.records.annotation import TOPICS
from desk.rendering import language_of, page
from desk.state import Desk
from ledger import read
from pipeline.casework import aside, fields, grouping, ownership, priorities, publication
from pipeline.casework.answering import answers
from pipeline.casework.competence import competence
from pipeline.casework.last_done import can_undo
from pipeline.casework.services import service_questions
from pipeline.context import Context, now

CHILDREN_SHOWN = 200
"""Cases of a common cause that its page lists."""


Act = Callable[[Context, str, str, str, int, FormData], str]
"""From case key, user, reason, revision and form to the key of the case to show afterwards."""


def act(context: Context, key: str, action: str, who: str, why: str, seen: int, form: FormData) -> str:
    """Run one action on a case.

    Returns the key of the case to show afterwards.

    Raises:
        ConfigurationError: the action is not possible; the message says why.
        HTTPException: 404, there is no such action.
    """
    if action not in ACTIONS:
        raise HTTPException(404)
    return ACTIONS[action](context, key, who, why, seen, form)


def _take(context: Context, key: str, who: str, why: str, seen: int, _form: FormData) -> str:
    ownership.take(context, key, who, why, seen)
    return key


def _hand_over(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    ownership.hand_over(context, key, _text(form, "to"), who, why, seen)
    return key


def _watch(context: Context, key: str, who: str, _why: str, _seen: int, _form: FormData) -> str:
    ownership.watch(context, key, who)
    return key


def _unwatch(context: Context, key: str, who: str, _why: str, _seen: int, _form: FormData) -> str:
    ownership.unwatch(context, key, who)
    return key


def _topic(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    fields.set_topic(context, key, _text(form, "topic"), who, why, seen, with_posts=bool(form.get("with_posts")))
    return key


def _place(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    fields.set_place(context, key, _text(form, "place"), who, why, seen)
    return key


def _priority(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    priorities.set_priority(context, key, _text(form, "priority"), who, why, seen)
    return key


def _publication(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    publication.set_publication(context, key, _text(form, "choice"), who, why, seen)
    return key


def _merge(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    into = _text(form, "into")
    grouping.merge(context, key, into, who, why, seen)
    return into


def _keep_apart(context: Context, key: str, who: str, why: str, _seen: int, form: FormData) -> str:
    grouping.keep_apart(context, key, _text(form, "into"), who, why)
    return key


def _split(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    return grouping.split(context, key, _chosen(form), who, why, seen)


def _move(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    grouping.move(context, key, _chosen(form), _text(form, "into"), who, why, seen)
    return key


def _cause(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    grouping.set_common_cause(context, key, _text(form, "parent"), who, why, seen)
    return key


def _add_child(context: Context, key: str, who: str, why: str, _seen: int, form: FormData) -> str:
    grouping.set_common_cause(context, _text(form, "child"), key, who, why)
    return key


def _remove_child(context: Context, key: str, who: str, why: str, _seen: int, form: FormData) -> str:
    child = _text(form, "child")
    work = read.case_work(context.ledger, child)
    if work is not None and work.parent == key:  # else a colleague took it out meanwhile
        grouping.set_common_cause(context, child, "", who, why)
    return key


def _undo(context: Context, key: str, who: str, why: str, _seen: int, form: FormData) -> str:
    if batch := _text(form, "batch"):
        answers.withdraw_batch(context, key, batch, who)
    if batch and not form.get("change"):
        return key
    number = _text(form, "change")
    return grouping.undo(context, int(number) if number.isdecimal() and len(number) < 16 else 0, who, why)


def _not_ours(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    answers.not_ours(context, key, _text(form, "body"), who, why, seen)
    return key


def _aside(context: Context, key: str, who: str, why: str, seen: int, form: FormData) -> str:
    aside.put_aside(context, key, _text(form, "day") or _text(form, "until"), who, why, seen)
    return key


ACTIONS: dict[str, Act] = {
    "take": _take,
    "hand-over": _hand_over,
    "watch": _watch,
    "unwatch": _unwatch,
    "topic": _topic,
    "place": _place,
    "priority": _priority,
    "publication": _publication,
    "merge": _merge,
    "keep-apart": _keep_apart,
    "split": _split,
    "move": _move,
    "cause": _cause,
    "add-child": _add_child,
    "remove-child": _remove_child,
    "undo": _undo,
    "not-ours": _not_ours,
    "aside": _aside,
}


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _chosen(form: FormData) -> list[str]:
    return [str(one) for one in form.getlist("post")]


def work_on(desk: Desk, key: str, who: str, texts: Sequence[str]) -> dict[str, object]:
    """Collect the values of the case page about people, groups and competence."""
    found, ledger = competence(desk.context, texts), desk.context.ledger
    work = read.case_work(ledger, key)
    children = () if work is None else work.children[:CHILDREN_SHOWN]
    return {
        "children": [one for one in (read.case_record(ledger, child) for child in children) if one is not None],
        "bodies": found.bodies,
        "suggested_body": found.suggested,
        "emergency": found.emergency,
        "work": work,
        "service": service_questions(desk.context, [key]).get(key),
        "witnesses": desk.context.city.portal.minimum_witnesses,
        "viewers": ownership.open_page(desk.context, key, who),
        "colleagues": ownership.colleagues(desk.context),
        "topics": TOPICS,
        "aside": read.put_aside(ledger, now(), key).get(key),
        "days_aside": aside.days_offered(desk.context),
        "can_undo": can_undo,
    }


def viewers(request: Request) -> Response:
    """Return as JSON who else has a case open."""
    desk: Desk = request.app.state.desk
    key = request.query_params.get("case", "")
    if read.case_revision(desk.context.ledger, key) is None:
        raise HTTPException(404)
    found = ownership.open_page(desk.context, key, request.state.user.name)
    return JSONResponse([display_name("person", one, language_of(request)) for one in found])


def like(request: Request) -> Response:
    """Show similar cases with their evidence, each with a merge button."""
    desk: Desk = request.app.state.desk
    key = request.path_params["case_key"]
    revision, found = read.case_revision(desk.context.ledger, key), read.case_record(desk.context.ledger, key)
    if found is None:
        raise HTTPException(404)
    cases = [(one, read.case_record(desk.context.ledger, one.case_key)) for one in grouping.like(desk.context, key)]
    return page(
        request,
        "case_like.html",
        case=found,
        revision=revision,
        after=request.query_params.get("after", ""),
        like=[(one, record) for one, record in cases if record is not None],
        moment=now(),
    )
