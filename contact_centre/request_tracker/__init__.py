"""Request Tracker 5: each case becomes one ticket in the council's queue, and the ticket's state comes back.

Spoken over REST 2.0. What bit us, all seen on a real server (`.ci/request-tracker`):
- an unknown or forbidden custom field is dropped and the answer is still 201: each new ticket is looked up by its key;
- custom fields have no uniqueness: two creates at once give two tickets; the younger is merged into the older;
- a search hides merged tickets unless it mentions EffectiveId, and deleted ones always;
- PUT answers 200 for changes it did not make: what was asked is read back, under If-Match;
- `correspond` would mail the requestor and reopen the ticket: we only comment;
- dates in a query are read in the robot's time zone (a wrong one finds nothing, silently): no query has a date.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from contact_centre import http, ticket
from contact_centre.request_tracker import changes, client
from contact_centre.request_tracker.status import STATUSES, Meaning, case_status, parse_date
from core import records
from core.case import Case, Standing
from core.config import plugins
from core.config.city import City
from core.errors import ConfigurationError, RefusedError
from core.failpoints import failpoint
from core.post import Post
from core.user_agent import user_agent

NAME = "rt"
"""What a profile calls this system: `[contact_centre] system = "rt"`."""


class Options(records.Options):
    """`[contact_centre.options]` for `system = "rt"`."""

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    """Address of Request Tracker, as people open it: `https://rt.example.org` or `https://example.org/rt`."""
    queue: str
    """Queue for departments that name none of their own (`[[departments]] queue`)."""
    requestor: str = Field(pattern=r"^[^\s@<>,]+@[^\s@<>,]+$")
    """A mailbox of the council, which stands as the requestor of every ticket; never a citizen's."""
    key_field: str = Field("CaseKey", pattern=r"^[^{}'\"\\]+$")
    """Custom field that holds our case key."""
    fields: dict[Literal["topic", "department", "district", "barrio", "source"], str] = Field(default_factory=dict)
    """Further custom fields to fill: what goes in = the field's name."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Statuses of your own lifecycle, and what they mean here: `waiting = "assigned"`."""
    reopen_status: str = "open"
    """Status a closed ticket gets when new posts come within `[triage] reopen_days`."""
    priorities: tuple[int, int, int, int, int] = (0, 25, 50, 75, 100)
    """Priority in Request Tracker of our 1 (low) to 5 (urgent)."""
    timeout_s: float = Field(30, gt=0, le=600)
    """Seconds to wait for an answer."""


