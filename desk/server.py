"""Serve the desk on its port until stopped.

It opens the context and starts to fill the search engine in the background.
"""

import logging
import threading
from pathlib import Path

import uvicorn

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from core.web.connection import server_config
from desk.app import create_app
from desk.auth.security import refuse_plain_http, users_demanded
from desk.chart_cache import ChartCache
from desk.pages.admin.setup import LINE
from ledger import read
from ledger.read import check_whole
from pipeline.context import Context, open_context
from pipeline.steps.index import index

log = logging.getLogger("escucha")
LEDGER_S = 20.0
"""Limit for one query of a page to a ledger server."""


def serve(city_path: Path, settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        DamagedLedgerError: the ledger's file is damaged.
        ConfigurationError: the desk would serve plain HTTP on a network, or its port is taken.
    """
    refuse_plain_http(settings)
    with open_context(city_path, settings, LEDGER_S) as context:
        check_whole(context.ledger)
        threading.Thread(target=_fill, args=(context,), daemon=True, name="fill").start()
        app = create_app(context)
        app.state.desk.report_jobs.resume(context)
        ChartCache(app.state.desk).start()
        if users_demanded(settings) and not read.has_users(context.ledger):
            link = f"{settings.desk_address}/setup?once={app.state.desk.first_user.issue()}"
            log.warning("%s%s within one hour (it works once; a restart logs a new link)", LINE, link)
        try:
            config = server_config(app, settings.desk_host, settings.desk_port, settings.trusted_networks)
            uvicorn.Server(config).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the desk cannot listen on {settings.desk_host}:{settings.desk_port}: the port may be taken; set ESCUCHA_DESK_PORT"
            ) from error
        finally:
            app.state.desk.report_jobs.close()  # it uses the context
    return 0


def _fill(context: Context) -> None:
    """Fill the search engine from the ledger while pages are already served.

    An embedded engine starts empty.
    """
    try:
        index(context)
    except EscuchaError as error:
        log.warning("desk: the search engine cannot be filled now: %s", error)
