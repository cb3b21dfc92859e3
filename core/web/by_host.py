"""Route each request to the town whose host name it asks for."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.web.hosts import is_loopback


class ByHost:
    """Serve several towns on one port; none is reached by another's name."""

    def __init__(self, towns: Mapping[str, ASGIApp], own_address: str, own: ASGIApp | None = None) -> None:
        """Take the applications by the public address of each town.

        Args:
            towns: the application of each address.
            own_address: of the installation itself.
            own: what is there; None: a list of the towns, which tells a monitor that it answers.
        """
        self._apps = {_host(address): app for address, app in towns.items()}
        self._own = _host(own_address)
        self._own_app = own or PlainTextResponse("".join(f"{address}\n" for address in towns))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":  # the applications start and end with the process
            await _say_ready(receive, send)
            return
        asked = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        host = _host(f"//{asked}")
        if app := self._apps.get(host):
            await app(scope, receive, send)
        elif host == self._own or is_loopback(host):
            await self._own_app(scope, receive, send)
        else:  # as the web server of another site does: its pages are not here
            await PlainTextResponse("no town is served under this name\n", 421)(scope, receive, send)


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower().removesuffix(".")  # town.example. is town.example, written in full
    except ValueError:  # a bracket that is not closed
        return ""


async def _say_ready(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
