"""Render the citizens' pages: template, language, formats."""

from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.config.city import City
from core.i18n.formats import SHORT, format_day, format_month, format_number, format_plural, format_share, format_time
from core.i18n.languages import NAMES, interface_languages, requested_languages
from core.i18n.translate import translator
from core.runtime.one_filler import one_filler
from core.text import BIDI, ZERO_WIDTH, sanitise
from core.web import SHARED_TEMPLATES
from pipeline.context import now
from portal.site import FRESH_S, Site

LANGUAGES = interface_languages("portal")


@one_filler(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader([Path(__file__).parent / "templates", SHARED_TEMPLATES])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@one_filler(maxsize=256)
def _template(name: str) -> Template:
    """Compile a template, which takes far longer than to render it."""
    return _environment().get_template(name)


def compile_templates() -> None:
    """Compile all templates, so that no visitor waits for it."""
    for name in _environment().list_templates(extensions=["html"]):
        _template(name)


def site_of(request: Request) -> Site:
    """Return the site of this process."""
    site: Site = request.app.state.site
    return site


def language_of(request: Request) -> str:
    """Return the language of a request.

    The cookie comes first, then the browser's languages, then the city's first one.
    """
    wanted = (request.cookies.get("language", ""), *requested_languages(request.headers.get("accept-language", "")))
    city = site_of(request).context.city
    return next((one for one in wanted if one in LANGUAGES), city.portal.language or city.languages[0])


def logo_name(city: City) -> str:
    """Return the name of the logo's file.

    A web server tells its format by it.
    """
    return "logo.png" if (city.identity.logo or "").endswith(".png") else "logo.svg"


def html(request: Request, template: str, **values: Any) -> str:
    """Render a template with the values that all pages need."""
    language, city = language_of(request), site_of(request).context.city
    plural = partial(format_plural, language=language, room="portal")
    shared = {
        "_": translator(language, "portal"),
        "plural": plural,
        "language": language,
        "other_languages": [(one, NAMES.get(one, one)) for one in LANGUAGES if one != language],
        "city": city,
        "logo": logo_name(city),
        "path": request.url.path,
        "when": lambda moment: format_time(moment, language, city.zone),
        "is_past": lambda moment: moment < now(),
        "when_short": lambda moment: format_time(moment, language, city.zone, SHORT),
        "day": lambda moment: format_day(moment.astimezone(city.zone).date(), language),
        "date": lambda one: format_day(one, language),
        "month": lambda name: format_month(name, language),
        "number": lambda n: format_number(n, language),
        "percent": lambda share: format_share(share, language),
        "display_name": lambda kind, value: city.display_name(kind, value, language),
        "visible": partial(sanitise, remove=BIDI | ZERO_WIDTH),
        "examples": site_of(request).shows_examples,
    }
    return _template(template).render({**shared, **values})


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Return a page made for this request alone."""
    return HTMLResponse(html(request, template, **values), status, {"Cache-Control": "no-store"})


def kept_page(request: Request, template: str, *key: str, **values: Any) -> Response:
    """Return a page that is the same for everybody.

    It is built every FRESH_S seconds.

    Args:
        request: the request.
        template: name of the template.
        key: what the page depends on, besides its path and language.
        values: functions without arguments that give the values of the template.
    """
    found = {name: value for name, value in values.items() if not callable(value)}

    def build() -> bytes:
        made = {name: value() for name, value in values.items() if callable(value)}
        return html(request, template, **found, **made).encode()

    body = site_of(request).pages.get((request.url.path, language_of(request), *key), build)
    headers = {"Cache-Control": f"public, max-age={FRESH_S:.0f}", "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(body, headers=headers)
