"""Render pages: template, language, dates and numbers."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime, get_day_names
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.config.key_problems import KeyProblem, ProfileRefusedError
from core.config.known_answers.problems import TEMPLATES, FieldProblem, FieldsRefusedError
from core.errors import ChangeRefusedError, Value
from core.i18n import names
from core.i18n.display_names import display_name
from core.i18n.formats import format_share, format_value
from core.i18n.languages import NAMES, requested_languages
from core.i18n.reasons import display_reason
from core.i18n.translate import LANGUAGES, translations, translator
from core.runtime.one_filler import one_filler
from core.text import BIDI, ZERO_WIDTH, sanitise, shorten
from core.web import SHARED_TEMPLATES
from desk.auth.sessions import FormToken, session_of
from desk.bell import rings
from desk.lens import NAMES as LENS_NAMES, Lens
from desk.lens.links import carry
from ledger import read
from pipeline.context import now
from pipeline.health.alarms import Alarm
from search.queries import SearchProblem, TypedSearchError

PAGE_SIZE = 50
PLACE_IN_LIST = ("page", "after", "before", "open", "step", "done")
"""Parameters of an address that say where in a list its reader is."""
DAY = "d MMM y"
"""How a day is written, in the order that the times of posts have."""
PLACEHOLDER = re.compile(r"\[(name|number|email)\]")
"""What redaction writes for what it took out of a post."""


@one_filler(maxsize=1)
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader([folder, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["truncate"] = shorten
    return environment


@one_filler(maxsize=256)
def _template(name: str) -> Template:
    """Compile a template, which takes far longer than to render it."""
    return _environment().get_template(name)


def language_of(request: Request) -> str:
    """Return the language of a request.

    The cookie comes first, then the browser's languages, then the city's first one.
    """
    chosen = request.cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    for wish in requested_languages(request.headers.get("accept-language", "")):
        if wish in LANGUAGES:
            return wish
    return str(request.app.state.desk.context.city.languages[0])


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page with the values that all templates need."""
    desk = request.app.state.desk
    language = language_of(request)
    city = desk.context.city
    token = FormToken(request, desk.context.settings)
    lens: Lens = getattr(request.state, "lens", Lens())
    context = {
        "_": translator(language, "desk"),
        "plural": lambda one, many, n: format_count(one, many, n, language),
        "plural_form": translations(language, "desk").ngettext,
        "language": language,
        "other_languages": [(one, NAMES.get(one, one)) for one in LANGUAGES if one != language],
        "city": city,
        "user": getattr(request.state, "user", None),
        "path": request.url.path,
        "address": address_of(request),
        "lens": lens,
        "url": partial(address_under, lens),
        "csrf": token,
        "portal_address": desk.context.settings.portal_address,
        "signed_in": session_of(request) is not None,
        "theme": request.cookies.get("theme") if request.cookies.get("theme") in ("light", "dark") else None,
        "shortcuts": request.cookies.get("shortcuts") != "off",
        "lens_bar": None,
        "wide": False,
        "lens_options": lambda: desk.shell.options(),
        "kept_parameters": _kept_parameters(request),
        "alarms": lambda: [explain_alarm(one, language, city.zone) for one in desk.shell.alarms(now())],
        "has_run": desk.shell.has_run,
        "bell": lambda: rings(desk.context, request.state.user, now()),
        "behind": lambda: read.waiting(desk.context.ledger),
        "when": lambda moment, form="medium": format_moment(moment, language, city.zone, form),
        "day": lambda moment: format_date(moment.astimezone(city.zone), DAY, locale=language),
        "date_only": lambda on: format_date(on, DAY, locale=language),
        "weekday_name": lambda weekday: get_day_names("wide", "stand-alone", language)[weekday],
        "number": lambda n: format_decimal(n, locale=language),
        "value_text": lambda value: format_value(value, language),
        "percent": lambda share: format_share(share, language),
        "display_name": lambda kind, value: city.display_name(kind, value, language),
        "visible": partial(visible, language),
        "explain_error": lambda error: explain_error(request, error),
        "explain_fields": lambda problems: explain_fields(problems, language),
        "reason": lambda text: display_reason(text, language),
        "query": lambda **changes: changed_query(request, **changes),
        **values,
    }
    html = carry(_template(template).render(context), lens.parameters)
    response = HTMLResponse(html, status_code=status)
    token.keep(response)
    return response


