"""Kill `deliver` on a ticket system, then count tickets and notes."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx

from core.config.city import City
from ledger import read, reconciliation, schema
from ledger.delivery import deliveries
from pipeline.context import Context
from tests.support.django_helpdesk_rig import DjangoHelpdeskRig
from tests.support.django_helpdesk_server import helpdesk_server
from tests.support.fault_seed import city_in, opened, text_of, write_posts
from tests.support.kill_proxy import KillProxy
from tests.support.kill_series import ANY_TIME, KILLS, MOMENTS, THINGS, Killer, deliver_at
from tests.support.open311_rig import Open311Rig
from tests.support.request_tracker_rig import RequestTrackerRig
from tests.support.request_tracker_server import request_tracker_server
from tests.support.stubs.open311 import GeoReport
from tests.support.ticket_rig import Rig


@dataclass
class TicketSystem:
    """Hold a running system with the proxy before it."""

    rig: Rig
    proxy: KillProxy
    forget: Callable[[list[str]], object] = lambda _tickets: None
    """Removes tickets, where a long list of them would slow the system down."""

    @property
    def city(self) -> City:
        """Return a city that reaches the system through the proxy."""
        real = str(self.rig.table["url"])
        path = real.removeprefix(self.proxy.real.geturl())
        return city_in(self.rig.name, {**self.rig.table, "url": f"{self.proxy.url}{path}"})

    @property
    def environment(self) -> dict[str, str]:
        return self.rig.environment

    @property
    def boundaries(self) -> list[str]:
        point = self.rig.point or self.rig.name
        return [
            "deliver.claimed",
            *MOMENTS,
            f"{point}.posted",
            "deliver.sent",
            "ledger.commit",
            "ledger.committed",
            "deliver.stored",
            ANY_TIME,
        ]

    def series(self, killer: Killer, boundary: str | None, home: Path) -> Counter[str]:
        """Open tickets and add notes under kills; count what is wrong afterwards."""
        city = self.city
        work = partial(deliver_at, partial(opened, home, city))
        made = opened(home, city)
        at, run = datetime.now(UTC) - timedelta(hours=2), uuid4().hex
        kills = 0
        for again in (False, True):
            said = {f"{run}-{n}-{again}": text_of(n, again) for n in range(THINGS)}
            write_posts(made, "archive", said, at + timedelta(minutes=30 * again))
            if boundary is not None:
                kills += killer.kill(work, self._of(boundary, again), KILLS)
            killer.finish(work, lambda moment: not deliveries.waiting(made.ledger, self.rig.name, moment))
        found = self._reconcile(made)
        made.ledger.close()
        return found + Counter(kills=kills)

    @staticmethod
    def _of(boundary: str, is_note: bool) -> str:
        return boundary.replace(".posted", ".commented") if is_note else boundary

    def _reconcile(self, made: Context) -> Counter[str]:
        """Compare the ledger with what staff see there."""
        cases, found = list(read.case_records(made.ledger)), Counter[str]()
        assert len(cases) == THINGS
        tickets: list[str] = []
        for case in cases:
            there = self.rig.tickets(case.case_key)
            tickets += there
            found["lost"] += not there or case.reference not in there
            found["doubled"] += max(len(there) - 1, 0)
            notes = self.rig.notes(there[0]) if there else []
            found["lost"] += not notes
            found["doubled"] += max(len(notes) - 1, 0)
            found["things"] += 2
        lines = {line.name: line for line in reconciliation.balance_sheet(made.ledger, None)}
        found["unbalanced"] += sum(line.ok is False for line in lines.values())
        with made.ledger.read() as connection:
            states = connection.execute(schema.deliveries.select()).all()
        found["unknown"] += sum(row.state != "sent" for row in states)
        self.forget(tickets)
        return found


@contextmanager
def request_tracker(folder: Path) -> Iterator[TicketSystem]:
    """Start a real Request Tracker."""
    with ExitStack() as stack:
        url = stack.enter_context(request_tracker_server(folder))
        login = ("root", "rootpw-local")
        staff = stack.enter_context(httpx.Client(base_url=f"{url}/REST/2.0/", auth=login, timeout=120, trust_env=False))
        yield TicketSystem(RequestTrackerRig(url, staff), _before(stack, url))


@contextmanager
def django_helpdesk(folder: Path) -> Iterator[TicketSystem]:
    """Start a real django-helpdesk."""
    with ExitStack() as stack:
        url = stack.enter_context(helpdesk_server(folder))
        rig = DjangoHelpdeskRig(url)
        stack.enter_context(rig.staff)

        def forget(tickets: list[str]) -> None:
            for one in tickets:
                rig.remove(one)

        yield TicketSystem(rig, _before(stack, url), forget)


@contextmanager
def open311(_folder: Path) -> Iterator[TicketSystem]:
    """Start the test server of GeoReport v2, in XML and with updates."""
    with ExitStack() as stack:
        server = GeoReport("xml")
        stack.callback(server.close)
        yield TicketSystem(Open311Rig(server), _before(stack, server.url))


def _before(stack: ExitStack, url: str) -> KillProxy:
    proxy = KillProxy(url)
    stack.callback(proxy.close)
    return proxy
