"""Serve the pages of subscriptions to reports."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.config.city import City
from core.errors import ChangeRefusedError, ConfigurationError
from core.i18n.languages import NAMES, interface_languages
from core.records import Record
from core.records.subscription import EVERY, Subscription, SubscriptionMail
from desk.lens import Lens
from desk.pages.input.kept import status_of
from desk.pages.input.refused import refused_form
from desk.pages.reporting.report_form import Typed, scope_of, views
from desk.rendering import explain_error, language_of, page
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.access import accounts
from pipeline.context import now
from pipeline.subscriptions import changes
from pipeline.subscriptions.due import filters_of, next_due, sample_period
from pipeline.subscriptions.mail import parts
from pipeline.subscriptions.receivers import SENDS_OUTSIDE, receiver
from reports.build.asked import Asked, check_asked
from reports.output.mail_html import Mail
from reports.requested import FILTERED, KINDS, filter_words

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A mail carries its styles in its elements, and its images are shown from the page itself."""


CHOSEN: tuple[Literal["department", "district", "view"], ...] = ("department", "district", "view")
"""Kinds about what is chosen in the form, not about the filter of the desk."""


class Shown(Record):
    """Hold a subscription as the pages show it."""

    one: Subscription
    filter: str
    """In words."""
    next_at: datetime | None
    """When its next mail is due; None: it is paused."""
    last: SubscriptionMail | None
    problem: str
    """Why it gets no mail now; empty: it does."""


def subscriptions(request: Request, refused: str = "", status: int = 200, typed: FormData | None = None) -> Response:
    """List the own subscriptions, for administrators all, and the form."""
    desk: Desk = request.app.state.desk
    user, lens = request.state.user, request.state.lens
    is_admin = user.may("manage")
    found = [_shown(request, one) for one in read.subscriptions(desk.context.ledger)]
    return page(
        request,
        "subscriptions.html",
        status=status,
        mine=[shown for shown in found if shown.one.owner == user.name],
        others=[shown for shown in found if shown.one.owner != user.name] if is_admin else [],
        is_admin=is_admin,
        refused=refused,
        typed=_typed(request, typed),
        own_address=_own_address(desk, user.name),
        has_account=read.user(desk.context.ledger, user.name) is not None,
        sends_outside=user.role in SENDS_OUTSIDE,
        filter_words=filter_words(lens.filters, desk.context.city, language_of(request)),
        lens_bar=LensBar("all", periods=()),
        mails=desk.context.settings.smtp_url is not None,
        **_choices(request),
    )


def _choices(request: Request) -> dict[str, Any]:
    desk: Desk = request.app.state.desk
    return {
        "departments": [one.name for one in desk.context.city.departments],
        "districts": desk.shell.options()["district"],
        "saved": views(request),
        "kinds": list(KINDS),
        "filtered": FILTERED,
        "every": EVERY,
        "formats": changes.ALL_FORMATS,
        "spoken": [(one, NAMES.get(one, one)) for one in interface_languages("reports")],
    }


def _typed(request: Request, form: FormData | None) -> dict[str, str]:
    """Return the values of the form: those that were sent, else defaults."""
    values = changes.Wanted(report="summary", language=language_of(request)).model_dump(exclude={"filters"})
    values |= dict.fromkeys(("department", "district", "view"), "")
    return {name: str(value if form is None else form.get(name, value)) for name, value in values.items()}


def _own_address(desk: Desk, name: str) -> str:
    user = read.user(desk.context.ledger, name)
    return (user.mail or "") if user else ""


def _shown(request: Request, one: Subscription) -> Shown:
    desk: Desk = request.app.state.desk
    city, ledger = desk.context.city, desk.context.ledger
    try:
        receiver(ledger, one)
        problem = ""
    except ConfigurationError as error:
        problem = explain_error(request, error)
    return Shown(
        one=one,
        filter=filter_words(filters_of(one), city, language_of(request)),
        next_at=next_due(one, city.zone, now()) if one.state == "active" else None,
        last=next(iter(read.subscription_mails(ledger, one.id, 1)), None),
        problem=problem,
    )


def make(request: Request, form: FormData) -> Response:
    """Subscribe; a refused form is shown again."""
    desk: Desk = request.app.state.desk
    try:
        changes.subscribe(desk.context, _wanted(request, form), request.state.user.name)
    except ConfigurationError as error:
        kept = refused_form(request, error, "subscribe", "")
        return subscriptions(request, kept.message, kept.status, form)
    return RedirectResponse("/subscriptions", status_code=303)


