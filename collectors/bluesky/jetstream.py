"""Read Jetstream, the stream of all Bluesky posts, to the present.

Its second protocol (August 2026): XRPC frames in JSON. A start before its oldest event is moved up, and the server reports it.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from collectors.bluesky.mapping import POSTS
from collectors.http.refusals import Meaning, Refusal, Refusals, unusable_response, wait_if_busy
from collectors.parsing import Item, parse_date
from core.errors import SourceError
from core.json_limits import read_json

METHOD = "network.bsky.jetstream.subscribeEvents"
TIMEOUT_S = 20.0
QUIET_S = 5.0
"""Without an event for this long there is nothing newer."""
OVERLAP = 10_000_000
"""Each connection begins 10 s before the last event: the servers of the stream see the same event at slightly different times."""
SLACK = 60_000_000
"""Clocks differ by up to a minute; an event later than that has a wrong time."""
MAX_FRAME = 2**20
MAX_RECONNECTS = 3
"""Reconnects in one run."""
OUTDATED = "OutdatedCursor"
REFUSALS = Refusals(otherwise=Meaning("{who} refused with {status}; tried again later", wait=wait_if_busy()))


def microseconds(when: datetime) -> int:
    """Convert a time to the stream's unit: microseconds since 1970."""
    return round(when.timestamp() * 1_000_000)


@dataclass
class Tail:
    """Read the stream in one run."""

    address: str
    agent: str
    at: int
    """Read from here on (microseconds since 1970); moves with every event."""
    now: datetime
    """The moment of this run."""
    last_event_time: int = field(default=0, init=False)
    """Time of the last event, as the stream gives it."""
    outdated_from: int | None = field(default=None, init=False)
    """The requested start, if the stream does not go back that far."""

    def events(self) -> Generator[Item | None, None, None]:
        """Yield each event in the stream's order; None: none for a while.

        A broken connection is reopened.

        Raises:
            SourceError: an error status or no usable response.
        """
        for tries_left in reversed(range(MAX_RECONNECTS + 1)):
            with self._connect() as connection:
                try:
                    yield from self._read(connection)
                except (ConnectionClosed, OSError) as error:
                    if tries_left == 0:
                        raise self._failure(error) from None
                finally:
                    connection.close()  # a normal close; leaving the block would send an error code

    def _connect(self) -> ClientConnection:
        asked = {"collections": POSTS, "kinds": "commit", "cursor": self.at - OVERLAP}
        try:
            return connect(
                f"{self.address.rstrip('/')}/{METHOD}?{urlencode(asked)}",
                subprotocols=[Subprotocol("xrpc.v1.json")],
                open_timeout=TIMEOUT_S,
                close_timeout=0.1,
                max_size=MAX_FRAME,
                user_agent_header=self.agent,
            )
        except (WebSocketException, OSError) as error:
            raise self._failure(error) from None

    def _read(self, connection: ClientConnection) -> Iterator[Item | None]:
        while True:
            try:
                frame = connection.recv(timeout=QUIET_S)
            except TimeoutError:
                yield None
                continue
            event = self._event(frame)
            if event is not None:
                yield event

    def _event(self, frame: str | bytes) -> Item | None:
        """Return an event about a post; None: any other frame.

        Newer servers may send unknown frames.
        """
        message = _object(frame)
        if message.get("$type") == "error":
            raise SourceError(f"Jetstream: {str(message.get('error'))[:60]}; tried again later")
        payload = message.get("payload")
        if not isinstance(payload, dict):
            return None
        if payload.get("name") == OUTDATED:
            self.outdated_from = self.at
        if payload.get("$type") != f"{METHOD}#commit" or payload.get("collection") != POSTS:
            return None
        self.at = max(self.at, self._corrected(_event_time(payload) or self.at))
        return payload

    def _corrected(self, event_time: int) -> int:
        """Return the time of an event, corrected if in the future.

        It is then that of the event before it; otherwise it would move `at` past everything still to be read. If that one is in the
        future as well, our own clock is slow: the time is now.
        """
        latest = max(microseconds(self.now), microseconds(datetime.now(UTC))) + SLACK
        before, self.last_event_time = self.last_event_time, event_time
        return event_time if event_time <= latest else min(before, latest)

    def _failure(self, error: Exception) -> SourceError:
        if isinstance(error, InvalidStatus):
            refusal = Refusal(error.response.status_code, dict(error.response.headers.raw_items()))
            return REFUSALS.error(refusal, self.now, "Jetstream")
        return unusable_response("Jetstream", error)


def _object(frame: str | bytes) -> dict[str, Any]:
    try:
        message = read_json(frame)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _event_time(event: Item) -> int | None:
    try:
        return microseconds(parse_date(event.get("witnessedAt") or event.get("time")))
    except ValueError:
        return None
