"""Raise cases as tickets in Zammad and follow them.

Pitfalls, from Zammad's source and issues:
- an unknown ticket attribute is dropped and the answer is still 201: each new ticket is looked up by its key;
- a text query is answered from an index that lags behind, a condition from the database: only conditions are used;
- nothing keeps a key unique: of two concurrent creates the younger ticket is merged into the older;
- a failed merge is answered with 200 and `"result": "failed"`;
- a public article may be mailed to the customer: ours are internal notes, and the customer is a mailbox of the council.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr

from contact_centre import http, routing, ticket_system
from contact_centre.procedure import DriverSettings, Procedure
from contact_centre.ticket_system import Meaning
from contact_centre.zammad import client
from contact_centre.zammad.driver import Zammad
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "zammad"`."""

    group: str
    """Group for departments that name none of their own (`[[departments]] queue`)."""
    customer: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the customer of every ticket; never a citizen's."""
    key_field: str = Field(
        "escucha_key", pattern=shaped(r"^[a-z][a-z0-9_]*$", "not the name of an attribute, in small letters: 'escucha_key'")
    )
    """Ticket attribute that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """States of your own, and what they mean here: `"with contractor" = "assigned"`."""
    reopen_state: str = "open"
    """State a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_state: str = "closed"
    """State a ticket gets when its case is merged into another one on the desk."""
    priorities: tuple[str, str, str, str, str] = ("1 low", "1 low", "2 normal", "3 high", "3 high")
    """Names in Zammad of our priorities 1 (low) to 5 (urgent)."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_ZAMMAD_TOKEN`, an access token with the permission `ticket.agent`."""

    zammad_token: SecretStr


@contextmanager
def _connect(city: City, options: Options, secrets: Secrets) -> Iterator[Zammad]:
    ours = DriverSettings(
        key_field=options.key_field,
        fields=options.fields,
        statuses=options.statuses,
        mailbox=options.customer,
        queue=options.group,
        priorities=options.priorities,
        reopen=options.reopen_state,
        merged=options.merged_state,
    )
    authorization = f"Token token={secrets.zammad_token.get_secret_value()}"
    with ticket_system.open_server(city, options, "api/v1", authorization) as server:
        yield Zammad(server, ours)


_tickets = Procedure(_connect)
open_case, append, move = _tickets.open_case, _tickets.append, _tickets.move
note_merge, state = _tickets.note_merge, _tickets.state


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove the token, the groups and the attribute of the case key."""
    groups = routing.all_queues(city, options.group)
    with _connect(city, options, secrets) as system:
        server = system.server
        user = http.ask(server, "GET", "users/me").json()["login"]
        client.check_groups(server, groups)
        client.check_field(server, options.key_field)
    return f"Zammad at {options.url} takes cases of {user} in {', '.join(groups)}"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/#ticket/zoom/{reference}"
