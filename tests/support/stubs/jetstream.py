"""Simulate Jetstream's second protocol, as measured at its servers.

Events from a moment on, then silence until the client leaves.
"""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

METHOD = "network.bsky.jetstream.subscribeEvents"
DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


@dataclass(frozen=True)
class Event:
    """Describe one event about a post."""

    number: int
    at: datetime
    text: str = "Hay un bache en la calle Mayor de Madrid"
    operation: str = "create"
    of: int = 0
    """The post it happened to, when that is not its own number."""
    said_at: datetime | None = None
    """When it happened as the stream tells it, where that is wrong."""

    @property
    def rkey(self) -> str:
        return f"3k{self.of or self.number:08d}"

    @property
    def microseconds(self) -> int:
        return round(self.at.timestamp() * 1_000_000)

    def frame(self) -> str:
        """Encode it as a frame."""
        payload = {
            "$type": f"{METHOD}#commit",
            "collection": "app.bsky.feed.post",
            "did": DID,
            "operation": self.operation,
            "rev": "3lkrevxxxxxxx",
            "rkey": self.rkey,
            "seq": 26_210_000_000 + self.number,
            "time": stamp(self.said_at or self.at),
            "witnessedAt": stamp(self.said_at or self.at),
        }
        if self.operation != "delete":
            record = {"$type": "app.bsky.feed.post", "text": self.text, "createdAt": stamp(self.at), "langs": ["es"]}
            payload |= {"cid": "bafyreib2rxk3rh6kzwq", "record": record}
        return json.dumps({"$type": "message", "payload": payload})


def _when(event: Event) -> int:
    return event.microseconds


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def uri_of(number: int) -> str:
    return f"at://{DID}/app.bsky.feed.post/3k{number:08d}"


def info(name: str, message: str) -> str:
    return json.dumps({"$type": "message", "payload": {"$type": f"{METHOD}#info", "name": name, "message": message}})


@dataclass
class Script:
    """Script what goes wrong."""

    refuse: int | None = None
    """Every handshake gets this status."""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    """The first connections are cut after so many frames, one number each."""
    before: list[str] = field(default_factory=list)
    """Frames that come first."""


class JetstreamStub:
    """Serve `events` in the order in which they happened.

    Nothing older than `floor` is kept.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.floor: datetime | None = None
        self.script = Script()
        self.asked: list[dict[str, list[str]]] = []
        self.agents: list[str] = []
        self.server: Server = serve(
            self._answer, "127.0.0.1", 0, subprotocols=[Subprotocol("xrpc.v1.json")], process_request=self._admit, compression=None
        )
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/xrpc"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.agents.append(request.headers.get("User-Agent", "none"))
        self.asked.append(parse_qs(urlsplit(request.path).query))
        if self.script.refuse is None:
            return None
        response = connection.respond(HTTPStatus(self.script.refuse), "no\n")
        for name, value in self.script.headers.items():
            response.headers[name] = value
        return response

    def _answer(self, line: ServerConnection) -> None:
        cursor = int(self.asked[-1]["cursor"][0])
        frames = list(self.script.before)
        floor = None if self.floor is None else round(self.floor.timestamp() * 1_000_000)
        if floor is not None and cursor < floor:
            frames.append(info("OutdatedCursor", "requested timestamp cursor below retention floor; starting at seq 1"))
            cursor = floor
        frames += [event.frame() for event in sorted(self.events, key=_when) if event.microseconds >= cursor]
        cut = self.script.cut_after.pop(0) if self.script.cut_after else None
        for frame in frames[:cut]:
            line.send(frame)
        if cut is not None:
            line.socket.close()
            return
        for _ in line:  # until the client leaves
            pass

    def __enter__(self) -> "JetstreamStub":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
