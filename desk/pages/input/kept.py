"""Keep the input of a form that was not accepted.

It is shown again, so that no text is lost.
"""

from starlette.datastructures import FormData
from starlette.requests import Request

from core.errors import ConfigurationError, EscuchaError, StaleError, UnavailableError

SILENT = frozenset(
    {"csrf", "seen", "question", "next", "password", "present", "again", "back", "action", "post", "case", "to", "department"}
)
"""Hidden fields, choices and passwords, which are never shown again."""
LONGEST_ID = 64


def id_of(form: FormData) -> str:
    """Return the id of a form; a form sent twice has one."""
    return str(form.get("form", ""))[:LONGEST_ID]


def typed_texts(form: FormData) -> list[str]:
    """Return the typed texts of the form, in order."""
    texts = [str(value).strip() for name, value in form.multi_items() if name not in SILENT and isinstance(value, str)]
    return [one for one in texts if one]


async def typed_in_request(request: Request, largest: int) -> list[str]:
    """Return the texts of a form that was sent without a session.

    The list is empty when the form is large or comes from a foreign page.
    """
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "")
    foreign = request.headers.get("sec-fetch-site") not in (None, "same-origin")
    if foreign or not kind.startswith("application/x-www-form-urlencoded") or not length.isdecimal():
        return []
    return typed_texts(await request.form()) if int(length) <= largest else []


def status_of(error: EscuchaError) -> int:
    """Return the HTTP status of an error.

    >>> status_of(ConfigurationError("name is missing"))
    400
    """
    if isinstance(error, StaleError):
        return 409
    return 503 if isinstance(error, UnavailableError) else 400 if isinstance(error, ConfigurationError) else 500
