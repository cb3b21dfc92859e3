"""Hold what all pages of the desk share.

That is the context, the search engine while it answers, and the users' limits.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TypeVar

from anyio import CapacityLimiter
from starlette.requests import Request

from core.errors import EscuchaError
from core.web.rate_limits import ChangeLimits, LoginLimits
from dashboards.ledger_count import count_dashboard
from dashboards.panels import Dashboard, Window
from dashboards.render.charts import Chart
from dashboards.render.dashboard import ask_dashboard, draw_rows
from desk.auth.security import LOCAL_USER, User, users_demanded
from desk.auth.sessions import signed_in
from desk.pages.admin.new_tokens import NewTokens
from desk.pages.admin.setup import FirstUser
from desk.rehearsals import Rehearsals
from desk.report_jobs import ReportJobs
from desk.search_watch import SearchWatch
from desk.shell import Shell
from ledger import read
from pipeline.casework.answering.search import AnswerFinder
from pipeline.context import Context
from pipeline.steps.answer import channels_sent_to
from search.queries import CircuitBreaker, Engine, ping

MAX_AGE = timedelta(seconds=15)
MOST_RENDERED = 200
"""Limit of cached renderings: each range of a user's own is one."""
T = TypeVar("T")

log = logging.getLogger("escucha")


@dataclass
class Desk:
    """Hold the desk's state; one per process."""

    context: Context
    breaker: CircuitBreaker
    limit: ChangeLimits = field(default_factory=ChangeLimits)
    logins: LoginLimits = field(default_factory=LoginLimits)
    hashers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    """Limit of concurrent password hashes: each takes 64 MB and a tenth of a second by design."""
    first_user: FirstUser = field(default_factory=FirstUser)
    report_jobs: ReportJobs = field(default_factory=ReportJobs)
    new_tokens: NewTokens = field(default_factory=NewTokens)
    rendered: dict[tuple[str, str, object], tuple[datetime, list[Chart]]] = field(default_factory=dict)
    rehearsals: Rehearsals = field(default_factory=Rehearsals)
    counting: Lock = field(default_factory=Lock)
    """Held while a page counts a dashboard in the ledger: of several users, one waits for the work and all get its result."""
    explaining: Lock = field(default_factory=Lock)
    """Held while a page annotates a post: the model is loaded once and serves one page at a time."""

    @cached_property
    def shell(self) -> Shell:
        """Return the frame of the pages, with its caches."""
        return Shell(self.context, self.counts, SearchWatch(self.engine))

    @cached_property
    def counts(self) -> read.PostCounts:
        """Return the counts of all posts by facet."""
        return read.PostCounts(self.context.ledger)

    @cached_property
    def answers(self) -> AnswerFinder:
        """Return the search of the city's known answers."""
        return AnswerFinder(self.context)

    @cached_property
    def sending_channels(self) -> frozenset[str]:
        """Return the channels that approved answers are sent to.

        Staff copy answers to the others by hand.
        """
        return channels_sent_to(self.context)

    def refresh(self) -> None:
        """Take over what an administrator changed of the profile, here or elsewhere."""
        before = self.context.city
        self.context.refresh()
        if self.context.city is not before:
            self.__dict__.pop("sending_channels", None)
            self.rehearsals.clear()

    @property
    def secure(self) -> bool:
        """Return True when the desk is reached by https.

        Cookies are then sent by https only.
        """
        return self.context.settings.desk_address.startswith("https://")

    def user(self, request: Request) -> User | None:
        """Return the user of this request; None when a log-in is required.

        Without users, a direct request from this machine is the local user's.
        """
        has_users = read.has_users(self.context.ledger)
        if not has_users and request.state.direct and not users_demanded(self.context.settings):
            return User(LOCAL_USER, "admin")
        return signed_in(self.context, request)

    def charts(
        self, dashboard: Dashboard, language: str, moment: datetime, seconds: float | None = None, view: Window | None = None
    ) -> list[Chart]:
        """Return a dashboard's charts, at most FRESH old.

        Several concurrent users thus cost one rendering. `view`: the period; None: 28 days up to `moment`.

        Raises:
            UnavailableError: the search engine did not answer within `seconds` (None: the limit of a page).
        """
        view = view or Window(now=moment, zone=self.context.city.zone)

        def render() -> list[Chart]:
            counted = self.ask(lambda engine: ask_dashboard(engine, dashboard, view), seconds)
            return draw_rows(counted, dashboard.panels, language, view)

        return self._fresh("search", dashboard, language, moment, view, render)

    def charts_of_ledger(self, dashboard: Dashboard, language: str, moment: datetime, view: Window) -> list[Chart]:
        """Return those of a dashboard's charts that the ledger can count."""

        def render() -> list[Chart]:
            counted = count_dashboard(self.context.ledger, dashboard, view)
            panels = [one for one in dashboard.panels if one.key in counted]
            return draw_rows([counted[one.key] for one in panels], panels, language, view)

        with self.counting:
            return self._fresh("ledger", dashboard, language, moment, view, render)

    def _fresh(
        self, counted_by: str, dashboard: Dashboard, language: str, moment: datetime, view: Window, render: Callable[[], list[Chart]]
    ) -> list[Chart]:
        """Return charts at most MAX_AGE old, or render them."""
        asked = replace(view, now=view.start if moment - view.now < MAX_AGE else view.now, earlier=None)
        bounds = None if view.earlier is None else view.earlier[0]  # its end moves with the present
        key = (dashboard.key, language, (counted_by, asked, bounds))
        rendered = self.rendered.get(key)
        if rendered is not None and moment - rendered[0] < MAX_AGE:
            return rendered[1]
        charts = render()
        if len(self.rendered) >= MOST_RENDERED:
            self.rendered.clear()
        self.rendered[key] = (moment, charts)
        return charts

    def ask(self, query: Callable[[Engine], T], seconds: float | None = None) -> T:
        """Run a query within a deadline.

        An engine that failed a moment ago is not queried again.

        Raises:
            UnavailableError: no answer in time, or the circuit breaker is open.
        """
        return self.breaker.ask(query, seconds)

    def engine(self) -> Engine | None:
        """Return the search engine; None when it does not answer now.

        Pages then say so and use the ledger.
        """
        try:
            return self.ask(ping)
        except EscuchaError as error:
            log.info("desk: %s", error)
            return None
