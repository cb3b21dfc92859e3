"""What every page of the desk works with: the open house, the search engine when it answers, and the people at the desk."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from anyio import CapacityLimiter
from starlette.requests import Request

from core.errors import UnavailableError
from dashboards.charts import Chart
from dashboards.draw import draw_dashboard
from dashboards.panels import Dashboard
from desk.limits import ChangeLimits, LoginLimits
from desk.security import LOCAL_USER, User, users_demanded
from desk.sessions import signed_in
from desk.setup import FirstUser
from escucha.house import House
from ledger import read
from search.engine import Engine, connect

FRESH = timedelta(seconds=15)

log = logging.getLogger("escucha")


@dataclass
class Desk:
    """The desk's state; one a process."""

    house: House
    limit: ChangeLimits = field(default_factory=ChangeLimits)
    logins: LoginLimits = field(default_factory=LoginLimits)
    hashers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    """Passwords hashed at the same time: each takes 64 MB and a tenth of a second on purpose."""
    first_user: FirstUser = field(default_factory=FirstUser)
    _engine: Engine | None = None
    drawn: dict[tuple[str, str], tuple[datetime, list[Chart]]] = field(default_factory=dict)
    reading: Lock = field(default_factory=Lock)
    """Held while a page reads a post anew: the reader is loaded once and serves one page at a time."""

    @property
    def secure(self) -> bool:
        """Whether people reach the desk by https: cookies are sent no other way then."""
        return self.house.settings.desk_address.startswith("https://")

    def user(self, request: Request) -> User | None:
        """Who sends this request; the local user of a direct request where there are no users; None: please log in."""
        has_users = read.has_users(self.house.ledger)
        if not has_users and request.state.direct and not users_demanded(self.house.settings):
            return User(LOCAL_USER, "admin")
        return signed_in(self.house, request)

    def charts(self, engine: Engine, dashboard: Dashboard, language: str, moment: datetime) -> list[Chart]:
        """The charts of a dashboard, at most FRESH old: several people who look at once cost one drawing."""
        drawn = self.drawn.get((dashboard.key, language))
        if drawn is not None and moment - drawn[0] < FRESH:
            return drawn[1]
        charts = draw_dashboard(engine, self.house.city, dashboard, language, moment)
        self.drawn[dashboard.key, language] = (moment, charts)
        return charts

    def engine(self) -> Engine | None:
        """The search engine; None when it does not answer now (pages say so and use the ledger)."""
        if self._engine is not None and self._engine.answers():
            return self._engine
        try:
            self._engine = connect(self.house.settings, start_embedded=False)
        except UnavailableError as error:
            log.info("desk: %s", error)
            self._engine = None
        return self._engine
