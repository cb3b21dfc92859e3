"""Describe a form that was not accepted: the reason and the input."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from core.errors import EscuchaError
from desk.pages.input.kept import status_of
from desk.rendering import explain_error, page


@dataclass(frozen=True)
class Refused:
    """Hold a refused form, to show it again."""

    message: str
    """In the language of the reader."""
    status: int
    action: str
    """The form on the page: an action, or a question."""
    why: str
    choice: str = ""
    """The chosen department or label."""
    seen: int | None = None
    """Revision of the case in the form."""


def refused_form(request: Request, error: EscuchaError, action: str, why: str, choice: str = "", seen: int | None = None) -> Refused:
    """Describe a form that this error refused."""
    return Refused(explain_error(request, error), status_of(error), action, why, choice, seen)


def show_missing(request: Request, refused: Refused) -> Response:
    """Show the input when the subject of the form no longer exists."""
    typed = [refused.why] if refused.why else []
    return page(request, "error.html", status=refused.status, message=refused.message, typed=typed)
