"""Lead citizens to the portal, and show the notice."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.i18n.display_names import display_name
from core.privacy.redaction.figures import load_figures
from core.records.post import is_example
from desk.rendering import language_of, page
from desk.state import Desk

FILES = ("csv", "json")
FRESH = {"Cache-Control": "public, max-age=60"}


def times(request: Request) -> Response:
    """Redirect to the city's response times on the portal."""
    return RedirectResponse(f"{_portal(request)}/times", status_code=307, headers=FRESH)


def data(request: Request) -> Response:
    """Redirect to the same numbers as open data on the portal."""
    form = request.path_params["form"]
    if form not in FILES:
        raise HTTPException(404)
    return RedirectResponse(f"{_portal(request)}/data/response-times.{form}", status_code=307, headers=FRESH)


def _portal(request: Request) -> str:
    desk: Desk = request.app.state.desk
    return desk.context.settings.portal_address


def notice(request: Request) -> Response:
    """Show the notice to citizens (GDPR Art. 14), filled from the profile."""
    desk: Desk = request.app.state.desk
    return page(
        request,
        "notice.html",
        sources=sorted(display_name("source", name, language_of(request)) for name in desk.context.sources if not is_example(name)),
        days=desk.context.city.retention.days,
        measured=load_figures(),
        contact=desk.context.takes_contacts,
    )
