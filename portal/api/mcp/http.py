"""Serve MCP by streamable HTTP: one POST, one JSON answer."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import EscuchaError
from core.web.client_address import caller
from pipeline.access.api_tokens import ApiToken
from portal.api.access import Access
from portal.api.mcp.protocol import INVALID_REQUEST, MAX_BYTES, VERSIONS, Json, Protocol, failure, written
from portal.api.routes import problem_of
from portal.body import read_body

PATH = "/mcp"
JSON = "application/json"


@dataclass
class McpEndpoint:
    """Answer `POST /mcp`.

    There are no sessions and no streams: GET and DELETE get 405, as the specification allows.
    """

    protocol: Protocol
    access: Access
    threads: CapacityLimiter

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route(PATH, self.handle, methods=["POST"])]

    async def handle(self, request: Request) -> Response:
        """Answer one message."""
        if not self._is_own_origin(request):
            return _refused(403, "the header Origin names another site; assistants send none")
        version = request.headers.get("mcp-protocol-version", VERSIONS[-1])
        if version not in VERSIONS:
            return _refused(400, f"MCP-Protocol-Version: one of {', '.join(VERSIONS)}")
        try:
            token = await to_thread.run_sync(self._enter, request, limiter=self.threads)
        except EscuchaError as error:
            return problem_of(error).response()
        content = await read_body(request, MAX_BYTES)
        answer = await to_thread.run_sync(self.protocol.answer, content, lambda: token, limiter=self.threads)
        if answer is None:
            return Response(status_code=202)
        malformed = "error" in answer and answer["id"] is None
        return _answered(400 if malformed else 200, answer)

    def _enter(self, request: Request) -> ApiToken:
        address = caller(request.client.host if request.client else "")
        return self.access.enter(request.headers.get("authorization", ""), address, request.scope["scheme"])

    def _is_own_origin(self, request: Request) -> bool:
        """Refuse pages of other sites.

        In a browser they could reach a portal on this machine."""
        origin = request.headers.get("origin")
        own = urlsplit(self.protocol.reader.context.settings.portal_address)
        return origin is None or origin == f"{own.scheme}://{own.netloc}"


def _answered(status: int, message: Json) -> Response:
    return Response(written(message), status, {"Cache-Control": "no-store"}, JSON)


def _refused(status: int, words: str) -> Response:
    return _answered(status, failure(None, INVALID_REQUEST, words))
