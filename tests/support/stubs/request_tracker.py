"""Script a Request Tracker on loopback, request by request.

It refuses requests that are not in the script.
"""

import ssl
from typing import Any

from tests.support.stubs.server import Handler, Reply, Request, Stub


class PuttingHandler(Handler):
    do_PUT = Handler.handle_any  # noqa: N815


class Tracker(Stub):
    """Follow steps of (method and path under REST/2.0, reply)."""

    def __init__(self, *script: tuple[str, Reply], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.server.RequestHandlerClass = PuttingHandler
        self.script = list(script)

    def answer(self, request: Request) -> Reply:
        wanted, reply = self.script.pop(0) if self.script else ("nothing more", Reply())
        asked = f"{request.method} {request.path.removeprefix('/REST/2.0/')}"
        return reply if asked == wanted else Reply({"message": f"the script expects {wanted}, not {asked}"}, 418)


def page(*items: dict[str, Any]) -> Reply:
    return Reply({"items": list(items), "pages": 1, "page": 1, "total": len(items), "count": len(items)})
