"""Guard the embedded search engine: it serves only requests that carry the token of this start, all others get 403.

A page of a foreign web site can make a browser send requests to this machine; the engine itself would obey them. So the engine
listens on a random address of the loopback network that nobody is told, and this small program stands at the known one. It reads
the head of every request and passes on, byte for byte, those that show the token. A browser can neither guess it nor send its
header to another site without asking first, and that question carries no token either.

Run as `python doorkeeper.py PORT ENGINE` with the token as the first line of standard input. It needs the standard library only.
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

TOKEN_HEADER = "x-escucha-token"  # noqa: S105  its name
MAX_HEAD = 64_000
CHUNK = 65_536
HEAD_S = 10.0
"""A request's head comes at once, or it is not ours."""
REFUSAL = b'{"error": {"type": "forbidden", "reason": "this search engine serves Escucha only"}, "status": 403}'
ANSWER = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
)


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """This request is not passed on."""


def length_if_allowed(head: bytes, token: str) -> int:
    """Bytes of the body that follows a head which shows the token.

    Raises:
        Refused: no token, a wrong one, or a body whose end is not clear.
    """
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields.setdefault(name.strip().lower(), []).append(value.strip())
    shown = fields.get(TOKEN_HEADER.encode(), [])
    lengths = fields.get(b"content-length", [b"0"])
    if len(shown) != 1 or not hmac.compare_digest(shown[0], token.encode()):
        raise Refused
    if b"origin" in fields or b"transfer-encoding" in fields or len(lengths) != 1 or not lengths[0].isdigit():
        raise Refused
    return int(lengths[0])


class ProxyServer:
    """The listening side."""

    def __init__(self, token: str, engine: tuple[str, int]) -> None:
        self.token = token
        self.engine = engine

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            await self._pass_on(reader, writer)
        except Refused:
            writer.write(ANSWER % (len(REFUSAL), REFUSAL))
        except (OSError, EOFError, asyncio.LimitOverrunError):  # one side has gone
            pass
        finally:
            with suppress(OSError):
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, length = await self._head(reader, HEAD_S)
        answers, engine = await asyncio.open_connection(*self.engine)
        back = asyncio.create_task(_copy(answers, writer))
        try:
            while True:
                engine.write(head)
                await _copy_some(reader, engine, length)
                head, length = await self._head(reader, None)
        finally:
            back.cancel()
            engine.close()

    async def _head(self, reader: asyncio.StreamReader, seconds: float | None) -> tuple[bytes, int]:
        async with asyncio.timeout(seconds):
            head = await reader.readuntil(b"\r\n\r\n")
        return head, length_if_allowed(head, self.token)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers, until the engine closes; then our side is closed too."""
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
    """A loopback address that no page can guess where the machine has them all (Linux); else the usual one."""
    address = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return "127.0.0.1"
    return address


async def main(port: int, program: str, token: str) -> int:
    """Start the engine, open the door, and end with the engine."""
    command = ["-addr", f"{hidden_address()}:0", "-no-ja", "-parent-pid", str(os.getpid())]  # and when its input closes
    engine = await asyncio.create_subprocess_exec(
        program, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    told = await engine.stdout.readline() if engine.stdout else b""
    if b'"url"' not in told:
        return await engine.wait() or 1
    host, _, inner = json.loads(told)["url"].removeprefix("http://").rpartition(":")
    door = ProxyServer(token, (host, int(inner)))
    async with await asyncio.start_server(door.serve, "127.0.0.1", port, limit=MAX_HEAD) as server:
        outer = server.sockets[0].getsockname()[1]
        sys.stdout.write(json.dumps({"door": f"http://127.0.0.1:{outer}", "pid": engine.pid}) + "\n")
        sys.stdout.flush()
        while engine.stdout and await engine.stdout.readline():
            pass  # what it says later is about single requests
        return await engine.wait()


if __name__ == "__main__":
    given = sys.stdin.readline().strip()
    if given:  # else who started us has ended before the record was written
        try:
            sys.exit(asyncio.run(main(int(sys.argv[1]), sys.argv[2], given)))
        except OSError as failure:
            sys.exit(
                f"{failure.strerror}: address already in use" if failure.errno == errno.EADDRINUSE else str(failure)
            )
