"""Send HTTP requests over kept connections, and measure each answer.

One process generates the load: it counts what it sends, and what it costs is part of the machine's load.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Load:
    """Hold what a load gave."""

    seconds: float
    latencies: Sequence[float]
    """Seconds of each answer with status 200, in rising order."""
    refused: int
    """Answers with another status."""

    @property
    def rate(self) -> float:
        """Return answers a second."""
        return len(self.latencies) / self.seconds

    def plus(self, other: "Load") -> "Load":
        """Return both together."""
        latencies = sorted([*self.latencies, *other.latencies])
        return Load(self.seconds + other.seconds, latencies, self.refused + other.refused)

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies in seconds; 0 without answers."""
        return self.latencies[ceil(share * len(self.latencies)) - 1] if self.latencies else 0.0


def load(
    port: int,
    paths: Sequence[str],
    seconds: float,
    connections: int,
    *,
    rate: float | None = None,
    headers: Mapping[str, str] | None = None,
    addresses: int = 1,
) -> Load:
    """Request the paths in turn until the time is over.

    Args:
        port: on this machine.
        paths: what is requested, one after the other on each connection.
        seconds: how long.
        connections: at once.
        rate: requests a second in all; None: as fast as they are answered.
        headers: of each request.
        addresses: number of clients that are played: X-Forwarded-For names another one each time.
    """
    given = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **(headers or {})}.items())
    requests = [
        f"GET {paths[at % len(paths)]} HTTP/1.1\r\n{given}X-Forwarded-For: 10.{at >> 8 & 255}.{at & 255}.1\r\n\r\n".encode()
        for at in range(max(addresses, len(paths)))
    ]
    return asyncio.run(_load(port, requests, seconds, connections, rate))


async def _load(port: int, requests: Sequence[bytes], seconds: float, connections: int, rate: float | None) -> Load:
    began = time.perf_counter()
    latencies: list[float] = []
    refused = 0

    async def connection(number: int) -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at, pause = number * len(requests) // connections, connections / rate if rate else 0.0
        due = began + number * pause / connections
        while (moment := time.perf_counter()) - began < seconds:
            if rate and moment < due:
                await asyncio.sleep(due - moment)
            # A paced request that could not be sent in time counts from when it was due.
            sent = due if rate else time.perf_counter()
            writer.write(requests[at % len(requests)])
            if await _status(reader) == b"200":
                latencies.append(time.perf_counter() - sent)
            else:
                refused += 1
            at += 1
            due += pause
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(connections)))
    return Load(time.perf_counter() - began, sorted(latencies), refused)


async def _status(reader: asyncio.StreamReader) -> bytes:
    """Read one answer with Content-Length and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    await reader.readexactly(length)
    return head.split(b" ", 2)[1]
