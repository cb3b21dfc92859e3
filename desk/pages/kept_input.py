"""What a person typed into a form that was not accepted: it is shown again, whatever was in the way, so that no word is lost."""

from starlette.datastructures import FormData
from starlette.requests import Request

from core.errors import ConfigurationError, EscuchaError, StaleError, UnavailableError

SILENT = frozenset({"csrf", "seen", "question", "next", "password", "present", "again"})
"""Fields that nobody typed, and passwords, which are never shown again."""


def typed(form: FormData) -> list[str]:
    """The words of the form, in its order."""
    words = [str(value).strip() for name, value in form.multi_items() if name not in SILENT and isinstance(value, str)]
    return [one for one in words if one]


async def typed_in(request: Request, largest: int) -> list[str]:
    """The words of a form that came without a session; nothing when it is not small or comes from a foreign page."""
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "")
    foreign = request.headers.get("sec-fetch-site") not in (None, "same-origin")
    if foreign or not kind.startswith("application/x-www-form-urlencoded") or not length.isdecimal():
        return []
    return typed(await request.form()) if int(length) <= largest else []


def status_of(error: EscuchaError) -> int:
    """The HTTP status that says what kind of refusal this is."""
    if isinstance(error, StaleError):
        return 409
    return 503 if isinstance(error, UnavailableError) else 400 if isinstance(error, ConfigurationError) else 500
