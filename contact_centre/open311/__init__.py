"""Raise cases as Open311 service requests (GeoReport v2) and follow them.

Pitfalls of the standard and of servers:
- it has no idempotency and no search by our key: the description ends with `[case key]`, and requests are listed by service and
  date before each creation; a longer list than the server gives at once is read in shorter periods;
- ids come as numbers or text, and the first may be 0; `metadata` may be the text "true"; empty text means null;
- some servers refuse unknown parameters: only what is needed is sent;
- some answer 500 for an unknown id: only 404 means that a request no longer exists;
- it has no notes: new posts can be sent only where the server has FixMyStreet's `servicerequestupdates` (`updates = true`).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import Field, SecretStr

from contact_centre import http, routing, ticket
from contact_centre.marks import mark_of
from contact_centre.open311 import checks, client, fields, lookup
from contact_centre.open311.client import Server
from contact_centre.open311.status import STATUSES, Meaning, changed_at, request_status
from core import records
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped
from core.errors import RefusedError, UnavailableError
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.runtime.failpoints import failpoint
from core.user_agent import user_agent

log = logging.getLogger("escucha")
CLOCKS_DIFFER = timedelta(days=1)
"""A request is looked for from this long before its case was received."""
TOKEN = "token:"  # noqa: S105
"""Prefix of the reference of a request whose id the server has not assigned yet."""


class Options(records.Options):
    """Define `[contact_centre.options]` for `system = "open311"`."""

    url: str = Field(pattern=shaped(r"^https?://[^\s?#@]+$", "not the address of a system: 'https://tickets.example.org'"))
    """Address of the endpoint, as its discovery file names it: `https://example.org/open311/v2`."""
    service_code: str
    """Service for cases whose topic, kind and department name none of their own."""
    services: dict[str, str] = Field(default_factory=dict)
    """Service codes by topic: `street_lighting = "006"`. It comes before `queue` of the kind or department."""
    format: str = Field("json", pattern=shaped("^(json|xml)$", "write json or xml"))
    """`json`, or `xml`, the only one the standard requires of servers."""
    jurisdiction_id: str = ""
    """Only where the endpoint serves several cities."""
    email: str = Field("", pattern=shaped(r"^([^\s@<>,]+@[^\s@<>,]+)?$", "not one e-mail address, such as 'redes@example.org'"))
    """A mailbox of the council, given as the sender of every request; never a citizen's."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """Attributes that your services require, with a fixed value each."""
    fallback_address: str = ""
    """`address_string` of a case without a place. Empty: such a case is refused, for the standard demands a location."""
    page_size: int = Field(1000, ge=10, le=10_000)
    """The most requests the server lists at once; `escucha check` finds out when it is fewer."""
    paging: bool = False
    """Whether the server pages with `rows` and `start`, as Zaragoza's does."""
    updates: bool = False
    """Whether the server takes FixMyStreet's `servicerequestupdates`: new posts and reopening need it."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Further statuses of your server, and what they mean here: `waiting = "assigned"`."""
    reopen_status: str = "OPEN"
    """Status sent with an update that reopens a closed request within `[triage] reopen_days`."""
    token_polls: int = Field(5, ge=1, le=20)
    """How often the id behind a token is asked for at once; later runs ask again."""
    token_wait_s: float = Field(2, ge=0, le=30)
    """Seconds between these polls."""
    page_url: str = ""
    """Address of a request's page for people, with `{id}`: `https://example.org/report/{id}`."""
    timeout_s: float = Field(30, gt=0, le=600)
    """Seconds to wait for an answer."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_OPEN311_API_KEY`, the key the server demands for creating requests."""

    open311_api_key: SecretStr


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Return the id of the case's request; create it when missing.

    `token:...` while the server has not assigned the id.
    """
    code, since = _service(city, options, case), case.received_at - CLOCKS_DIFFER
    sent = {
        "api_key": secrets.open311_api_key.get_secret_value(),
        "service_code": code,
        "description": fields.described(ticket.body(city, case, posts, desk_url), case.key),
        **fields.location(case, options.fallback_address),
        **({"email": options.email} if options.email else {}),
        **{f"attribute[{name}]": value for name, value in options.attributes.items()},
    }
    with _server(city, options) as server:
        if known := lookup.find_requests(server, code, case.key, since):
            return known[0]
        made = client.create_request(server, sent)
        failpoint("open311.posted")
        number = made.get("service_request_id")
        if number is None and "token" in made:
            with suppress(UnavailableError):  # later runs ask for the token's id again
                number = client.poll_token(server, made["token"], options.token_polls, options.token_wait_s)
            if number is None:
                return TOKEN + made["token"]
        with http.confirm_sent(case.key):
            return lookup.settled(server, code, case.key, since, number)


def append(city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str) -> None:
    """Send the new posts as one update.

    Reopens a request closed within `[triage] reopen_days`.

    Raises:
        RefusedError: the server takes no updates, or the request no longer exists: the desk shows the new posts.
    """
    if not posts:  # erased before delivery: nothing is left to send
        return
    if not options.updates:
        raise RefusedError(
            f"request {reference}: this Open311 server takes no notes; the desk shows the new posts of case {case.key}. "
            "If the server has servicerequestupdates, set updates = true"
        )
    newest, since = max(post.received_at for post in posts), min(post.received_at for post in posts)
    text = ticket.note(city, case, posts)
    _update(city, options, secrets, reference, _Update(text, note_key, since - CLOCKS_DIFFER, newest))


def move(
    city: City,
    options: Options,
    secrets: Secrets,
    reference: str,
    case: Case,
    posts: Sequence[Post],  # noqa: ARG001  same form
    desk_url: str,  # noqa: ARG001
    note_key: str,
) -> None:
    """Say the service in one update; the standard cannot change it.

    Raises:
        RefusedError: the server takes no updates, or the request no longer exists.
    """
    if not options.updates:
        raise RefusedError(
            f"request {reference}: this Open311 server takes no notes: change its service there by hand. "
            "If the server has servicerequestupdates, set updates = true"
        )
    update = _Update(ticket.service_note(city, case), note_key, case.received_at - CLOCKS_DIFFER, None)
    _update(city, options, secrets, reference, update)


class _Update(NamedTuple):
    text: str
    note_key: str
    since: datetime
    """It was not sent before."""
    newest: datetime | None
    """When the newest of its posts reached us; None: it has none, and reopens nothing."""


def _update(city: City, options: Options, secrets: Secrets, reference: str, update: _Update) -> None:
    """Send an update unless the server has it already."""
    meanings = {**STATUSES, **options.statuses}
    key = f"escucha:{update.note_key}"
    with _server(city, options) as server:
        number = _number(server, reference)
        row = None if number is None else client.request_by_id(server, number)
        if number is None or row is None:
            raise RefusedError(f"request {reference} is not at the server: the desk shows the case and its new posts")
        if lookup.has_update(server, number, mark_of(key), update.since):
            return
        sent = {
            "api_key": secrets.open311_api_key.get_secret_value(),
            "service_request_id": number,
            "update_id": key,
            "updated_datetime": lookup.date_text(update.newest or datetime.now(UTC)),
            "status": fields.status_after(city, row, meanings, update.newest, options.reopen_status),
            "description": fields.described(update.text, key),
        }
        server.post("servicerequestupdates", sent)
        failpoint("open311.commented")
        if not lookup.has_update(server, number, mark_of(key), update.since):
            raise RefusedError(f"request {number}: the server does not show our note; set updates = false")


def state(
    city: City,
    options: Options,
    secrets: Secrets,  # noqa: ARG001
    references: Sequence[str],
    since: datetime | None,
) -> dict[str, ExternalStatus]:
    """Return the state of the requests that changed since then.

    `gone` when the server no longer has a request.
    """
    found: dict[str, ExternalStatus] = {}
    meanings = {**STATUSES, **options.statuses}
    second = None if since is None else since.replace(microsecond=0)  # servers give no smaller step
    with _server(city, options) as server:
        numbers = {reference: _number(server, reference) for reference in references}
        seen = client.requests_by_id(server, [number for number in numbers.values() if number is not None])
        for reference, number in numbers.items():
            if number is None:  # a token without an id yet: still new, so nothing has changed
                continue
            try:
                row = seen.get(number) or client.request_by_id(server, number)
            except UnavailableError as error:  # 500 for an unknown id proves nothing
                log.warning("follow: request %s: %s", number, error)
                continue
            if row is None:
                found[reference] = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
                continue
            fields.check_ours(row, options.url)
            if second is None or changed_at(row, city.zone) >= second:
                found[reference] = request_status(row, meanings, city.zone)
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:  # noqa: ARG001
    """Prove address, services, required attributes and the length of lists.

    The standard offers no way to prove the key without creating a request.
    """
    codes = sorted({*routing.all_queues(city, options.service_code), *options.services.values()})
    with _server(city, options) as server:
        rows = server.rows(server.get("services"))
        services = {row["service_code"]: row for row in rows if "service_code" in row}
        for code in codes:
            checks.check_service(server, services, code, list(options.attributes))
        checks.check_page_size(server)
        if options.updates:
            server.get("servicerequestupdates")
    return (
        f"Open311 at {options.url} takes cases in the services {', '.join(codes)}; the key shows with the first case, "
        f"{'new posts are sent as updates' if options.updates else 'new posts stay on the desk'}"
    )


def address(options: Options, reference: str) -> str:
    """Build the address of the request's page."""
    page = options.page_url or f"{options.url.rstrip('/')}/requests/{{id}}.{options.format}"
    return page.replace("{id}", reference)


@contextmanager
def _server(city: City, options: Options) -> Iterator[Server]:
    headers = {"Accept": f"application/{options.format}", "User-Agent": user_agent(city)}
    with http.connect(options.url, options.timeout_s, headers) as line, http.parse_answer(line):
        yield Server(line, options.format, options.jurisdiction_id, options.page_size, options.paging)


def _service(city: City, options: Options, case: Case) -> str:
    return options.services.get(case.topic) or routing.queue_of(city, case, options.service_code)


def _number(server: Server, reference: str) -> str | None:
    """Resolve a token to its id; None while there is none."""
    if not reference.startswith(TOKEN):
        return reference
    return client.poll_token(server, reference.removeprefix(TOKEN), polls=1, wait_s=0)
