"""Save views of posts and cases, and set alerts on them.

A saved view is the query of the page's ordinary address, so that it opens exactly the rows it showed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.profile.tables import check_mail_address
from core.errors import ConfigurationError, EscuchaError
from core.i18n.display_names import display_name
from desk.auth.security import User
from desk.bell import NEW
from desk.lens import Lens
from desk.lens.typed import understood
from desk.pages.input.kept import status_of
from desk.rendering import explain_error, language_of, page
from desk.state import Desk
from ledger import read
from ledger.read import SavedView, ViewAlert
from pipeline import saved_views
from pipeline.access import accounts
from pipeline.context import now
from pipeline.saved_views import MAIL, WEBHOOK

OUTSIDE = "This address is outside the council. Please ask an administrator to enter it."
Queries = Mapping[str, Callable[[Lens, QueryParams], dict[str, str]]]
"""Reads the parameters of a page's address that a view keeps, by page."""
HOURS = range(24)
USUAL_HOUR = 8
SHOWN = 6
"""Views shown in the head of a page; the others open with one click."""


@dataclass(frozen=True)
class SavedBar:
    """Describe the saved views in the head of a page."""

    page: str
    views: list[SavedView]
    current: SavedView | None
    alerts: dict[str, ViewAlert]
    """The reader's own, by view."""
    query: str
    """Of the view that is shown."""
    name: str
    """Suggested for it."""
    channels: list[str]
    needs: list[str]
    """What is missing for alerts by mail."""


def saved_bar(request: Request, page_name: saved_views.ViewPage, parameters: Mapping[str, str], about: str = "") -> SavedBar:
    """Describe the saved views that a reader sees on a page.

    `about`: first part of the name suggested for a new one.
    """
    desk, user = _desk(request), request.state.user
    views, query = read.saved_views(desk.context.ledger, user.name, page_name), urlencode(parameters)
    return SavedBar(
        page_name,
        views,
        next((one for one in views if one.query == query), None),
        {one.view: one for one in read.view_alerts(desk.context.ledger, user.name)},
        query,
        _suggested(request, parameters, about),
        channels_of(desk, user),
        needs_of(desk, user),
    )


def needs_of(desk: Desk, user: User) -> list[str]:
    """Return what alerts by mail lack, in the order to set it.

    `server`: a mail server; `account`: the desk has no users; `address`: the user has no mail address. Empty: nothing.
    """
    account = read.user(desk.context.ledger, user.name)
    found = [] if desk.context.settings.smtp_url is not None else ["server"]
    if account is None:
        return [*found, "account"]
    return found if account.mail else [*found, "address"]


def channels_of(desk: Desk, user: User) -> list[str]:
    """Return the channels that can alert a user.

    Webhooks reach systems of the council: leads alone set them.
    """
    found = []
    account = read.user(desk.context.ledger, user.name)
    if account is not None and account.mail and desk.context.settings.smtp_url is not None:
        found.append(MAIL)
    return found + ([WEBHOOK + one.url for one in desk.context.city.webhooks] if user.may("approve") else [])


def _suggested(request: Request, parameters: Mapping[str, str], about: str) -> str:
    """Return a name made of the filters: `Noise · Salamanca`."""
    language, lens, city = language_of(request), request.state.lens, request.app.state.desk.context.city
    parts = [about] if about else []
    parts += [value if name == "district" else display_name(name, value, language) for name, value in lens.filters.items()]
    kinds = {"case_kind": "case_kind", "kind": "case_kind", "decision": "decision", "state": "state"}
    parts += [display_name(kind, parameters[name], language) for name, kind in kinds.items() if name in parameters]
    parts += [city.display_name("department", parameters["department"], language)] if "department" in parameters else []
    parts += [f"“{parameters['q']}”"] if "q" in parameters else []
    return " · ".join(parts)[: saved_views.LONGEST_NAME]


def views(request: Request, error: str = "", status: int = 200) -> Response:
    """Show the own and the shared views, and their alerts.

    `?new=1` shows those with new matches."""
    desk, user = _desk(request), request.state.user
    ledger = desk.context.ledger
    alerts = {one.view: one for one in read.view_alerts(ledger, user.name)}
    account = read.user(ledger, user.name)
    new = read.new_matches(ledger, user.name, now() - NEW)
    only_new = request.query_params.get("new") == "1"
    return page(
        request,
        "views.html",
        status=status,
        error=error,
        views=[one for one in read.saved_views(ledger, user.name) if one.id in new or not only_new],
        new_matches=new,
        alerts=alerts,
        states=read.alert_states(ledger, [one.id for one in alerts.values()]),
        channels=channels_of(desk, user),
        needs=needs_of(desk, user),
        account=account,
        mails=desk.context.settings.smtp_url is not None,
        hours=HOURS,
        usual_hour=USUAL_HOUR,
        an_hour=desk.context.city.saved_views.told_per_hour,
        most=desk.context.city.saved_views.per_person,
    )


