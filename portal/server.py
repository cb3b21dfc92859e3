"""Serve the portal on its port until stopped."""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from core.config.settings import Settings
from core.config.towns import ServedTown, TownSettings
from core.errors import ConfigurationError
from core.i18n.translate import translator
from core.web.by_host import ByHost
from core.web.connection import server_config
from core.web.hosts import is_loopback
from core.web.opening import open_towns
from ledger.read import check_whole
from pipeline.access.api_keys import note_in_use
from pipeline.context import Context, open_context
from pipeline.portal import at_once
from pipeline.steps.receive import INBOX
from portal.app import create_app
from portal.open311.keys import VARIABLE, read_keys
from portal.static_files import StaticFiles
from portal.warming import warm

log = logging.getLogger("escucha")
LEDGER_S = 20.0
"""Limit for one query to a ledger server."""


def serve(towns: Sequence[ServedTown], settings: Settings) -> int:
    """Serve these towns until SIGTERM or Ctrl-C.

    Each has its own host name, where there are several. `settings`: of the installation, with the address to listen on.

    Raises:
        DamagedLedgerError: the ledger's file is damaged; of several towns, the others are served.
        EscuchaError: of several towns, none can be opened.
        ConfigurationError: keys without an inbox or over plain HTTP, an invalid key, or a port that is taken.
    """
    with ExitStack() as stack:
        files = StaticFiles()

        def open_app(town: ServedTown) -> Starlette:
            with ExitStack() as own:  # what a town that cannot be opened holds is closed
                app = _open(own.enter_context(open_context(town.profile, town.settings, LEDGER_S)))
                stack.enter_context(own.pop_all())
            files.add(app, town.settings)
            return app

        served = _several(towns, settings, open_app) if isinstance(towns[0].settings, TownSettings) else open_app(towns[0])
        config = server_config(served, settings.portal_host, settings.portal_port, settings.trusted_networks)
        files.start()
        try:
            uvicorn.Server(config).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the portal cannot listen on {settings.portal_host}:{settings.portal_port}: the port may be taken; set ESCUCHA_PORTAL_PORT"
            ) from error
        finally:
            files.stop()
    return 0


def _several(towns: Sequence[ServedTown], settings: Settings, open_app: Callable[[ServedTown], Starlette]) -> ASGIApp:
    opened = open_towns(towns, "portal", open_app, _closed)
    return ByHost({one.town.settings.portal_address: one for one in opened}, settings.portal_address)


def _closed(language: str) -> str:
    """Say that a town cannot be opened."""
    _ = translator(language, "portal")
    return _("This page cannot be shown now. Please come back later.")


def _open(context: Context) -> Starlette:
    """Return the portal of a city, ready for its first visitor."""
    check_whole(context.ledger)
    check_keys(context)
    keys = read_keys(context.settings.portal_open311_keys)
    note_in_use(context, {key.name: key.fingerprint for key in keys})
    app = create_app(context)
    warm(context.city)
    at_once.warm(context)
    log.info("portal: serving at %s", context.settings.portal_address)
    return app


def check_keys(context: Context) -> None:
    """Check that keys can be used safely, where there are any.

    Raises:
        ConfigurationError: the profile has no inbox, or keys would cross a network unencrypted.
    """
    settings = context.settings
    if not settings.portal_open311_keys:
        return
    if INBOX not in context.sources:
        raise ConfigurationError(f"{VARIABLE}: new requests enter by the inbox, and {context.city.path} has none: add [sources.inbox]")
    encrypted = settings.portal_address.startswith("https://") and bool(settings.trusted_networks)
    if not (is_loopback(settings.portal_host) or encrypted):
        raise ConfigurationError(
            f"ESCUCHA_PORTAL_HOST={settings.portal_host}: keys would be sent unencrypted over the network. Put a web server with TLS in "
            "front of the portal, set ESCUCHA_PORTAL_URL=https://... and list the server in ESCUCHA_TRUSTED_PROXIES"
        )
