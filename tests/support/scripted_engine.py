"""Play a search engine's `_bulk` that keeps its promises or breaks them, one step a request."""

import json
import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HELLO = {"version": {"number": "9.3.0"}, "tagline": "You Know, for Search"}
ENOUGH_S = 1.0
"""Time limit of an engine that is slow on purpose."""
Step = Callable[["Talk", bytes], None]
"""Answers one request to `_bulk`; its body is the second argument."""


class Scripted(ThreadingHTTPServer):
    """Plays `script` for requests to `_bulk`, one step each, then behaves; keeps what was committed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.script: list[Step] = []
        self.versions: dict[str, int] = {}
        self.packets: list[int] = []
        """How many actions each request had."""

    def commit(self, body: bytes) -> list[dict[str, Any]]:
        """What an engine does: the newest version wins, every item gets its answer."""
        answers = []
        for line in body.splitlines():
            found = json.loads(line)
            action = next(iter(found))
            if action not in ("index", "delete"):
                continue
            doc_id, version = found[action]["_id"], found[action]["version"]
            if version < self.versions.get(doc_id, 0):
                answers.append({action: {"status": 409, "error": {"type": "version_conflict_engine_exception"}}})
                continue
            self.versions[doc_id] = version
            answers.append({action: {"status": 200}})
        return answers


class Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def do_GET(self) -> None:
        served = {"_source": {"serving": "g1-00000000"}, "_seq_no": 0, "_primary_term": 1}
        self.say(200, HELLO if self.path == "/" else served)

    def do_HEAD(self) -> None:
        self.say(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.path.startswith("/_bulk"):
            return play(self, body, self.server.script)
        self.server.packets.append(body.count(b'"version_type"'))
        return play(self, body, self.server.script)

    def say(self, status: int, body: Any, kind: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self) -> None:
        """Close with a reset, as a crashed server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        pass


def play(talk: Talk, body: bytes, script: list[Step]) -> None:
    if script:
        script.pop(0)(talk, body)
    else:
        talk.say(200, {"errors": False, "items": talk.server.commit(body)})


def whole(status: int, kind: str = "application/json", text: bytes = b'{"error":{"type":"t","reason":"r"}}') -> Step:
    return lambda talk, body: talk.say(status, text, kind)


def per_item(status: int, ids: set[str], error: dict[str, Any] | None = None) -> Step:
    """The named ids get this status, the others are committed."""

    def step(talk: Talk, body: bytes) -> None:
        lines = body.splitlines(keepends=True)
        answers = []
        for head, document in zip(lines[::2], lines[1::2], strict=True):
            doc_id = json.loads(head)["index"]["_id"]
            failed = {"index": {"status": status, "error": error or {"type": "t", "reason": "r"}}}
            answers.append(failed if doc_id in ids else talk.server.commit(head + document)[0])
        talk.say(200, {"errors": True, "items": answers})

    return step


def reset_before_reading_is_over(talk: Talk, body: bytes) -> None:
    talk.hang_up()


def commit_then_lose_the_answer(talk: Talk, body: bytes) -> None:
    talk.server.commit(body)
    talk.hang_up()


def commit_then_cut_the_answer(talk: Talk, body: bytes) -> None:
    """Says 1,000 bytes will come and hangs up after a few."""
    talk.server.commit(body)
    talk.wfile.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"errors":fal')
    talk.wfile.flush()
    talk.hang_up()


def commit_then_truncate(talk: Talk, body: bytes) -> None:
    """A whole HTTP answer whose JSON is cut: a proxy with a limit."""
    talk.server.commit(body)
    talk.say(200, b'{"errors":false,"items":[{"index":{"sta')


def commit_then_answer_for_fewer(talk: Talk, body: bytes) -> None:
    talk.say(200, {"errors": False, "items": talk.server.commit(body)[:-1]})


def slow_above(documents: int) -> Step:
    """More documents than this at once get no answer in time."""

    def step(talk: Talk, body: bytes) -> None:
        talk.server.script.insert(0, step)
        if body.count(b'"version_type"') > documents:
            time.sleep(ENOUGH_S * 2)
            talk.hang_up()
        else:
            talk.say(200, {"errors": False, "items": talk.server.commit(body)})

    return step
