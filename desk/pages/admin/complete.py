"""Show what the city's set-up still lacks."""

from starlette.requests import Request
from starlette.responses import Response

from desk.rendering import page
from desk.state import Desk
from pipeline.city.completeness import completeness


def complete(request: Request) -> Response:
    """List what is missing, what that costs and how to mend it."""
    desk: Desk = request.app.state.desk
    return page(request, "complete.html", found=completeness(desk.context), file=desk.context.city_path.name)
