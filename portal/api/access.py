"""Decide who may ask: tokens, scopes, limits, audit."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from core.config.settings import Settings
from core.web.hosts import is_loopback
from core.web.rate_limits import RateLimit
from ledger.read import Ledger
from pipeline.access import api_tokens
from pipeline.access.api_tokens import ApiToken, Scope
from portal.api.problems import ProblemError

PER_TOKEN = 300
PER_ADDRESS = 30
WINDOW_S = 60
AUDITED_EVERY_S = 3600.0
MOST_AUDITED = 10_000
SEND_ONE = (
    "Send the header `Authorization: Bearer TOKEN` with a token that is neither expired nor revoked. "
    "An administrator of the council makes one with `escucha token make`."
)


@dataclass
class Access:
    """Check tokens and count requests; one per process."""

    ledger: Ledger
    settings: Settings
    tokens: RateLimit = field(default_factory=lambda: RateLimit(PER_TOKEN, WINDOW_S))
    """Requests per token."""
    refused: RateLimit = field(default_factory=lambda: RateLimit(PER_ADDRESS, WINDOW_S))
    """Requests without a valid token, per address."""
    clock: Callable[[], float] = time.monotonic
    _audited: OrderedDict[tuple[str, str, str], float] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def enter(self, authorization: str, address: str, scheme: str) -> ApiToken:
        """Return the token of a request, and count the request.

        Args:
            authorization: the header of that name.
            address: by which requests without a valid token are counted.
            scheme: by which the client sent it, as `ClientAddress` found.

        Raises:
            ProblemError: no encryption, no valid token, or too many requests.
        """
        if not self.is_encrypted(scheme):
            raise ProblemError("encryption", "Put a web server with TLS before the portal: docs/how-to/read-api.md.")
        kind, _, given = authorization.partition(" ")
        return self.admit(given.strip() if kind.lower() == "bearer" else "", address)

    def admit(self, given: str, address: str) -> ApiToken:
        """Return the valid token that was given, and count the request.

        Raises:
            ProblemError: no valid token, or too many requests.
        """
        token = api_tokens.check(self.ledger, given)
        if token is None:
            self._count(self.refused, address, f"{PER_ADDRESS} requests a minute without a valid token are answered.")
            raise ProblemError("token", SEND_ONE)
        self._count(self.tokens, token.name, f"A token may ask {PER_TOKEN} times a minute.")
        return token

    def demand(self, token: ApiToken, scope: Scope) -> None:
        """Check that a token has a scope.

        Raises:
            ProblemError: 403; names what it has.
        """
        if scope not in token.scopes:
            has = ", ".join(sorted(token.scopes))
            raise ProblemError("scope", f"This needs a token with the scope {scope}; this one has: {has}.")

    def note(self, token: ApiToken, what: str, subject: str, query: dict[str, object], *, each: bool = False) -> None:
        """Audit each set of filters once an hour, or each time.

        The following pages of a list are the same set.
        """
        why = json.dumps(query, ensure_ascii=False, sort_keys=True)
        key, moment = (token.name, f"{what} {subject}", why), self.clock()
        with self._lock:
            noted = self._audited.get(key)
            if not each and noted is not None and moment - noted < AUDITED_EVERY_S:
                return
            self._audited[key] = moment
            self._audited.move_to_end(key)
            while len(self._audited) > MOST_AUDITED:
                self._audited.popitem(last=False)
        api_tokens.note_use(self.ledger, token, what, subject, why)

    def is_encrypted(self, scheme: str) -> bool:
        """Tell whether the token of a request could not be read."""
        return scheme == "https" or is_loopback(self.settings.portal_host)

    def _count(self, limit: RateLimit, key: str, words: str) -> None:
        if not limit.admits(key):
            wait = limit.wait_s(key)
            raise ProblemError("often", f"{words} Ask again in {wait} seconds.", retry_s=wait)
