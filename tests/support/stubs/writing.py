"""Script how a network fails while it takes an answer.

The common core of the network servers that accept writing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import requests

from tests.support.patience import HANG_S
from tests.support.stubs.server import Reply

Fault = Literal[
    "",
    "busy",
    "too many",
    "cut before",
    "cut after",
    "hang before",
    "hang after",
    "drip",
    "garbage",
    "no id",
    "error before",
    "error after",
]
FAULTS: tuple[Fault, ...] = (
    "",
    "busy",
    "too many",
    "cut before",
    "cut after",
    "hang before",
    "hang after",
    "drip",
    "garbage",
    "no id",
    "error before",
    "error after",
)
NOT_TAKEN: frozenset[Fault] = frozenset({"busy", "too many"})
"""Faults by which the network says that it took nothing."""
SLOW: frozenset[Fault] = frozenset({"hang before", "hang after", "drip"})
"""Faults that only the client's own limit ends."""
STATUS = {"busy": 503, "too many": 429, "error before": 500, "error after": 502}


@dataclass
class Writing:
    """Take answers with scripted faults: one fault for each request, then none."""

    faults: list[Fault] = field(default_factory=list)
    refusal: Reply | None = None
    """Answers every request to write instead."""
    asked: int = 0
    settled: threading.Event = field(default_factory=threading.Event)
    """Set once a slow request was taken, or was let pass."""

    def hangs(self, request: requests.PreparedRequest) -> bool:
        """Tell whether the network will be slow to answer this request."""
        is_write = request.method == "POST" and not urlsplit(request.url or "").path.endswith("token")
        return is_write and bool(self.faults) and self.faults[0] in SLOW

    def take(self, accept: Callable[[], Reply]) -> Reply:
        """Return the response to one request; `accept` stores the answer."""
        self.asked += 1
        if self.refusal is not None:
            return Reply(self.refusal.body, self.refusal.status, dict(self.refusal.headers))
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "cut before":
            return Reply(cut=True)
        if fault in ("busy", "too many", "error before"):
            return Reply({"title": "not now"}, STATUS[fault])
        if fault == "hang before":
            self.settled.set()
            return Reply({"title": "too late"}, 500, delay=HANG_S)
        taken = accept()
        self.settled.set()
        if fault == "cut after":
            return Reply(cut=True)
        if fault == "error after":
            return Reply({"title": "gateway"}, STATUS[fault])
        if fault == "garbage":
            return Reply(b"<html>welcome</html>", 200, {"Content-Type": "text/html"})
        if fault == "no id":
            return Reply({"data": {}}, taken.status)
        if fault == "hang after":
            taken.delay = HANG_S
        if fault == "drip":
            taken.drip = True
        return taken