def _wanted(request: Request, form: FormData) -> changes.Wanted:
    given = {name: str(form.get(name, "")) for name in ("report", "every", "format", "language", "address")}
    numbers = {name: _number(str(form.get(name, ""))) for name in ("weekday", "hour")}
    return changes.Wanted(**given, **numbers, filters=_filters(request, form, given["report"]))


def _filters(request: Request, form: FormData, kind: str) -> Mapping[str, str]:
    """Return what was chosen in the form, or the desk's filters.

    Raises:
        ConfigurationError: nothing was chosen, or what is not in the list.
    """
    if kind not in CHOSEN:
        lens: Lens = request.state.lens
        return lens.filters
    desk: Desk = request.app.state.desk
    chosen = {name: str(form.get(name, "")) for name in CHOSEN}
    scope = scope_of(request, Typed(kind=kind, language="", **chosen))
    check_asked(Asked(kind=kind, posts=scope), desk.context.city)
    if kind == "district" and scope.district not in desk.shell.options()["district"]:
        raise ChangeRefusedError("Choose the district of the report.")
    return scope.values


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else -1


def preview(request: Request, form: FormData) -> Response:
    """Show the mail that the form asks for; nothing is kept."""
    try:
        one = changes.prepare(_wanted(request, form), request.state.user.name)
    except ConfigurationError as error:
        kept = refused_form(request, error, "subscribe", "")
        return subscriptions(request, kept.message, kept.status, form)
    return _mail_page(request, one)


def preview_one(request: Request) -> Response:
    """Show the mail of a subscription, of the last period."""
    return _mail_page(request, _found(request))


def _mail_page(request: Request, one: Subscription) -> Response:
    desk: Desk = request.app.state.desk
    period = sample_period(one, desk.context.city.zone, now())
    _subject, mail, _file = parts(desk.context, one, period)
    what = f"{one.report}/{period.key(desk.context.city.zone)}"
    accounts.record_audit(desk.context, "report_opened", what, "preview of a mail", who=request.state.user.name)
    return HTMLResponse(with_images(mail), headers={"Content-Security-Policy": MAIL_POLICY})


def with_images(mail: Mail) -> str:
    """Return the page of a mail with its images inside."""
    html = mail.html
    for image in mail.images:
        html = html.replace(f"cid:{image.cid}", f"data:image/png;base64,{base64.b64encode(image.png).decode()}")
    return html


def subscription(request: Request, refused: str = "", status: int = 200) -> Response:
    """Show one subscription and the log of its mails."""
    desk: Desk = request.app.state.desk
    one = _found(request)
    return page(
        request,
        "subscription.html",
        status=status,
        shown=_shown(request, one),
        log=read.subscription_mails(desk.context.ledger, one.id),
        refused=refused,
        last_day=lambda mail: _last_day(mail, desk.context.city),
    )


def _last_day(mail: SubscriptionMail, city: City) -> datetime:
    """Return a moment of the last day of a mail's period."""
    return mail.end - (mail.end - mail.start) / 1000 if mail.end.astimezone(city.zone).hour == 0 else mail.end


def change(request: Request, form: FormData) -> Response:
    """Pause, resume or end a subscription, or retry a mail."""
    desk: Desk = request.app.state.desk
    one, action, who = _found(request), request.path_params["action"], request.state.user.name
    try:
        match action:
            case "pause" | "resume" | "end":
                state = {"pause": "paused", "resume": "active", "end": "ended"}[action]
                changes.set_state(desk.context, one, state, who)
            case "retry":
                changes.retry(desk.context, one, str(form.get("period", "")), who)
            case _:
                raise HTTPException(404)
    except ConfigurationError as error:
        return subscription(request, refused_form(request, error, action, "").message, status_of(error))
    return RedirectResponse("/subscriptions" if action == "end" else f"/subscriptions/{one.id}", status_code=303)


def _found(request: Request) -> Subscription:
    """Return the subscription of the address; others' only for administrators."""
    desk: Desk = request.app.state.desk
    user = request.state.user
    one = changes.find(desk.context, request.path_params["id"], user.name, is_admin=user.may("manage"))
    if one is None:
        raise HTTPException(404)
    return one


def unsubscribe(request: Request) -> Response:
    """End a subscription by the signed address in a mail.

    Opening it asks first, because mail scanners open every link. A POST ends it: the button of the page, or the mail program
    itself (RFC 8058).
    """
    desk: Desk = request.app.state.desk
    one = changes.by_link(desk.context, request.path_params["id"], request.path_params["signature"])
    if one is None:
        raise HTTPException(404)
    if request.method == "POST":
        changes.end_by_link(desk.context, one)
    ended = request.method == "POST" or one.state == "ended"
    return page(
        request, "unsubscribe.html", one=one, ended=ended, words=filter_words(filters_of(one), desk.context.city, language_of(request))
    )
