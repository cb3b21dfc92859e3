"""Build the desk's web application: routes, middleware and error pages."""

import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import EscuchaError
from core.web.client_address import ClientAddress
from core.web.own_paths import logged_path
from core.web.security_headers import HSTS, SecurityHeaders
from desk.auth.security import allowed_hosts, headers
from desk.http.admission import Admission
from desk.http.body_limit import BodyLimit, too_large
from desk.pages.input.kept import status_of
from desk.rendering import explain_error, page
from desk.routes import routes
from desk.state import Desk
from pipeline.context import Context
from search.queries import CircuitBreaker

log = logging.getLogger("escucha")


def create_app(context: Context) -> Starlette:
    """Build the application for an open context."""
    desk = Desk(context, CircuitBreaker(context.settings))
    app = Starlette(
        routes=routes(context),
        middleware=[
            Middleware(SecurityHeaders, headers={**headers(context.settings), **(HSTS if desk.secure else {})}),
            Middleware(ClientAddress, settings=context.settings),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(context.settings)),
            Middleware(BodyLimit),
            Middleware(Admission),
        ],
        exception_handlers={EscuchaError: known_error, 404: not_found, 405: not_allowed, 413: too_large},
    )
    app.state.desk = desk
    return app


async def known_error(request: Request, error: Exception) -> Response:
    """Return a page with the message of an Escucha error.

    The message says what the user should do.
    """
    status = status_of(error) if isinstance(error, EscuchaError) else 500
    log.warning("desk %s: %s", logged_path(request.url.path), error)
    return page(request, "error.html", status=status, message=explain_error(request, error))


async def not_allowed(request: Request, _error: Exception) -> Response:
    """Redirect from the address of a form to its page.

    A browser opens such an address when a user chooses another language, or reloads after a refusal.
    """
    if request.method != "GET":
        return page(request, "error.html", status=405, message="This address takes no such request.")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(request.url.path.rpartition("/")[0] + query or "/", status_code=303)


async def not_found(request: Request, _error: Exception) -> Response:
    """Return the page for an unknown page, post or case."""
    return page(
        request, "error.html", status=404, message="Not found. The content may have been erased, or its retention period has ended."
    )
