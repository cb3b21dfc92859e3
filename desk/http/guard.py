"""Guard the pages of staff: user, right, CSRF token, limit of changes."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.errors import EscuchaError
from core.web.client_address import caller
from core.web.own_paths import logged_path
from desk.auth.security import User
from desk.auth.sessions import csrf_is_valid
from desk.http.body_limit import MAX_FORM_BYTES
from desk.lens import Lens, LensError
from desk.lens.links import with_lens
from desk.pages.input.kept import status_of, typed_in_request, typed_texts
from desk.rendering import address_of, explain_error, page
from desk.state import Desk

log = logging.getLogger("escucha")
STALE_FORM = "This form is no longer valid. Please go back, reload the page and try again."
SESSION_OVER = "Your session has ended. Log in again, then send this again."


@dataclass
class GuardedPage:
    """Guard a staff page: check user, right and CSRF token.

    The page itself runs in a thread.
    """

    endpoint: Callable[..., Response]
    right: str

    async def handle(self, request: Request) -> Response:
        """Return the page, or a page that says why not."""
        desk: Desk = request.app.state.desk
        await run_in_threadpool(desk.refresh)
        user = await run_in_threadpool(desk.user, request)
        if user is None and request.method == "POST":
            kept = await typed_in_request(request, MAX_FORM_BYTES)
            return page(request, "error.html", status=401, message=SESSION_OVER, typed=kept)
        if user is None:
            return RedirectResponse(f"/login?next={quote(address_of(request))}", status_code=303)
        request.state.user = user
        if not user.may(self.right):
            return page(request, "error.html", status=403, message="Your role does not allow this.")
        try:
            request.state.lens = lens = Lens.read(request.query_params)
        except LensError as error:
            return page(request, "error.html", status=400, message=str(error))
        if request.method != "POST":
            return await run_in_threadpool(self.endpoint, request)
        return _redirected(await self._changed(request, user), lens)

    async def _changed(self, request: Request, user: User) -> Response:
        """Handle a form of this user, and close its files."""
        async with request.form() as form:
            return await self._sent(request, user, form)

    async def _sent(self, request: Request, user: User, form: FormData) -> Response:
        desk: Desk = request.app.state.desk
        if not desk.limit.admits(user.name, caller(request.client.host if request.client else "")):
            message = "Too many changes in a short time. Please wait a minute."
            return page(request, "error.html", status=429, message=message, typed=typed_texts(form))
        if not csrf_is_valid(request, str(form.get("csrf", ""))):
            return page(request, "error.html", status=403, message=STALE_FORM, typed=typed_texts(form))
        try:
            return await run_in_threadpool(self.endpoint, request, form)
        except EscuchaError as error:
            log.warning("desk %s: %s", logged_path(request.url.path), error)
            status = status_of(error)
            message = explain_error(request, error)
            return page(request, "error.html", status=status, message=message, typed=typed_texts(form))


def _redirected(response: Response, lens: Lens) -> Response:
    """Keep the lens in a redirect to another page of the desk."""
    if isinstance(response, RedirectResponse):
        response.headers["location"] = with_lens(response.headers["location"], lens.parameters)
    return response


def staff_route(path: str, endpoint: Callable[..., Response], right: str, methods: Sequence[str] = ("GET",)) -> Route:
    """Return the route of a page that only staff may see."""
    return Route(path, GuardedPage(endpoint, right).handle, methods=list(methods))