def save(queries: Queries) -> Callable[[Request, FormData], Response]:
    """Return the page that saves a view, for pages with these queries."""

    def endpoint(request: Request, form: FormData) -> Response:
        desk, user = _desk(request), request.state.user
        page_name = str(form.get("page", ""))
        if page_name not in ("posts", "cases"):
            raise HTTPException(404)
        shown = QueryParams(urlsplit(str(form.get("address", ""))).query)
        given = QueryParams(understood(desk, _page(page_name), shown, language_of(request)))
        query = urlencode(queries[page_name](Lens.read(given), given))
        shared = form.get("shared") == "1" and user.may("approve")
        view_id = saved_views.save(desk.context, user.name, _page(page_name), str(form.get("name", "")), query, shared)
        try:
            _set_alert(desk, view_id, user, form)
        except EscuchaError:
            saved_views.remove(desk.context, view_id, user.name, leads=False)
            raise
        return RedirectResponse(f"/{page_name}?{query}", status_code=303)

    return endpoint


def _page(name: str) -> saved_views.ViewPage:
    return "posts" if name == "posts" else "cases"


def change(request: Request, form: FormData) -> Response:
    """Change or remove a view, or the own alert on it."""
    desk, user = _desk(request), request.state.user
    context, who, view_id = desk.context, user.name, request.path_params["view_id"]
    leads = user.may("approve")
    try:
        match request.path_params["action"]:
            case "rename":
                saved_views.rename(context, view_id, str(form.get("name", "")), who, leads)
            case "share" | "unshare" if leads:
                saved_views.share(context, view_id, request.path_params["action"] == "share", who)
            case "remove":
                saved_views.remove(context, view_id, who, leads)
            case "alert":
                _set_alert(desk, view_id, user, form)
            case "pause" | "resume":
                saved_views.pause_alert(context, view_id, who, request.path_params["action"] == "pause")
            case "quiet":
                saved_views.remove_alert(context, view_id, who)
            case _:
                raise HTTPException(404)
    except ConfigurationError as error:
        return _refused(request, error)
    return RedirectResponse("/views", status_code=303)


def own_mail(request: Request, form: FormData) -> Response:
    """Set or remove the own mail address, for alerts and watched cases.

    Only administrators may enter one outside the council: what is mailed is for staff.
    """
    desk, user, mail = _desk(request), request.state.user, str(form.get("mail", "")).strip()
    who, domain = user.name, desk.context.settings.mail_from.rpartition("@")[2].strip("> ").lower()
    try:
        checked = check_mail_address(mail) if mail else None
    except ValueError:
        return views(request, "This is not an e-mail address, such as ana@example.org.", 400)
    if checked and not user.may("manage") and checked.rpartition("@")[2].lower() != domain:
        return views(request, OUTSIDE, 403)
    try:
        accounts.set_mail(desk.context.ledger, who, checked, who)
    except ConfigurationError as error:
        return _refused(request, error)
    return RedirectResponse("/views", status_code=303)


def _set_alert(desk: Desk, view_id: str, user: User, form: FormData) -> None:
    """Set the alert that a form asks for, if any."""
    wish, channels = str(form.get("alert", "")), channels_of(desk, user)
    if wish not in ("once", "daily"):
        return
    channel = str(form.get("channel") or (channels[0] if channels else MAIL))
    if channel.startswith(WEBHOOK) and not user.may("approve"):
        raise ConfigurationError("Your role does not allow this.")
    hour = str(form.get("hour") or USUAL_HOUR)
    if not (hour.isdecimal() and hour.isascii() and len(hour) <= 2):
        raise ConfigurationError("The hour of a digest is from 0 to 23.")
    saved_views.set_alert(desk.context, view_id, user.name, channel, int(hour) if wish == "daily" else None)


def _refused(request: Request, error: ConfigurationError) -> Response:
    return views(request, explain_error(request, error), status_of(error))


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
