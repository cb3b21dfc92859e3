"""What every page of the desk works with: the open house, the search engine when it answers, and the people at the desk."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from anyio import CapacityLimiter
from starlette.requests import Request

from core.errors import EscuchaError
from dashboards.panels import Dashboard
from dashboards.render.charts import Chart
from dashboards.render.dashboard import ask_dashboard, draw_rows
from desk.auth.security import LOCAL_USER, User, users_demanded
from desk.auth.sessions import signed_in
from desk.http.rate_limits import ChangeLimits, LoginLimits
from desk.pages.setup import FirstUser
from ledger import read
from pipeline.context import Context
from search.queries import CircuitBreaker, Engine, greeted

FRESH = timedelta(seconds=15)
T = TypeVar("T")

log = logging.getLogger("escucha")


@dataclass
class Desk:
    """The desk's state; one a process."""

    context: Context
    breaker: CircuitBreaker
    limit: ChangeLimits = field(default_factory=ChangeLimits)
    logins: LoginLimits = field(default_factory=LoginLimits)
    hashers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    """Passwords hashed at the same time: each takes 64 MB and a tenth of a second on purpose."""
    first_user: FirstUser = field(default_factory=FirstUser)
    drawn: dict[tuple[str, str], tuple[datetime, list[Chart]]] = field(default_factory=dict)
    reading: Lock = field(default_factory=Lock)
    """Held while a page reads a post anew: the reader is loaded once and serves one page at a time."""

    @property
    def secure(self) -> bool:
        """Whether people reach the desk by https: cookies are sent no other way then."""
        return self.context.settings.desk_address.startswith("https://")

    def user(self, request: Request) -> User | None:
        """Who sends this request; the local user of a direct request where there are no users; None: please log in."""
        has_users = read.has_users(self.context.ledger)
        if not has_users and request.state.direct and not users_demanded(self.context.settings):
            return User(LOCAL_USER, "admin")
        return signed_in(self.context, request)

    def charts(
        self, dashboard: Dashboard, language: str, moment: datetime, seconds: float | None = None
    ) -> list[Chart]:
        """The charts of a dashboard, at most FRESH old: several people who look at once cost one drawing.

        Raises:
            UnavailableError: the search engine did not answer within `seconds` (None: what a page may spend on it).
        """
        drawn = self.drawn.get((dashboard.key, language))
        if drawn is not None and moment - drawn[0] < FRESH:
            return drawn[1]
        city = self.context.city
        rows = self.ask(lambda engine: ask_dashboard(engine, city, dashboard, moment), seconds)
        charts = draw_rows(rows, city, dashboard, language)
        self.drawn[dashboard.key, language] = (moment, charts)
        return charts

    def ask(self, question: Callable[[Engine], T], seconds: float | None = None) -> T:
        """Ask the search engine within a deadline; one that failed a moment ago is not asked again.

        Raises:
            UnavailableError: no answer in time, or it is left alone for some seconds.
        """
        return self.breaker.ask(question, seconds)

    def engine(self) -> Engine | None:
        """The search engine; None when it does not answer now (pages say so and use the ledger)."""
        try:
            return self.ask(greeted)
        except EscuchaError as error:
            log.info("desk: %s", error)
            return None
