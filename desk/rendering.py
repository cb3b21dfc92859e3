"""How a page is made: the template, the reader's language, dates and numbers as people write them."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.i18n.display_names import display_name, display_reason
from core.i18n.translate import LANGUAGES, translator
from desk.auth.sessions import FormToken, session_of

PAGE_SIZE = 50
INVISIBLE = {
    ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}
"""Zero-width and direction marks: a post must not rearrange the page or hide words in it."""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(request: Request) -> str:
    """The language chosen, else the first of the browser's that we speak, else the city's first."""
    chosen = request.cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    for wish in request.headers.get("accept-language", "").split(","):
        if wish.strip()[:2].lower() in LANGUAGES:
            return wish.strip()[:2].lower()
    return str(request.app.state.desk.context.city.languages[0])


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The page, with everything all templates need."""
    desk = request.app.state.desk
    language = language_of(request)
    city = desk.context.city
    token = FormToken(request, desk.context.settings)
    context = {
        "_": translator(language, "desk"),
        "language": language,
        "city": city,
        "user": getattr(request.state, "user", None),
        "path": request.url.path,
        "csrf": token,
        "signed_in": session_of(request) is not None,
        "when": lambda moment, form="medium": format_moment(moment, language, city.zone, form),
        "day": lambda moment: format_date(moment.astimezone(city.zone), "medium", locale=language),
        "number": lambda n: format_decimal(n, locale=language),
        "percent": lambda share: format_percent(share, locale=language, format="#,##0 %"),
        "called": lambda kind, value: display_name(kind, value, language),
        "shown": visible_text,
        "reason": lambda text: display_reason(text, language),
        "query": lambda **changes: changed_query(request, **changes),
        **values,
    }
    response = HTMLResponse(_environment().get_template(template).render(context), status_code=status)
    token.keep(response)
    return response


def format_moment(moment: datetime | None, language: str, zone: Any, form: str = "medium") -> str:
    """A moment in the city's time; a dash for none."""
    if moment is None:
        return "–"
    pattern = "d MMM y, HH:mm" if form == "medium" else "d MMM, HH:mm"
    return format_datetime(moment.astimezone(zone), pattern, locale=language)


def visible_text(text: str) -> str:
    """A post's text as it may stand on a page: no direction or zero-width marks (the template escapes the rest)."""
    return text.translate(INVISIBLE)


def changed_query(request: Request, **changes: Any) -> str:
    """The address of this page with some of its parameters changed; None takes one away."""
    kept = {key: value for key, value in request.query_params.items() if value} | changes
    return "?" + urlencode({key: value for key, value in kept.items() if value not in (None, "")})


def page_number(request: Request) -> int:
    """The page asked for, from 1; nonsense is page 1."""
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