def render(template: str, **values: Any) -> str:
    """Render a template that needs nothing of the request."""
    return _template(template).render(values)


def visible(language: str, text: str) -> str:
    """Return a text for display, placeholders of redaction in a language.

    A post must not rearrange or hide text on the page.

    >>> visible("es", "Gracias, [name], llame al [number]")
    'Gracias, [nombre], llame al [número]'
    """
    shown = sanitise(text, remove=BIDI | ZERO_WIDTH)
    return PLACEHOLDER.sub(lambda found: f"[{display_name('redacted', found[1], language)}]", shown)


def format_moment(moment: datetime | None, language: str, zone: Any, form: str = "medium") -> str:
    """Format a time in the city's time zone; a dash for None."""
    return "–" if moment is None else _formatted(moment, language, zone, form)


@lru_cache(maxsize=10_000)
def _formatted(moment: datetime, language: str, zone: Any, form: str) -> str:
    """Format a time; cached, as a page shows the same often."""
    pattern = "d MMM y, HH:mm" if form == "medium" else "d MMM, HH:mm"
    return format_datetime(moment.astimezone(zone), pattern, locale=language)


def explain_alarm(one: Alarm, language: str, zone: Any) -> str:
    """Describe what is wrong in one sentence, in a language."""
    _, since = translator(language, "desk"), format_moment(one.since, language, zone, "short")
    source = display_name("source", one.name, language)
    match one.kind:
        case "scheduler" if one.since is None:
            return _("The scheduler has never run.")
        case "scheduler":
            return _("The scheduler last ran on {moment}.").format(moment=since)
        case "worker":
            return _("Posts wait, and none has been labelled since {moment}.").format(moment=since)
        case "source":
            return _("{source}: last collected on {moment}; due every {n} minutes.").format(
                source=source, moment=since, n=one.every_minutes
            )
        case "never":
            return _("{source}: never collected yet.").format(source=source)
        case "failing":
            return _("{source}: the last run failed on {moment}.").format(source=source, moment=since)
        case "profile":
            return _("The profile has had an error since {moment}, so no task starts: {why}").format(moment=since, why=one.why)
        case "ledger":
            return _("The scheduled tasks cannot use the database since {moment}: {why}").format(moment=since, why=one.why)
        case "quiet":
            return _("{source}: no new posts since {moment}.").format(source=source, moment=since)
        case "search":
            return _("The search engine has not answered since {moment}.").format(moment=since)
        case "settings":
            section = display_name("section", one.name, language)
            return _("A change of the settings “{section}” is not used.").format(section=section)


def explain_error(request: Request, error: Exception) -> str:
    """Return the message of an error in the language of the request.

    A refused change is a template with values: the template is translated, and codes among its values get their display names.
    """
    language = language_of(request)
    translated = translator(language, "desk")
    if isinstance(error, ProfileRefusedError) and error.problems:
        return explain_keys(error.problems, language)
    if isinstance(error, FieldsRefusedError):
        return explain_fields(error.problems, language)
    if isinstance(error, TypedSearchError):
        return " ".join(explain_problem(one, language) for one in error.problems)
    if not isinstance(error, ChangeRefusedError) or not error.values:
        return translated(str(error))
    values = {name: _shown_value(name, value, language) for name, value in error.values.items()}
    return translated(error.template).format(**values)


def explain_problem(problem: SearchProblem, language: str) -> str:
    """Return what is wrong in a typed search in a language."""
    values = {name: _shown_value(name, value, language) if isinstance(value, int) else value for name, value in problem.values.items()}
    return translator(language, "desk")(problem.template).format(**values)


