"""Serve the desk on its port until stopped.

It opens the context and starts to fill the search engine in the background.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import uvicorn
from starlette.applications import Starlette

from core.config.settings import Settings
from core.config.towns import ServedTown, TownSettings
from core.errors import ConfigurationError, EscuchaError
from core.web.by_host import ByHost
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


def serve(towns: Sequence[ServedTown], settings: Settings) -> int:
    """Serve these towns until SIGTERM or Ctrl-C.

    Each has its own host name, where there are several. `settings`: of the installation, with the address to listen on.

    Raises:
        DamagedLedgerError: a ledger's file is damaged.
        ConfigurationError: the desk would serve plain HTTP on a network, or its port is taken.
    """
    with ExitStack() as stack:
        apps = {}
        for town in towns:
            refuse_plain_http(town.settings)
            apps[town.settings.desk_address] = _open(stack.enter_context(open_context(town.profile, town.settings, LEDGER_S)))
        contexts = [app.state.desk.context for app in apps.values()]
        threading.Thread(target=_fill, args=(contexts,), daemon=True, name="fill").start()
        try:
            served = ByHost(apps, settings.desk_address) if isinstance(towns[0].settings, TownSettings) else next(iter(apps.values()))
            config = server_config(served, settings.desk_host, settings.desk_port, settings.trusted_networks)
            uvicorn.Server(config).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the desk cannot listen on {settings.desk_host}:{settings.desk_port}: the port may be taken; set ESCUCHA_DESK_PORT"
            ) from error
        finally:
            for app in apps.values():
                app.state.desk.report_jobs.close()  # it uses the context
    return 0


def _open(context: Context) -> Starlette:
    """Return the desk of a city, its background work begun."""
    check_whole(context.ledger)
    app = create_app(context)
    app.state.desk.report_jobs.resume(context)
    ChartCache(app.state.desk).start()
    settings = context.settings
    if users_demanded(settings) and not read.has_users(context.ledger):
        link = f"{settings.desk_address}/setup?once={app.state.desk.first_user.issue()}"
        log.warning("%s%s within one hour (it works once; a restart logs a new link)", LINE, link)
    return app


def _fill(contexts: Sequence[Context]) -> None:
    """Fill the search engine from the ledgers while pages are already served.

    An embedded engine starts empty.
    """
    for context in contexts:
        try:
            index(context)
        except EscuchaError as error:
            log.warning("desk: the search engine cannot be filled now: %s", error)
