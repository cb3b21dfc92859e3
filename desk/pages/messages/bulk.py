"""Change several posts at once, each as on its own page."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ChangeRefusedError, ConfigurationError
from core.web.own_paths import own_path
from desk.pages.messages import CORRECTABLE
from desk.rendering import explain_error, page
from desk.state import Desk
from ledger import read
from pipeline import casework

MOST_POSTS = 50
BOOLEAN = {"True": True, "False": False}


@dataclass(frozen=True)
class Chosen:
    """Hold a chosen post and its text's version on the page."""

    post_id: str
    seen: int


def on_chosen(request: Request, form: FormData) -> Response:
    """Change the chosen posts.

    Open a case for each, add them to a case, close them without one, or correct a label.
    """
    desk: Desk = request.app.state.desk
    back = own_path(str(form.get("back", "/posts")))
    chosen = [_chosen(str(value)) for value in form.getlist("post")][:MOST_POSTS]
    if not chosen:
        raise ConfigurationError("Choose the posts first: tick the boxes beside them.")
    change = _change(desk, str(form.get("action", "")), form, request.state.user.name)
    refused: list[tuple[str, str]] = []
    for one in chosen:
        try:
            change(one)
        except ConfigurationError as error:
            refused.append((one.post_id, explain_error(request, error)))
    if not refused:
        said = f"done={len(chosen)}"
        if form.get("action") == "no-case" and back.startswith("/review"):
            said += "&decided=" + ",".join(one.post_id for one in chosen)  # to take it back
        return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{said}", status_code=303)
    posts = {one.post_id: one for one in read.records_of(desk.context.ledger, [post_id for post_id, _ in refused])}
    return page(
        request,
        "posts_refused.html",
        status=409,
        done=len(chosen) - len(refused),
        refused=[(posts.get(post_id), why) for post_id, why in refused],
        back=back,
    )


def _chosen(value: str) -> Chosen:
    post_id, _, seen = value.partition(":")
    if not post_id.isalnum() or not seen.isdecimal() or len(seen) > 9:
        raise ConfigurationError("This form has no valid version. Please reload the page and try again.")
    return Chosen(post_id, int(seen))


def _change(desk: Desk, action: str, form: FormData, who: str) -> Callable[[Chosen], object]:
    """Return the change of one post."""
    context, why = desk.context, str(form.get("why", "")).strip()
    match action:
        case "case":
            return lambda one: casework.accept_review(context, one.post_id, who, why, one.seen)
        case "no-case":
            return lambda one: casework.reject_review(context, one.post_id, who, why, one.seen)
        case "add":
            incident = read.incident_key_of(context.ledger, str(form.get("case", "")).strip())
            if incident is None:
                raise ChangeRefusedError("there is no case {case}", case=str(form.get("case", "")).strip())
            return lambda one: casework.join(context, one.post_id, incident, who, why)
        case "label":
            question, _, value = str(form.get("label", "")).partition("=")
            if value not in CORRECTABLE.get(question, ()):
                raise ConfigurationError("Choose the label to set first.")
            return lambda one: _relabel(desk, one, question, value, who, why)
        case _:
            raise HTTPException(404)


def _relabel(desk: Desk, one: Chosen, question: str, value: str, who: str, why: str) -> None:
    """Correct a label of a post, unless its text changed since."""
    seen = read.label_versions(desk.context.ledger, one.post_id, [question]).get(question, "")
    if not seen.startswith(f"{one.seen}-"):
        raise ConfigurationError("The text of this post has changed since you opened the page.")
    answer = BOOLEAN.get(value, value) if question in casework.BOOLEAN_QUESTIONS else value
    casework.correct(desk.context, one.post_id, question, answer, who, why, seen)
