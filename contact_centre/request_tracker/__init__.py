"""Raise cases as tickets in Request Tracker 5 and follow them.

Uses REST 2.0. Pitfalls, all seen on a real server (`.ci/request-tracker`):
- an unknown or forbidden custom field is dropped and the answer is still 201: each new ticket is looked up by its key;
- custom fields have no uniqueness: two concurrent creates make two tickets; the younger is merged into the older;
- a search hides merged tickets unless it mentions EffectiveId, and deleted ones always;
- PUT answers 200 for changes it did not make: each change is read back, under If-Match;
- `correspond` would mail the requestor and reopen the ticket: only comments are used;
- dates in a query are read in the robot's time zone (a wrong one finds nothing, silently): no query has a date.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from contact_centre import http, routing, ticket_system
from contact_centre.procedure import DriverSettings, Procedure
from contact_centre.request_tracker import client
from contact_centre.request_tracker.driver import RequestTracker
from contact_centre.ticket_system import Meaning
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "rt"`."""

    queue: str
    """Queue for departments that name none of their own (`[[departments]] queue`)."""
    requestor: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the requestor of every ticket; never a citizen's."""
    key_field: str = Field(
        "CaseKey", pattern=shaped(r"^[^{}'\"\\]+$", "not the name of a custom field, without quotes and braces: 'CaseKey'")
    )
    """Custom field that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Statuses of your own lifecycle, and what they mean here: `waiting = "assigned"`."""
    reopen_status: str = "open"
    """Status a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_status: str = "rejected"
    """Status a ticket gets when its case is merged into another one on the desk; a merge in Request Tracker could not be undone."""
    priorities: tuple[int, int, int, int, int] = (0, 25, 50, 75, 100)
    """Priority in Request Tracker of our 1 (low) to 5 (urgent)."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_RT_TOKEN`, or `ESCUCHA_RT_USER` and `ESCUCHA_RT_PASSWORD`."""

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


@contextmanager
def _connect(city: City, options: Options, secrets: Secrets) -> Iterator[RequestTracker]:
    token, password = secrets.rt_token.get_secret_value(), secrets.rt_password.get_secret_value()
    login = None if token else (secrets.rt_user, password)
    ours = DriverSettings(
        key_field=options.key_field,
        fields=options.fields,
        statuses=options.statuses,
        mailbox=options.requestor,
        queue=options.queue,
        priorities=options.priorities,
        reopen=options.reopen_status,
        merged=options.merged_status,
    )
    authorization = f"token {token}" if token else ""
    with ticket_system.open_server(city, options, "REST/2.0", authorization, login) as server:
        yield RequestTracker(server, ours)


_tickets = Procedure(_connect)
open_case, append, move = _tickets.open_case, _tickets.append, _tickets.move
note_merge, state = _tickets.note_merge, _tickets.state


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove login, queues, custom fields and the right to create.

    Once a ticket of ours exists, also the rights to comment and to change.
    """
    queues = routing.all_queues(city, options.queue)
    with _connect(city, options, secrets) as system:
        server = system.server
        version = http.ask(server, "GET", "rt").json()["Version"]
        for name in queues:
            client.check_queue(server, name, [options.key_field, *options.fields.values()])
        number = client.check_rights(server, options.key_field, queues)
    rights = f"comments and changes allowed at ticket {number}" if number else "commenting shows with the first ticket"
    return f"Request Tracker {version} at {options.url} takes cases in {', '.join(queues)}; {rights}"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/Ticket/Display.html?id={reference}"
