"""How we listen to Jetstream, Bluesky's stream of everything that is written there: from a moment on, to the present.

Its second protocol (August 2026): XRPC frames in JSON. A moment that lies before what it still keeps is moved up, and it says so.
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
from collectors.http.refusals import Meaning, Refusal, Refusals, if_busy, no_answer
from collectors.parsing import Item, parse_date
from core.errors import SourceError
from core.json_limits import read_json

METHOD = "network.bsky.jetstream.subscribeEvents"
TIMEOUT_S = 20.0
QUIET_S = 5.0
"""Nothing for so long: there is nothing newer."""
OVERLAP = 10_000_000
"""Each connection begins 10 s before what was read: servers of the stream see the same event at slightly different times."""
SLACK = 60_000_000
"""Clocks differ by a minute; an event from later on has a wrong time."""
LONGEST_FRAME = 2**20
AGAIN = 3
"""So often a line that was cut is taken up again in one run."""
OUTDATED = "OutdatedCursor"
REFUSALS = Refusals(otherwise=Meaning("{who} refused with {status}; tried again later", wait=if_busy()))


def microseconds(when: datetime) -> int:
    """The stream's own measure of time."""
    return round(when.timestamp() * 1_000_000)


@dataclass
class Tail:
    """One reading of the stream in one run."""

    address: str
    agent: str
    at: int
    """Read from here on (microseconds since 1970); moves with every event."""
    now: datetime
    """The moment of this run."""
    said_before: int = field(default=0, init=False)
    """When the last event happened, as the stream tells it."""
    outdated_from: int | None = field(default=None, init=False)
    """The stream does not reach back to here, where we asked for."""

    def events(self) -> Generator[Item | None, None, None]:
        """Each event in the stream's order; None: nothing came for a while. A line that is cut is taken up again.

        Raises:
            SourceError: Jetstream refused or failed, in words.
        """
        for tries_left in reversed(range(AGAIN + 1)):
            with self._line() as line:
                try:
                    yield from self._read(line)
                except (ConnectionClosed, OSError) as error:
                    if tries_left == 0:
                        raise self._failure(error) from None
                finally:
                    line.close()  # as one who has heard enough; leaving the block would call it an error

    def _line(self) -> ClientConnection:
        asked = {"collections": POSTS, "kinds": "commit", "cursor": self.at - OVERLAP}
        try:
            return connect(
                f"{self.address.rstrip('/')}/{METHOD}?{urlencode(asked)}",
                subprotocols=[Subprotocol("xrpc.v1.json")],
                open_timeout=TIMEOUT_S,
                close_timeout=0.1,
                max_size=LONGEST_FRAME,
                user_agent_header=self.agent,
            )
        except (WebSocketException, OSError) as error:
            raise self._failure(error) from None

    def _read(self, line: ClientConnection) -> Iterator[Item | None]:
        while True:
            try:
                frame = line.recv(timeout=QUIET_S)
            except TimeoutError:
                yield None
                continue
            event = self._event(frame)
            if event is not None:
                yield event

    def _event(self, frame: str | bytes) -> Item | None:
        """What happened to a post; None for everything else, also for what a newer server may send."""
        told = _object(frame)
        if told.get("$type") == "error":
            raise SourceError(f"Jetstream: {str(told.get('error'))[:60]}; tried again later")
        payload = told.get("payload")
        if not isinstance(payload, dict):
            return None
        if payload.get("name") == OUTDATED:
            self.outdated_from = self.at
        if payload.get("$type") != f"{METHOD}#commit" or payload.get("collection") != POSTS:
            return None
        self.at = max(self.at, self._believed(_witnessed(payload) or self.at))
        return payload

    def _believed(self, said: int) -> int:
        """When it happened. A time to come is that of the event before it, for it would move `at` past all that is still to be read.

        Where that one is to come as well, our own clock is slow: then it is now.
        """
        latest = max(microseconds(self.now), microseconds(datetime.now(UTC))) + SLACK
        before, self.said_before = self.said_before, said
        return said if said <= latest else min(before, latest)

    def _failure(self, error: Exception) -> SourceError:
        if isinstance(error, InvalidStatus):
            refusal = Refusal(error.response.status_code, dict(error.response.headers.raw_items()))
            return REFUSALS.error(refusal, self.now, "Jetstream")
        return no_answer("Jetstream", error)


def _object(frame: str | bytes) -> dict[str, Any]:
    try:
        told = read_json(frame)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _witnessed(event: Item) -> int | None:
    try:
        return microseconds(parse_date(event.get("witnessedAt") or event.get("time")))
    except ValueError:
        return None
