"""Guard the embedded search engine: only requests with the token pass.

All others get 403. A page of a foreign web site can make a browser send requests to this machine, and the engine itself would execute
them. So the engine listens on a random, unpublished loopback address, and this proxy listens on the published one. It parses the head of
every request and forwards those with the token byte for byte. A browser cannot guess the token, and cannot send the header to another
origin without a CORS preflight, which carries no token either.

Run as `python token_proxy.py PORT ENGINE` with the token as the first line of standard input. It needs the standard library only.
"""

import asyncio
import errno
import hmac
import json
import os
import secrets
import socket
import sys
from contextlib import suppress

TOKEN_HEADER = "x-escucha-token"  # noqa: S105  the name of the header
MAX_HEAD = 64_000
CHUNK = 65_536
HEAD_S = 10.0
"""Time for the first request's head; our own client sends it at once."""
REFUSAL = b'{"error": {"type": "forbidden", "reason": "this search engine serves Escucha only"}, "status": 403}'
ANSWER = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"


class NotForwardedError(Exception):  # becomes a response, not an error
    """Reject a request; it is not forwarded."""


def length_if_allowed(head: bytes, token: str) -> int:
    """Return the body length in bytes of an authorised request.

    Raises:
        Refused: no token, a wrong one, or a body of unknown length.

    >>> length_if_allowed(b"POST /_bulk HTTP/1.1\\r\\nx-escucha-token: k3y\\r\\ncontent-length: 12", "k3y")
    12
    """
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields.setdefault(name.strip().lower(), []).append(value.strip())
    shown = fields.get(TOKEN_HEADER.encode(), [])
    lengths = fields.get(b"content-length", [b"0"])
    if len(shown) != 1 or not hmac.compare_digest(shown[0], token.encode()):
        raise NotForwardedError
    if b"origin" in fields or b"transfer-encoding" in fields or len(lengths) != 1 or not lengths[0].isdigit():
        raise NotForwardedError
    return int(lengths[0])


class ProxyServer:
    """Accept connections and forward their requests to the engine."""

    def __init__(self, token: str, engine: tuple[str, int]) -> None:
        self.token = token
        self.engine = engine

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request after request."""
        try:
            await self._forward(reader, writer)
        except NotForwardedError:
            writer.write(ANSWER % (len(REFUSAL), REFUSAL))
        except (OSError, EOFError, asyncio.LimitOverrunError):  # one side has closed the connection
            pass
        finally:
            with suppress(OSError):
                writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, length = await self._read_head(reader, HEAD_S)
        answers, engine = await asyncio.open_connection(*self.engine)
        back = asyncio.create_task(_copy(answers, writer))
        try:
            while True:
                engine.write(head)
                await _copy_some(reader, engine, length)
                head, length = await self._read_head(reader, None)
        finally:
            back.cancel()
            engine.close()

    async def _read_head(self, reader: asyncio.StreamReader, seconds: float | None) -> tuple[bytes, int]:
        async with asyncio.timeout(seconds):
            head = await reader.readuntil(b"\r\n\r\n")
        return head, length_if_allowed(head, self.token)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy the engine's answers until it closes, then close our side."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()


async def _copy_some(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int) -> None:
    while length > 0:
        data = await reader.read(min(length, CHUNK))
        if not data:
            raise EOFError
        writer.write(data)
        await writer.drain()
        length -= len(data)


def hidden_address() -> str:
    """Choose a random loopback address, which no web page can guess.

    Only Linux has the whole 127.0.0.0/8; elsewhere it is 127.0.0.1.
    """
    address = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return "127.0.0.1"
    return address


async def main(port: int, program: str, token: str) -> int:
    """Start the engine, then the proxy; end when the engine ends."""
    command = ["-addr", f"{hidden_address()}:0", "-no-ja", "-parent-pid", str(os.getpid())]  # it also ends when its input closes
    engine = await asyncio.create_subprocess_exec(program, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    line = await engine.stdout.readline() if engine.stdout else b""
    if b'"url"' not in line:
        return await engine.wait() or 1
    host, _, engine_port = json.loads(line)["url"].removeprefix("http://").rpartition(":")
    proxy = ProxyServer(token, (host, int(engine_port)))
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", port, limit=MAX_HEAD) as server:
        published_port = server.sockets[0].getsockname()[1]
        sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{published_port}", "pid": engine.pid}) + "\n")
        sys.stdout.flush()
        while engine.stdout and await engine.stdout.readline():
            pass  # later lines are about single requests
        return await engine.wait()


if __name__ == "__main__":
    token = sys.stdin.readline().strip()
    if token:  # else our parent ended before it wrote the record
        try:
            sys.exit(asyncio.run(main(int(sys.argv[1]), sys.argv[2], token)))
        except OSError as failure:
            sys.exit(f"{failure.strerror}: address already in use" if failure.errno == errno.EADDRINUSE else str(failure))
