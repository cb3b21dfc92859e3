"""Start the rig of each contact-centre system by its name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.django_helpdesk_rig import DjangoHelpdeskRig
from tests.support.mail_rig import email_rig
from tests.support.open311_rig import Open311Rig
from tests.support.request_tracker_rig import RequestTrackerRig
from tests.support.stubs.open311 import GeoReport
from tests.support.stubs.zammad import Zammad
from tests.support.ticket_rig import Rig
from tests.support.zammad_rig import ZammadRig


@contextmanager
def started(system: str, fixture: Callable[[str], Any]) -> Iterator[Rig]:
    """Start the server of a system and give its rig.

    `fixture` resolves the fixture of a slow server.
    """
    if system == "zammad":
        with Zammad() as zammad:
            yield ZammadRig(zammad)
    if system == "django_helpdesk":
        helpdesk = DjangoHelpdeskRig(fixture("helpdesk_url"))
        with helpdesk.staff:
            yield helpdesk
    if system == "email":
        with email_rig(fixture("imap_port")) as rig:
            yield rig
    if system == "rt":
        yield RequestTrackerRig(fixture("rt_url"), fixture("staff"))
    if system.startswith("open311"):
        with GeoReport(system.removeprefix("open311-")) as server:
            yield Open311Rig(server)
