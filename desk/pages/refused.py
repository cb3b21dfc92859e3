"""A form that was not accepted: why, and what the person had typed into it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from desk.rendering import page


@dataclass(frozen=True)
class Refused:
    """What the page shows again."""

    words: str
    status: int
    action: str
    """Which of the page's forms: an action, or a question."""
    why: str
    choice: str = ""
    """The department or label that was chosen."""
    seen: int | None = None
    """The revision of the case that the form was made from."""


def no_longer_there(request: Request, refused: Refused) -> Response:
    """What the form was about is no longer there; what was typed is."""
    typed = [refused.why] if refused.why else []
    return page(request, "wrong.html", status=refused.status, words=refused.words, typed=typed)
