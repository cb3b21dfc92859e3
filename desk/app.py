"""Build the desk's web application: routes, access rights and error pages."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.errors import EscuchaError
from core.web.client_address import ClientAddress, caller
from core.web.security_headers import HSTS, SecurityHeaders
from desk.auth.security import User, allowed_hosts, headers
from desk.auth.sessions import csrf_is_valid
from desk.http.admission import SETUP, Admission
from desk.http.body_limit import MAX_FORM_BYTES, BodyLimit, too_large
from desk.lens import Lens, LensError
from desk.lens.links import with_lens
from desk.pages import (
    cases,
    explanations,
    forms,
    identity,
    inbox,
    known_answers,
    login,
    map,
    messages,
    posts,
    public,
    review,
    search,
    sources,
    today,
    views,
)
from desk.pages.admin import accounts, audit, settings, setup, tokens
from desk.pages.admin.settings import trying
from desk.pages.analysis import dashboards, events, gold, profiles, warnings
from desk.pages.cases import actions, answers, bulk as cases_bulk, listing
from desk.pages.input.kept import status_of, typed_in_request, typed_texts
from desk.pages.messages import bulk, export, finding
from desk.pages.reporting import assistant, forecast, report_requests, reports, subscriptions
from desk.rendering import address_of, explain_error, page
from desk.state import Desk
from pipeline.context import Context
from search.queries import CircuitBreaker

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
        """Handle a form of this user."""
        desk: Desk = request.app.state.desk
        form = await request.form()
        if not desk.limit.admits(user.name, caller(request.client.host if request.client else "")):
            message = "Too many changes in a short time. Please wait a minute."
            return page(request, "error.html", status=429, message=message, typed=typed_texts(form))
        if not csrf_is_valid(request, str(form.get("csrf", ""))):
            return page(request, "error.html", status=403, message=STALE_FORM, typed=typed_texts(form))
        try:
            return await run_in_threadpool(self.endpoint, request, form)
        except EscuchaError as error:
            log.warning("desk %s: %s", request.url.path, error)
            status = status_of(error)
            message = explain_error(request, error)
            return page(request, "error.html", status=status, message=message, typed=typed_texts(form))


def _redirected(response: Response, lens: Lens) -> Response:
    """Keep the lens in a redirect to another page of the desk."""
    if isinstance(response, RedirectResponse):
        response.headers["location"] = with_lens(response.headers["location"], lens.parameters)
    return response


def staff_routes(path: str, endpoint: Callable[..., Response], right: str, methods: Sequence[str] = ("GET",)) -> Route:
    """Return the route of a page that only staff may see."""
    return Route(path, GuardedPage(endpoint, right).handle, methods=list(methods))


async def known_error(request: Request, error: Exception) -> Response:
    """Return a page with the message of an Escucha error.

    The message says what the user should do.
    """
    status = status_of(error) if isinstance(error, EscuchaError) else 500
    log.warning("desk %s: %s", request.url.path, error)
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
        request,
        "error.html",
        status=404,
        message="Not found. The content may have been erased, or its retention period has ended.",
    )


def create_app(context: Context) -> Starlette:
    """Build the application for an open context."""
    read = [
        ("/", today.home),
        ("/progress", today.progress),
        ("/posts", messages.posts),
        ("/posts/{post_id}", posts.post),
        ("/posts/{post_id}/words", explanations.explanations),
        ("/cases", cases.cases),
        ("/cases/{case_key}", cases.case),
        ("/cases/{case_key}/like", actions.like),
        ("/answers", answers.answers),
        ("/answers/known", known_answers.known_answers),
        ("/answers/proposals", known_answers.proposals),
        ("/map", map.map_page),
        ("/map/streets", map.map_streets),
        ("/review", review.review),
        ("/dashboards", dashboards.dashboards),
        ("/dashboards/{key}", dashboards.dashboard),
        ("/dashboards/{key}/{file}", dashboards.panel_file),
        ("/events", events.events),
        ("/events/{number:int}", events.event),
        ("/gold", gold.gold),
        ("/profiles", profiles.profiles),
        ("/profiles/{kind}/{name}", profiles.profile),
        ("/profiles/{kind}/{name}/{file}", profiles.panel_file),
        ("/reports", reports.reports),
        ("/reports/{name}/{interval}", reports.report),
        ("/reports/{name}/{interval}/{file}", reports.report_file),
        ("/subscriptions", subscriptions.subscriptions),
        ("/subscriptions/{id}", subscriptions.subscription),
        ("/subscriptions/{id}/preview", subscriptions.preview_one),
        ("/reports-asked/{job}", report_requests.progress),
        ("/sources", sources.sources),
        ("/sources/{name}/refused", sources.refused),
        ("/forecast", forecast.forecast),
        ("/warnings", warnings.warnings),
        ("/warnings/{number:int}", warnings.warning),
        ("/views", views.views),
        ("/account", accounts.account),
        ("/shortcuts", search.shortcuts),
        ("/search", search.search),
    ]
    manage = [
        ("/users", accounts.users),
        ("/audit", audit.audit),
        ("/audit.csv", audit.download),
        ("/tokens", tokens.tokens),
        ("/settings", settings.settings),
        ("/settings/corrections.{form}", settings.corrections),
        ("/settings/triage/posts", trying.tried_posts),
        ("/settings/{section}", settings.section),
    ]
    change = [
        ("/users", accounts.make),
        ("/users/revoke", accounts.revoke),
        ("/users/{name}/{action}", accounts.change),
        ("/tokens", tokens.make),
        ("/tokens/{name}/revoke", tokens.revoke),
        ("/settings/{section}/{action}", settings.save),
        ("/sources/{name}/collect", sources.collect_now),
        ("/mails/retry", sources.retry_mails),
    ]
    edit: list[tuple[str, Callable[..., Response], tuple[str, ...]]] = [
        ("/answers/known/new", known_answers.new, ("GET",)),
        ("/answers/known/new", known_answers.add, ("POST",)),
        ("/answers/known/{id}", known_answers.known_answer, ("GET",)),
        ("/answers/known/{id}/{action}", known_answers.change, ("POST",)),
        ("/answers/proposals/{key}/refuse", known_answers.refuse, ("POST",)),
    ]
    own = [
        ("/account/password", accounts.own_password),
        ("/account/revoke", accounts.own_revoke),
        ("/subscriptions", subscriptions.make),
        ("/subscriptions/preview", subscriptions.preview),
        ("/subscriptions/{id}/{action}", subscriptions.change),
        ("/reports/{name}/{interval}/summary", assistant.summary),
        ("/posts/{post_id}/translation", assistant.translation),
        ("/cases/my-department", listing.choose_department),
        ("/views/save", views.save({"posts": finding.view_parameters, "cases": listing.view_parameters})),
        ("/views/mail", views.own_mail),
        ("/views/{view_id}/{action}", views.change),
    ]
    work = [
        ("/cases/bulk", cases_bulk.on_chosen),
        ("/events/add", events.add),
        ("/gold/{action}", gold.change),
        ("/reports", report_requests.ask),
        ("/events/{number:int}/{action}", events.change),
        ("/cases/{case_key}/draft", answers.on_case),
        ("/cases/{case_key}/preview", answers.preview_on_case),
        ("/cases/{case_key}/assist", assistant.on_case),
        ("/posts/{post_id}/assist", assistant.on_post),
        ("/cases/{case_key}/{action}", forms.on_case),
        ("/posts/bulk", bulk.on_chosen),
        ("/posts/{post_id}/answer", answers.on_post),
        ("/posts/{post_id}/preview", answers.preview_on_post),
        ("/answers/{key}/{action}", answers.on_answer),
        ("/posts/{post_id}/correct", forms.correct),
        ("/review/{post_id}/{action}", forms.on_review),
    ]
    routes: list[Route | Mount] = [staff_routes(path, endpoint, "read") for path, endpoint in read]
    routes += [staff_routes(path, endpoint, "approve", methods) for path, endpoint, methods in edit]
    routes.insert(0, staff_routes("/posts/export.{form}", export.export_posts, "work"))
    routes.insert(0, staff_routes("/gold/gold.jsonl", gold.download, "work"))
    routes += [staff_routes("/reports/{name}/{interval}/remark", reports.change_remark, "approve", ("POST",))]
    routes += [staff_routes("/posts/{post_id}/original", forms.original, "originals", ("POST",))]
    routes += [staff_routes("/posts/{post_id}/contact", forms.contact, "originals", ("POST",))]
    routes += [staff_routes(path, endpoint, "work", ("POST",)) for path, endpoint in work]
    routes += [staff_routes(path, endpoint, "read", ("POST",)) for path, endpoint in own]
    routes += [staff_routes(path, endpoint, "manage", ("POST",)) for path, endpoint in change]
    routes += [staff_routes(path, endpoint, "manage") for path, endpoint in manage]
    routes += [
        staff_routes("/logout", login.logout, "read", ("POST",)),
        Route("/public", public.times),
        Route("/public/data.{form}", public.data),
        Route("/notice", public.notice),
        Route("/unsubscribe/{id}/{signature}", subscriptions.unsubscribe, methods=["GET", "POST"]),
        Route("/language/{language}", login.choose_language),
        Route("/theme/{value}", identity.choose_theme),
        Route("/shortcuts/{value}", identity.choose_shortcuts),
        Route("/static/identity.css", identity.identity_css),
        Route("/static/logo", identity.logo),
        Route(SETUP, setup.first_user, methods=["GET", "POST"]),
        Route("/login", login.login, methods=["GET", "POST"]),
        Route("/alive", login.alive),
        Route("/inbox", inbox.InboxEndpoint(context).handle, methods=["POST"]),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    desk = Desk(context, CircuitBreaker(context.settings))
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, headers={**headers(context.settings), **(HSTS if desk.secure else {})}),
            Middleware(ClientAddress, settings=context.settings),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(context.settings)),
            Middleware(BodyLimit),
            Middleware(Admission),
        ],
        exception_handlers={EscuchaError: known_error, 404: not_found, 405: not_allowed, 413: too_large},
    )  # fmt: skip
    app.state.desk = desk
    return app
