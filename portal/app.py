"""Build the portal's web application: routes, headers and errors."""

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.web.client_address import ClientAddress
from core.web.hosts import allowed_names
from core.web.own_paths import logged_path, own_path
from core.web.security_headers import HSTS, SecurityHeaders
from pipeline.context import Context
from portal.api.access import Access
from portal.api.mcp.http import McpEndpoint
from portal.api.mcp.protocol import Protocol
from portal.api.problems import ProblemError
from portal.api.reader import Reader
from portal.api.routes import ReadApi
from portal.open311.answers import form_of, refusal
from portal.open311.endpoints import ROOT, Open311Server
from portal.open311.keys import read_keys
from portal.pages import ask, identity, mails, my_case, notice, open_data, open_problems, reply, report, response_times, start
from portal.rendering import LANGUAGES, page
from portal.site import Site
from search.queries import CircuitBreaker

log = logging.getLogger("escucha")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MESSAGES = {404: "there is nothing at this address; see /open311/discovery.json", 405: "this address does not take this method"}
PROBLEMS = {404: "missing", 405: "method", 413: "large"}
"""Kind of problem of the interfaces with tokens, by status; the details are in /api/v1/openapi.json."""
INTERFACES = ("/api", "/mcp")
REASONS = {400: "broken", 404: "missing", 405: "method", 413: "large"}
"""What the page of an error says, by status."""


def create_app(context: Context) -> Starlette:
    """Build the application for an open context.

    Raises:
        ConfigurationError: ESCUCHA_PORTAL_OPEN311_KEYS has an invalid entry.
    """
    settings = context.settings
    open311 = Open311Server(context, read_keys(settings.portal_open311_keys))
    secure = settings.portal_address.startswith("https://")
    site = Site(context)
    reader = Reader(context, CircuitBreaker(settings), site.answers, site.times)
    access = Access(context.ledger, settings)
    api = ReadApi(reader, access)
    assistants = McpEndpoint(Protocol(reader, access), access, api.threads)
    app = Starlette(
        routes=[*page_routes(), *open311.routes(), *api.routes(), *assistants.routes()],
        middleware=[
            Middleware(SecurityHeaders, headers={**HEADERS, **(HSTS if secure else {})}),
            Middleware(ClientAddress, settings=settings),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_names(settings.portal_host, settings.portal_address)),
        ],
        exception_handlers={HTTPException: refused_by_routes, Exception: unexpected},
    )
    app.state.site = site
    return app


def page_routes() -> list[Route | Mount]:
    """Return the routes of the citizens' pages."""
    receipt = "/case/{number}/{secret}"
    return [
        Route("/", start.start),
        Route("/ask", ask.ask),
        Route("/report", report.report),
        Route("/report", report.send_report, methods=["POST"]),
        Route("/report/map/{size}/{view}.svg", report.map_picture),
        Route("/case", my_case.my_case),
        Route(receipt, my_case.receipt_page),
        Route(receipt, reply.vote, methods=["POST"]),
        Route(f"{receipt}/service", my_case.say_service, methods=["POST"]),
        Route(f"{receipt}/reply", reply.to_receipt),
        Route(f"{receipt}/reply", reply.send_reply, methods=["POST"]),
        Route("/mails/{number}/{mark}", mails.mails),
        Route("/mails/{number}/{mark}", mails.change_mails, methods=["POST"]),
        Route("/open", open_problems.open_problems),
        Route("/open/{case_key}/seen", open_problems.see_too, methods=["POST"]),
        Route("/times", response_times.times_page),
        Route("/data", open_data.index),
        Route("/data/{file}", open_data.file),
        Route("/data/versions/{day}/{file}", open_data.version),
        Route("/notice", notice.notice),
        Route("/language/{language}", choose_language),
        Route("/alive", alive),
        Route("/static/identity.css", identity.identity_css),
        Route("/static/logo/{name}", identity.logo),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]


async def alive(_request: Request) -> Response:
    """Tell a monitor that the portal answers, even while pages are built."""
    return PlainTextResponse("alive\n")


def choose_language(request: Request) -> Response:
    """Store the language in a cookie and redirect back."""
    response = RedirectResponse(own_path(request.query_params.get("next", "/")), status_code=303)
    language = request.path_params["language"]
    if language in LANGUAGES:
        secure = request.app.state.site.secure
        response.set_cookie("language", language, 365 * 86400, samesite="strict", httponly=True, secure=secure)
    return response


async def refused_by_routes(request: Request, error: Exception) -> Response:
    """Answer an unknown address or method, under Open311 as its errors."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    if request.url.path.startswith(INTERFACES):
        response = ProblemError(PROBLEMS.get(status, "parameter"), "See /api/v1/openapi.json for what there is.").response()
    elif request.url.path.startswith(ROOT):
        words = MESSAGES.get(status, "this request cannot be answered")
        response = refusal(form_of(request), status, words)
    else:
        response = page(request, "refused.html", status=status, reason=REASONS.get(status, "broken"))
    response.headers.update(headers)
    return response


async def unexpected(request: Request, error: Exception) -> Response:
    """Answer after a fault of ours; its text stays in the log."""
    log.error("portal %s: %s", logged_path(request.url.path), type(error).__name__, exc_info=error)
    if request.url.path.startswith(INTERFACES):
        return ProblemError("fault", "The fault is in the log of the portal; ask its operator.").response()
    if request.url.path.startswith(ROOT):
        return refusal(form_of(request), 500, "the server cannot answer now: try again later")
    return page(request, "refused.html", status=500, reason="fault")
