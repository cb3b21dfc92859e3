"""List the addresses of the desk, each with its page and right."""

from collections.abc import Callable
from pathlib import Path

from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk.http.admission import SETUP
from desk.http.body_limit import UPLOAD
from desk.http.guard import staff_route
from desk.pages import (
    cases,
    citizens,
    explanations,
    forms,
    identity,
    inbox,
    known_answers,
    listed,
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
from desk.pages.admin import accounts, audit, gazetteer_upload, set_up, settings, setup, tokens
from desk.pages.admin.settings import trying
from desk.pages.analysis import dashboards, events, gold, profiles, warnings
from desk.pages.cases import actions, answers, bulk as cases_bulk, export as cases_export, listing
from desk.pages.messages import bulk, export as messages_export, finding
from desk.pages.reporting import assistant, forecast, outbox, report_requests, reports, subscriptions
from pipeline.context import Context

StaffPage = tuple[str, Callable[..., Response]]
"""Address and function. Of two addresses that fit a request the first one counts."""

READ: tuple[StaffPage, ...] = (
    ("/", today.home),
    ("/progress", today.progress),
    ("/posts", messages.posts),
    ("/posts/{post_id}", posts.post),
    ("/posts/{post_id}/words", explanations.explanations),
    ("/viewers", actions.viewers),
    ("/cases", cases.cases),
    ("/cases/{case_key}", cases.case),
    ("/cases/{case_key}/like", actions.like),
    ("/answers", answers.answers),
    ("/answers/known", known_answers.known_answers),
    ("/answers/proposals", known_answers.proposals),
    ("/map", map.map_page),
    ("/map/streets", map.map_streets),
    ("/review", review.review),
    ("/proposals", listed.proposals),
    ("/thanks", listed.thanks),
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
)
"""Pages of every user."""
EDIT: tuple[tuple[str, Callable[..., Response], str], ...] = (
    ("/answers/known/new", known_answers.new, "GET"),
    ("/answers/known/new", known_answers.add, "POST"),
    ("/answers/known/{id}", known_answers.known_answer, "GET"),
    ("/answers/known/{id}/{action}", known_answers.change, "POST"),
    ("/answers/proposals/{key}/refuse", known_answers.refuse, "POST"),
)
"""Known answers: pages and forms of those who approve answers."""
WORK: tuple[StaffPage, ...] = (
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
)
"""Forms of those who work cases and labels."""
OWN: tuple[StaffPage, ...] = (
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
)
"""Forms of every user, for what is their own."""
CHANGE: tuple[StaffPage, ...] = (
    ("/users", accounts.make),
    ("/users/revoke", accounts.revoke),
    ("/users/{name}/{action}", accounts.change),
    ("/tokens", tokens.make),
    ("/tokens/{name}/revoke", tokens.revoke),
    (UPLOAD, gazetteer_upload.upload),
    ("/settings/setup/gazetteer/{draft}/{action}", gazetteer_upload.decide),
    ("/settings/setup/{step}/{action}", set_up.change),
    ("/settings/{section}/{action}", settings.save),
    ("/sources/{name}/collect", sources.collect_now),
)
"""Forms of administrators."""
MANAGE: tuple[StaffPage, ...] = (
    ("/users", accounts.users),
    ("/audit", audit.audit),
    ("/audit.csv", audit.download),
    ("/tokens", tokens.tokens),
    ("/settings", settings.settings),
    ("/settings/setup", set_up.overview),
    ("/settings/setup/{step}", set_up.step),
    ("/settings/setup/gazetteer/{draft}", gazetteer_upload.preview),
    ("/settings/corrections.{form}", settings.corrections),
    ("/settings/triage/posts", trying.tried_posts),
    ("/settings/{section}", settings.section),
)
"""Pages of administrators."""
STATIC = Path(__file__).parent / "static"


def routes(context: Context) -> list[Route | Mount]:
    """Return all routes of the desk, in the order of trial."""
    return [*guarded_routes(), *open_routes(context)]


def guarded_routes() -> list[Route]:
    """Return the routes that ask for a user."""
    return [
        staff_route("/gold/gold.jsonl", gold.download, "work"),
        staff_route("/posts/export.{form}", messages_export.export_posts, "read"),
        staff_route("/cases/export.{form}", cases_export.export_cases, "read"),
        staff_route("/citizens/{author}", citizens.citizen, "work"),
        staff_route("/proposals.csv", listed.proposals_file, "work"),
        *(staff_route(path, endpoint, "read") for path, endpoint in READ),
        *(staff_route(path, endpoint, "approve", (method,)) for path, endpoint, method in EDIT),
        staff_route("/outbox", outbox.outbox, "approve"),
        staff_route("/outbox/{number:int}/{action}", outbox.change, "approve", ("POST",)),
        staff_route("/reports/{name}/{interval}/remark", reports.change_remark, "approve", ("POST",)),
        staff_route("/posts/{post_id}/original", forms.original, "originals", ("POST",)),
        staff_route("/posts/{post_id}/contact", forms.contact, "originals", ("POST",)),
        *(staff_route(path, endpoint, "work", ("POST",)) for path, endpoint in WORK),
        *(staff_route(path, endpoint, "read", ("POST",)) for path, endpoint in OWN),
        *(staff_route(path, endpoint, "manage", ("POST",)) for path, endpoint in CHANGE),
        *(staff_route(path, endpoint, "manage") for path, endpoint in MANAGE),
        staff_route("/logout", login.logout, "read", ("POST",)),
    ]


def open_routes(context: Context) -> list[Route | Mount]:
    """Return the routes that ask for no user: public pages, log-in, inbox."""
    return [
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
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