class Secrets(plugins.Secrets):
    """`ESCUCHA_RT_TOKEN`, a token of the robot user; or `ESCUCHA_RT_USER` and `ESCUCHA_RT_PASSWORD`."""

    rt_user: str = ""
    rt_password: SecretStr = SecretStr("")
    rt_token: SecretStr = Field(SecretStr(""), validate_default=True)

    @field_validator("rt_token")
    @classmethod
    def _some_login(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        password = info.data.get("rt_password")
        if not token.get_secret_value() and not (info.data.get("rt_user") and password and password.get_secret_value()):
            raise ValueError("set ESCUCHA_RT_TOKEN, or ESCUCHA_RT_USER and ESCUCHA_RT_PASSWORD")
        return token


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """The number of this case's ticket: the one it has, else a new one."""
    asked = {
        "Queue": _queue(city, options, case),
        "Subject": ticket.subject(case),
        "Requestor": options.requestor,
        "Content": ticket.body(city, case, posts, desk_url),
        "ContentType": "text/plain",
        "Priority": _priority(options, case),
        "Due": f"{case.due_at:%Y-%m-%dT%H:%M:%SZ}",
        "RefersTo": ticket.case_address(desk_url, case),
        "CustomFields": {options.key_field: case.key, **_filled(city, options, case, posts)},
    }
    with _server(city, options, secrets) as server:
        known = client.find_tickets(server, options.key_field, case.key)
        if known:
            return known[0]
        made = str(http.ask(server, "POST", "ticket", json=asked).json()["id"])
        failpoint("rt.posted")
        return client.settled(server, options.key_field, case.key, made)


def append(
    city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str
) -> None:
    """Add the new posts as one comment; raise the priority, and open the ticket again when it was closed lately."""
    if not posts:  # erased since they were to be delivered: nothing is left to say
        return
    mark, text = f"escucha:{note_key}", ticket.note(city, case, posts)
    wish = changes.Wish(
        priority=_priority(options, case),
        newest=max(post.received_at for post in posts),
        window=timedelta(days=city.triage.reopen_days),
        reopen_status=options.reopen_status,
        meanings={**STATUSES, **options.statuses},
    )
    with _server(city, options, secrets) as server:
        number = str(client.fetch_ticket(server, reference)["id"])
        if client.has_note(server, number, mark):
            return
        changes.carry_out(server, number, wish)
        said = {"Subject": mark, "Content": text, "ContentType": "text/plain"}
        answer = http.ask(server, "POST", f"ticket/{number}/comment", json=said)
        failpoint("rt.commented")
        if not client.has_note(server, number, mark):
            raise RefusedError(
                f"ticket {number}: our comment cannot be read back (Request Tracker said: {http.error_text(answer)}): "
                "give the robot the right ShowTicketComments"
            )


def state(
    city: City, options: Options, secrets: Secrets, references: Sequence[str], since: datetime | None
) -> dict[str, Standing]:
    """Where these tickets stand, as far as they changed since then (to the second); `gone` when one no longer exists."""
    meanings, found = {**STATUSES, **options.statuses}, {}
    second = None if since is None else since.replace(microsecond=0)  # the server knows no smaller step
    with _server(city, options, secrets) as server:
        seen = client.tickets(server, references)
        for reference in references:
            row = seen.get(reference) or client.by_number(server, reference)
            if row is None:
                found[reference] = Standing(state="gone", updated_at=datetime.now(UTC))
                continue
            merged = str(row["EffectiveId"]) != reference
            if not merged and not client.values(row, options.key_field):
                raise ConfigurationError(
                    f"ticket {reference} at {options.url} has no case key in '{options.key_field}', so it is not ours: "
                    "is this still the Request Tracker that the cases were delivered to?"
                )
            if merged or second is None or parse_date(row["LastUpdated"]) >= second:
                history = [] if merged else client.history(server, reference)
                found[reference] = case_status(reference, row, history, meanings)
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove login, queues, custom fields and the right to create; with a ticket of ours, also to comment and to change."""
    of_kinds = {route.queue for route in city.kinds.values() if route.queue}
    queues = sorted({options.queue, *of_kinds, *(d.queue for d in city.departments if d.queue)})
    with _server(city, options, secrets) as server:
        version = http.ask(server, "GET", "rt").json()["Version"]
        for name in queues:
            client.check_queue(server, name, [options.key_field, *options.fields.values()])
        number = client.check_rights(server, options.key_field, queues)
    rights = f"comments and changes allowed at ticket {number}" if number else "commenting shows with the first ticket"
    return f"Request Tracker {version} at {options.url} takes cases in {', '.join(queues)}; {rights}"


def address(options: Options, reference: str) -> str:
    """The ticket's page."""
    return f"{options.url.rstrip('/')}/Ticket/Display.html?id={reference}"


@contextmanager
def _server(city: City, options: Options, secrets: Secrets) -> Iterator[httpx.Client]:
    token, password = secrets.rt_token.get_secret_value(), secrets.rt_password.get_secret_value()
    headers = {"Accept": "application/json", "User-Agent": user_agent(city)}
    headers |= {"Authorization": f"token {token}"} if token else {}
    login = None if token else (secrets.rt_user, password)
    with (
        http.connect(f"{options.url.rstrip('/')}/REST/2.0", options.timeout_s, headers, login) as server,
        http.parse_answer(server),
    ):
        yield server


def _queue(city: City, options: Options, case: Case) -> str:
    """Return where a case goes: the queue of its kind, else of its department, else the one for all."""
    if queue := city.route(case.kind).queue:
        return queue
    named = [d.queue for d in city.departments if d.name == case.department and d.queue]
    return named[0] if named else options.queue


def _priority(options: Options, case: Case) -> int:
    return options.priorities[min(max(case.priority, 1), 5) - 1]


def _filled(city: City, options: Options, case: Case, posts: Sequence[Post]) -> dict[str, str]:
    """The further custom fields this case has something for."""
    known = {
        "topic": ticket.service(city, case),
        "department": case.department,
        "district": case.district,
        "barrio": case.barrio,
        "source": posts[0].source if posts else None,
    }
    return {field: ticket.one_line(known[name] or "") for name, field in options.fields.items() if known[name]}
