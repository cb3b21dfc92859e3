"""Draws the dashboards before somebody asks: when what they show has changed and the change has come to rest."""

import logging
import threading

from core.errors import EscuchaError
from core.i18n.translate import LANGUAGES
from dashboards.panels import DASHBOARDS
from dashboards.render.dashboard import warm_up
from desk.state import Desk
from ledger import read
from ledger.read import Steps
from pipeline.context import now

LOOK_EVERY_S = 3.0
PAINT_S = 15.0
"""For each dashboard: nobody waits for it yet, so it may take longer than a page."""

log = logging.getLogger("escucha")


class ChartCache(threading.Thread):
    """One thread beside the pages. Each picture is kept by its content, so only panels whose numbers changed are drawn."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(name="painter", daemon=True)
        self.desk = desk
        self.stopping = threading.Event()

    def run(self) -> None:
        """Look every few seconds until told to stop."""
        warm_up()  # the drawing engine takes half a second to start
        seen, drawn, told = None, None, False
        while not self.stopping.wait(LOOK_EVERY_S):
            before, seen = seen, self.standing()
            if seen is None or seen == drawn or seen != before:  # away, known, or still moving
                continue
            try:
                self.paint()
                drawn, told = seen, False
            except EscuchaError as error:
                if not told:  # once an outage, not every few seconds
                    log.info("desk: the dashboards could not be drawn ahead: %s", error)
                told = True

    def paint(self) -> None:
        """Draw every dashboard in every language of the desk.

        Raises:
            UnavailableError: the search engine does not answer now.
        """
        for dashboard in DASHBOARDS:
            for language in LANGUAGES:
                self.desk.charts(dashboard, language, now(), PAINT_S)

    def standing(self) -> Steps | None:
        """What the pages show, in numbers; None when the ledger is busy or the index still lags behind it."""
        try:
            found = read.steps(self.desk.context.ledger)
        except EscuchaError as error:
            log.info("desk: the ledger does not answer the painter: %s", error)
            return None
        return None if found.index_pending else found
