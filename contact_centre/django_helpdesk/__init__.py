"""Raise cases as tickets in django-helpdesk and follow them.

Pitfalls, all seen on a real server (2.6.1):
- it has no search by field, and ignores a filter for one: the tickets opened since the case came are read and compared;
- an unknown custom field is dropped and the answer is still 201: each new ticket is looked up by its key;
- a follow-up with a title renames the ticket: ours have none, and end with their key;
- the comment of a follow-up is rendered as a template: braces are taken apart;
- the submitter is mailed on creation: it is a mailbox of the council;
- it gives no time of a ticket, only of its follow-ups, of which the first records the opening.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr

from contact_centre import http, routing, ticket_system
from contact_centre.django_helpdesk import client
from contact_centre.django_helpdesk.driver import DjangoHelpdesk
from contact_centre.procedure import DriverSettings, Procedure
from contact_centre.ticket_system import Meaning
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped


class Options(ticket_system.TicketOptions):
    """Define `[contact_centre.options]` for `system = "django_helpdesk"`."""

    queue: str = Field(pattern=shaped(r"^\d+$", "not the number of a queue, such as '1'"))
    """Number of the queue for departments that name none of their own (`[[departments]] queue`)."""
    submitter: str = Field(pattern=ticket_system.MAIL_ADDRESS)
    """A mailbox of the council, the submitter of every ticket; never a citizen's."""
    key_field: str = Field("casekey", pattern=shaped(r"^[a-z][a-z0-9_-]*$", "not the name of a field, in small letters: 'casekey'"))
    """Custom field that holds our case key."""
    statuses: dict[str, Meaning] = Field(default_factory=dict)
    """Numbers of further statuses in your settings, and what they mean here: `6 = "assigned"`."""
    reopen_status: int = 2
    """Status a closed ticket gets when new posts come within `[triage] reopen_days`."""
    merged_status: int = 5
    """Status a ticket gets when its case is merged into another one on the desk: 5 is *duplicate*."""
    priorities: tuple[int, int, int, int, int] = (5, 4, 3, 2, 1)
    """Priority there of our 1 (low) to 5 (urgent)."""
    page_size: int = Field(100, ge=5, le=500)
    """Tickets in one answer."""
    timeout_s: float = Field(60, gt=0, le=600)
    """Seconds to wait for an answer."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_DJANGO_HELPDESK_TOKEN`, a token of a staff user."""

    django_helpdesk_token: SecretStr


@contextmanager
def _connect(city: City, options: Options, secrets: Secrets) -> Iterator[DjangoHelpdesk]:
    ours = DriverSettings(
        key_field=options.key_field,
        fields=options.fields,
        statuses=options.statuses,
        mailbox=options.submitter,
        queue=options.queue,
        priorities=options.priorities,
        reopen=options.reopen_status,
        merged=options.merged_status,
    )
    authorization = f"Token {secrets.django_helpdesk_token.get_secret_value()}"
    with ticket_system.open_server(city, options, "api", authorization) as server:
        yield DjangoHelpdesk(server, ours, options.page_size)


_tickets = Procedure(_connect)
open_case, append, move = _tickets.open_case, _tickets.append, _tickets.move
note_merge, state = _tickets.note_merge, _tickets.state


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove the token, the custom fields and the queues."""
    queues = routing.all_queues(city, options.queue)
    with _connect(city, options, secrets) as system:
        server = system.server
        client.check_fields(server, [options.key_field, *options.fields.values()])
        for queue in queues:
            client.check_queue(server, queue)
        count = http.ask(server, "GET", "tickets/", params={"page_size": "1"}).json()["count"]
    return f"django-helpdesk at {options.url} takes cases in the queues {', '.join(queues)}; it has {count} tickets"


def address(options: Options, reference: str) -> str:
    """Build the address of the ticket's page."""
    return f"{options.page}/tickets/{reference}/"
