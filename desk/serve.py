"""Serves the desk: opens the house, sees that the search engine runs and is filled, and answers on its port until told to stop."""

import logging
import threading
from pathlib import Path

import uvicorn

from core.errors import ConfigurationError, EscuchaError
from core.settings import Settings
from desk.app import create_app
from desk.painter import Painter
from desk.security import demand_users
from escucha import pipeline
from escucha.house import House, open_house
from ledger import read
from ledger.health import check_whole

log = logging.getLogger("escucha")


def serve(city_path: Path, settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        DamagedLedgerError: the ledger's file is damaged.
        ConfigurationError: the desk would be open to others without users, or its port is taken.
    """
    with open_house(city_path, settings) as house:
        check_whole(house.ledger)
        demand_users(settings, read.has_users(house.ledger))
        threading.Thread(target=_fill, args=(house,), daemon=True, name="fill").start()
        app = create_app(house)
        Painter(app.state.desk).start()
        config = uvicorn.Config(
            app, host=settings.desk_host, port=settings.desk_port, log_level="warning", access_log=False,
            server_header=False, date_header=True, timeout_graceful_shutdown=3,
        )  # fmt: skip
        try:
            uvicorn.Server(config).run()
        except SystemExit as error:
            raise ConfigurationError(
                f"the desk cannot listen on {settings.desk_host}:{settings.desk_port}; is it taken? Set ESCUCHA_DESK_PORT"
            ) from error
    return 0


def _fill(house: House) -> None:
    """An embedded engine starts empty: fill it from the ledger while the pages open already."""
    try:
        pipeline.index(house)
    except EscuchaError as error:
        log.warning("desk: the search engine could not be filled now: %s", error)
