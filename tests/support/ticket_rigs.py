"""List the contact-centre systems, and start the rig of each by its name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.django_helpdesk_rig import DjangoHelpdeskRig
from tests.support.mail_rig import email_rig
from tests.support.open311_rig import Open311Rig
from tests.support.request_tracker_rig import RequestTrackerRig
from tests.support.stubs.open311 import GeoReport
from tests.support.stubs.zammad import Zammad
from tests.support.ticket_rig import Rig
from tests.support.zammad_rig import ZammadRig

HTTP_SYSTEMS = [
    "open311-json",
    "open311-xml",
    "zammad",
    pytest.param("django_helpdesk", marks=pytest.mark.slow),
    pytest.param("rt", marks=pytest.mark.slow),
]
SYSTEMS = [*HTTP_SYSTEMS, pytest.param("email", marks=pytest.mark.slow)]


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


def enter(request: pytest.FixtureRequest, environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Start the system that a test's parameter names, and set its environment."""
    with started(request.param, request.getfixturevalue) as found:
        for name, value in found.environment.items():
            environment.setenv(name, value)
        yield found
