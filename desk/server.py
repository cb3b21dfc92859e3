"""Serve the desk on its port until stopped.

It opens the context and starts to fill the search engine in the background.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from core.config.settings import Settings
from core.config.towns import ServedTown, TownSettings
from core.errors import ConfigurationError, EscuchaError
from core.i18n.translate import translator
from core.web.by_host import ByHost
from core.web.connection import server_config
from core.web.opening import open_towns
from desk import all_towns
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
_filling = threading.Lock()
"""Held while the engine is filled for one town: of many, all at once would slow down every page."""


def serve(towns: Sequence[ServedTown], settings: Settings) -> int:
    """Serve these towns until SIGTERM or Ctrl-C.

    Each has its own host name, where there are several. `settings`: of the installation, with the address to listen on.

    Raises:
        DamagedLedgerError: the ledger's file is damaged; of several towns, the others are served.
        EscuchaError: of several towns, none can be opened.
        ConfigurationError: the desk would serve plain HTTP on a network, or its port is taken.
    """
    with ExitStack() as stack:

        def open_app(town: ServedTown) -> Starlette:
            with ExitStack() as own:  # what a town that cannot be opened holds is closed
                app = _open(town, own)
                stack.enter_context(own.pop_all())
            return app

        served = _several(towns, settings, open_app) if isinstance(towns[0].settings, TownSettings) else open_app(towns[0])
        try:
            config = server_config(served, settings.desk_host, settings.desk_port, settings.trusted_networks)
            uvicorn.Server(config).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the desk cannot listen on {settings.desk_host}:{settings.desk_port}: the port may be taken; set ESCUCHA_DESK_PORT"
            ) from error
    return 0


def _several(towns: Sequence[ServedTown], settings: Settings, open_app: Callable[[ServedTown], Starlette]) -> ASGIApp:
    opened = open_towns(towns, "desk", open_app, _closed)
    return ByHost({one.town.settings.desk_address: one for one in opened}, settings.desk_address, all_towns.create_app(settings, towns))


def _closed(language: str) -> str:
    """Say that a town cannot be opened."""
    _ = translator(language, "desk")
    return _("This town cannot be served now; the others are. Once this is mended, it opens by itself within a minute.")


def _open(town: ServedTown, stack: ExitStack) -> Starlette:
    """Return the desk of a city, its background work begun."""
    refuse_plain_http(town.settings)
    context = stack.enter_context(open_context(town.profile, town.settings, LEDGER_S))
    check_whole(context.ledger)
    app = create_app(context)
    stack.callback(app.state.desk.report_jobs.close)  # it uses the context
    app.state.desk.report_jobs.resume(context)
    ChartCache(app.state.desk).start()
    threading.Thread(target=_fill, args=(context,), daemon=True, name="fill").start()
    settings = context.settings
    if users_demanded(settings) and not read.has_users(context.ledger):
        link = f"{settings.desk_address}/setup?once={app.state.desk.first_user.issue()}"
        log.warning("%s%s within one hour (it works once; a restart logs a new link)", LINE, link)
    return app


def _fill(context: Context) -> None:
    """Fill the search engine from the ledger while pages are already served.

    An embedded engine starts empty.
    """
    with _filling:
        try:
            index(context)
        except EscuchaError as error:
            log.warning("desk: the search engine cannot be filled now: %s", error)
