"""Serves the desk: opens the house, sees that the search engine runs and is filled, and answers on its port until told to stop."""

import logging
import threading
from pathlib import Path

import uvicorn

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from desk.app import create_app
from desk.auth.security import refuse_plain_http, users_demanded
from desk.chart_cache import ChartCache
from desk.http.connection import server_config
from desk.pages.setup import LINE
from ledger import read
from ledger.read import check_whole
from pipeline.context import Context, open_context
from pipeline.index import index

log = logging.getLogger("escucha")
LEDGER_S = 20.0
"""What one question of a page to a ledger server may take."""


def serve(city_path: Path, settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        DamagedLedgerError: the ledger's file is damaged.
        ConfigurationError: the desk would speak plain HTTP on a network, or its port is taken.
    """
    refuse_plain_http(settings)
    with open_context(city_path, settings, LEDGER_S) as context:
        check_whole(context.ledger)
        threading.Thread(target=_fill, args=(context,), daemon=True, name="fill").start()
        app = create_app(context)
        ChartCache(app.state.desk).start()
        if users_demanded(settings) and not read.has_users(context.ledger):
            link = f"{settings.desk_address}/setup?once={app.state.desk.first_user.issue()}"
            log.warning("%s%s within one hour (it works once; a new start writes a new link)", LINE, link)
        try:
            uvicorn.Server(server_config(app, settings)).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the desk cannot listen on {settings.desk_host}:{settings.desk_port}; is it taken? Set ESCUCHA_DESK_PORT"
            ) from error
    return 0


def _fill(context: Context) -> None:
    """An embedded engine starts empty: fill it from the ledger while the pages open already."""
    try:
        index(context)
    except EscuchaError as error:
        log.warning("desk: the search engine could not be filled now: %s", error)
