"""Show the operator of an installation how each of its towns is.

It is at the address of the installation itself, where no town is. It has no post, case or person of any town: numbers, and what is wrong.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.config.own_variables import unread_variables
from core.config.settings import Settings
from core.config.towns import ServedTown
from core.i18n.formats import format_number
from core.i18n.translate import translator, wished_language
from core.runtime.disk import FULL_MB
from core.web.client_address import ClientAddress
from core.web.security_headers import HSTS, SecurityHeaders
from desk.auth.security import headers
from desk.rendering import explain_alarm, format_moment, render
from pipeline.context import now
from pipeline.health.town_health import health_of

LEAST_BYTES = 16
ASK = {"WWW-Authenticate": 'Basic realm="Escucha", charset="UTF-8"'}


def create_app(settings: Settings, towns: Sequence[ServedTown]) -> Starlette:
    """Build the application of the installation; `settings`: its own."""
    secure = settings.desk_address.startswith("https://")
    return Starlette(
        routes=[
            Route("/", partial(_towns, settings, towns)),
            Route("/alive", lambda _: PlainTextResponse("alive\n")),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        middleware=[
            Middleware(SecurityHeaders, headers={**headers(settings), **(HSTS if secure else {})}),
            Middleware(ClientAddress, settings=settings),
        ],
    )


def _towns(settings: Settings, towns: Sequence[ServedTown], request: Request) -> Response:
    """Show all towns to an operator; to others, why not."""
    language = wished_language(request.headers.get("accept-language", ""))
    if (refusal := _refusal(settings, request, language)) is not None:
        return refusal
    found = [health_of(town) for town in towns]
    html = render(
        "all_towns.html",
        _=translator(language, "desk"),
        language=language,
        towns=found,
        wrong=sum(bool(one.problem or (one.seen and one.seen.wrong)) for one in found),
        unread=unread_variables(towns[0].settings),
        airflow=settings.airflow_address,
        moment=now(),
        full_mb=FULL_MB,
        number=lambda n: format_number(n, language),
        when=lambda moment: format_moment(moment, language, now().tzinfo, "short"),
        explain=lambda alarm: explain_alarm(alarm, language, now().tzinfo),
    )
    return HTMLResponse(html, headers={"cache-control": "no-store"})


def _refusal(settings: Settings, request: Request, language: str) -> Response | None:
    """Say why a request is not an operator's; None: it is.

    Without a password it is who asks from the machine itself, as on a desk without users.
    """
    _ = translator(language, "desk")
    password = settings.operator_password.get_secret_value() if settings.operator_password else ""
    if len(password.encode()) < LEAST_BYTES:
        if request.state.direct:
            return None
        said = _(
            "This page answers only on the machine it runs on. To open it to others, set ESCUCHA_OPERATOR_PASSWORD (16 bytes or more)."
        )
        return PlainTextResponse(f"{said}\n", 403)
    if not (request.state.direct or request.url.scheme == "https"):
        return PlainTextResponse(f"{_('This page asks for a password, so it answers over https only.')}\n", 403)
    if hmac.compare_digest(_given(request), password.encode()):
        return None
    return PlainTextResponse(f"{_('The password of the operator is asked for (ESCUCHA_OPERATOR_PASSWORD); any name will do.')}\n", 401, ASK)


def _given(request: Request) -> bytes:
    """Return the password of a request; empty without any."""
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(coded, validate=True).partition(b":")[2] if kind.lower() == "basic" else b""
    except binascii.Error:
        return b""