def explain_keys(problems: Sequence[KeyProblem], language: str) -> str:
    """Return the problems of the keys of a profile in a language.

    Each begins with the name of the setting as its form shows it.
    """
    translated, found = translator(language, "desk"), []
    for one in problems:
        key = ".".join(one.key[:2])
        label = display_name("setting" if len(one.key) > 1 else "section", key, language)
        values = {name: _shown_value(name, value, language) for name, value in one.values.items()}
        text = translated(one.template).format(**values)
        got = one.got if isinstance(one.got, str) else format_value(one.got, language)
        echo = " " + translated("(entered: {value})").format(value=got) if got else ""
        found.append(f"{label}: {text}{echo}")
    return "; ".join(found)


def explain_fields(problems: Sequence[FieldProblem], language: str) -> str:
    """Return the problems of the fields of a form in a language.

    Each begins with the name of the field as the form shows it.
    """
    translated, found = translator(language, "desk"), []
    for one in problems:
        field, _, spoken = one.field.partition(".")
        label = display_name("answer_field", field, language) if field else ""
        label += f" ({display_name('language', spoken, language)})" if spoken else ""
        values = {name: _shown_value(name, value, language) for name, value in one.values}
        text = translated(TEMPLATES[one.code]).format(**values)
        found.append(f"{label}: {text}" if label else text)
    return "; ".join(found)


def _shown_value(name: str, value: Value | float, language: str) -> str:
    """Format a value of a message.

    `possible_state` and `new_state` are of the kind `state`."""
    if isinstance(value, int | float):
        return format_decimal(value, locale=language)
    if name.endswith("_day"):
        return str(format_date(date.fromisoformat(str(value)), "long", locale=language))
    kind = name.removeprefix("possible_").removeprefix("new_")
    each = value if isinstance(value, tuple) else (value,)
    return ", ".join(display_name(kind, one, language) if kind == "placeholder" or kind in names.NAMES else one for one in each)


def format_count(one: str, many: str, n: int, language: str) -> str:
    """Return the translated singular or plural text for a count.

    `{n}` in the text is replaced by the formatted number.

    >>> format_count("{n} post", "{n} posts", 1, "es"), format_count("{n} post", "{n} posts", 1500, "es")
    ('1 mensaje', '1.500 mensajes')
    """
    text: str = translations(language, "desk").ngettext(one, many, n)
    return text.replace("{n}", format_decimal(n, locale=language))


def changed_query(request: Request, **changes: Any) -> str:
    """Return the query string with some parameters changed; None removes one."""
    kept = {key: value for key, value in request.query_params.items() if value} | changes
    return "?" + urlencode({key: value for key, value in kept.items() if value not in (None, "")})


def _kept_parameters(request: Request) -> dict[str, str]:
    """Return a page's parameters without lens and place in a list."""
    dropped = (*LENS_NAMES, *PLACE_IN_LIST)
    return {name: value for name, value in request.query_params.items() if value and name not in dropped}


def address_of(request: Request) -> str:
    """Return the address of a page with its query."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def address_under(lens: Lens, path: str, /, **parameters: Any) -> str:
    """Return an address under the lens.

    `parameters` change the lens or are added; None removes one.

    >>> address_under(Lens(topic="noise"), "/posts", period="week", q="bar")
    '/posts?period=week&topic=noise&q=bar'
    """
    # `days` of the lens are two dates; the text of an address (`?days=7`) is a parameter of its page.
    of_lens = (*LENS_NAMES, *(() if isinstance(parameters.get("days"), str) else ("days",)))
    changed = lens.changed(**{name: value for name, value in parameters.items() if name in of_lens})
    own = {name: value for name, value in parameters.items() if name not in of_lens}
    whole = changed.parameters | {name: value for name, value in own.items() if value not in (None, "")}
    return f"{path}?{urlencode(whole)}" if whole else path


def page_number(request: Request) -> int:
    """Return the requested page, from 1; invalid input gives 1."""
    requested = request.query_params.get("page", "1")
    return max(1, int(requested)) if requested.isdecimal() and len(requested) < 7 else 1
