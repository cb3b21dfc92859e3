"""Put a loopback proxy in front of a ticket system.

It passes everything on, and falsifies the answers a test chooses.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from tests.support.stubs.server import Handler, Reply, Request, Stub

PASSED_ON = ("authorization", "if-match", "content-type", "accept")
PASSED_BACK = ("etag", "content-type", "location")
Trick = Callable[[Request, Reply], Reply]


class EveryMethodHandler(Handler):
    do_PUT = do_PATCH = do_DELETE = Handler.handle_any  # noqa: N815


class Between(Stub):
    """Pass requests on and answers back.

    `trick` gets each request with the real answer, and returns what the client sees; `before` runs first, and may answer in the place of
    the server.
    """

    def __init__(self, url: str, trick: Trick | None = None, before: Callable[[Request], Reply | None] | None = None) -> None:
        super().__init__()
        self.server.RequestHandlerClass = EveryMethodHandler
        self.real, self.trick, self.before = httpx.Client(base_url=url, timeout=30), trick, before

    def answer(self, request: Request) -> Reply:
        if self.before is not None and (instead := self.before(request)) is not None:
            return instead
        headers = {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
        query = urlencode(request.lists, doseq=True)
        got = self.real.request(request.method, request.path, params=query or None, headers=headers, content=request.body)
        passed = {name.title(): got.headers[name] for name in PASSED_BACK if name in got.headers}
        reply = Reply(got.content, got.status_code, passed)
        return reply if self.trick is None else self.trick(request, reply)

    def close(self) -> None:
        super().close()
        self.real.close()
