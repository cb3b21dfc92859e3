"""Render the dashboards in advance, once their data has settled."""

import logging
import threading

from core.errors import EscuchaError
from dashboards.panels import DASHBOARDS
from dashboards.render.dashboard import warm_up
from desk.state import Desk
from ledger import read
from ledger.read import Steps
from pipeline.casework import grouping
from pipeline.context import now

CHECK_EVERY_S = 3.0
RENDER_S = 15.0
"""Limit for each dashboard: no user waits for it, so it may take longer than a page."""

log = logging.getLogger("escucha")


class ChartCache(threading.Thread):
    """Run one thread that renders dashboards after changes.

    Charts are cached by content, so only panels whose numbers changed are rendered.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="painter", daemon=True)
        self.desk = desk
        self.stopping = threading.Event()

    def run(self) -> None:
        """Check for changes every few seconds until stopped."""
        warm_up()  # the rendering engine takes half a second to start
        grouping.warm_up(self.desk.context)
        self._read_counts()
        seen, rendered, logged = None, None, False
        while not self.stopping.wait(CHECK_EVERY_S):
            before, seen = seen, self.current_counts()
            if seen is None or seen == rendered or seen != before:  # not available, rendered already, or still changing
                continue
            try:
                self.render_all()
                rendered, logged = seen, False
            except EscuchaError as error:
                if not logged:  # log once per outage, not every few seconds
                    log.info("desk: the dashboards could not be rendered in advance: %s", error)
                logged = True

    def _read_counts(self) -> None:
        """Read the counts that the first page would wait for."""
        try:
            self.desk.counts.values()
        except EscuchaError as error:
            log.info("desk: the ledger does not answer the chart cache: %s", error)

    def render_all(self) -> None:
        """Render every dashboard in the languages of the city.

        Other languages of the desk are rendered when they are asked for.

        Raises:
            UnavailableError: the search engine does not answer now.
        """
        for dashboard in DASHBOARDS:
            for language in self.desk.context.city.languages:
                self.desk.charts(dashboard, language, now(), RENDER_S)

    def current_counts(self) -> Steps | None:
        """Return the counts that pages show.

        None when the ledger is busy or the index lags behind it.
        """
        try:
            found = read.steps(self.desk.context.ledger)
        except EscuchaError as error:
            log.info("desk: the ledger does not answer the chart cache: %s", error)
            return None
        return None if found.index_pending else found
