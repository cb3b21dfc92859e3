"""What every page of the desk works with: the open house, the search engine when it answers, and the people at the desk."""

import logging
from dataclasses import dataclass

from starlette.requests import Request

from core.errors import UnavailableError
from desk.security import LOCAL_USER, RateLimit, User, is_loopback
from escucha.house import House
from ledger import read
from search.engine import Engine, connect

log = logging.getLogger("escucha")


@dataclass
class Desk:
    """The desk's state; one a process."""

    house: House
    limit: RateLimit
    logins: RateLimit
    _engine: Engine | None = None

    def user(self, request: Request) -> User | None:
        """Who sends this request; the local user on a loopback desk without users; None: please log in."""
        has_users = read.has_users(self.house.ledger)
        if not has_users and is_loopback(self.house.settings.desk_host):
            return User(LOCAL_USER, "admin")
        name = request.session.get("user")
        stored = read.user(self.house.ledger, str(name)) if name else None
        return User(stored.name, stored.role) if stored else None

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
