"""Sends documents in bulk: small packets, every item's own answer read, and the one place that tries again."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from core.errors import ConfigurationError, UnavailableError
from search.documents import Action
from search.engine import Engine
from search.node import BUSY, in_our_words

Answer = dict[str, Any]

MAX_DOCUMENTS = 2_000
MAX_BYTES = 6_000_000
"""A packet this small is cheap to send again, and below every engine's default limit (100 MB) and most proxies' (10 MB)."""
ANSWER = "errors,items.*.status,items.*.error.type,items.*.error.reason"
"""Items come back in the order they were sent: their ids are known to us and need not travel twice."""
HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
TOO_LARGE: Final = 413
LOST: Answer = {"status": 503}
"""No answer at all is treated like the engine's own "not now"."""


@dataclass(frozen=True)
class Patience:
    """How long to try again: waits grow from `first_s` to `longest_s`, each shortened by chance so that workers do not march in step."""

    tries: int = 6
    first_s: float = 0.5
    longest_s: float = 8.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, attempt: int) -> bool:
        """Wait before the next try; False when no try is left."""
        if attempt + 1 >= self.tries:
            return False
        self.sleep(min(self.longest_s, self.first_s * 2**attempt) * (0.5 + self.chance() / 2))
        return True


@dataclass
class Written:
    """What became of each id."""

    ok: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """The engine will never take these: why."""
    retry: set[str] = field(default_factory=set)
    """The engine did not take these now."""

    def with_ok(self, more: set[str]) -> "Written":
        """The same with these ids in, too, unless something is known against them."""
        return Written(self.ok | (more - self.refused.keys() - self.retry), self.refused, self.retry)


def send(engine: Engine, actions: Sequence[Action], patience: Patience) -> Written:
    """Send all actions; never raises because the engine is away or busy.

    Raises:
        ConfigurationError: it does not let us in, or does not make our indices.
    """
    written = Written()
    waiting = list(_packets(actions))
    while waiting:
        packet = waiting.pop(0)
        too_large = _send_packet(engine, packet, patience, written)
        if too_large and len(packet) > 1:
            half = len(packet) // 2
            waiting[:0] = [packet[:half], packet[half:]]
        elif too_large:
            written.refused[packet[0].doc_id] = "the engine says it is too large (HTTP 413)"
        elif written.retry:  # it did not come back within our patience: the rest would wait as long, for nothing
            written.retry.update(action.doc_id for rest in waiting for action in rest)
            break
    # An id may have several actions (a deletion in every month): it is done when all of them are.
    written.ok -= written.retry | written.refused.keys()
    return written


def _packets(actions: Sequence[Action]) -> Iterator[list[Action]]:
    packet: list[Action] = []
    size = 0
    for action in actions:
        if packet and (len(packet) >= MAX_DOCUMENTS or size + len(action.line) > MAX_BYTES):
            yield packet
            packet, size = [], 0
        packet.append(action)
        size += len(action.line)
    if packet:
        yield packet


def _send_packet(engine: Engine, packet: list[Action], patience: Patience, written: Written) -> bool:
    """Send one packet until every item has a final answer or the patience is over; True: it is too large as it is."""
    for attempt in range(patience.tries):
        answers = _ask(engine, packet)
        if answers == TOO_LARGE:
            return True
        packet = [
            action for action, answer in zip(packet, answers, strict=True) if not _settled(action, answer, written)
        ]
        if not packet or not patience.wait(attempt):
            break
    written.retry.update(action.doc_id for action in packet)
    return False


def _ask(engine: Engine, packet: list[Action]) -> list[Answer] | Literal[413]:
    """The answer for each action; `LOST` for all when there is none: it may have been written, writing again is harmless."""
    lost = [LOST] * len(packet)
    body = b"".join(action.line for action in packet)
    client = engine.client.options(ignore_status=TOO_LARGE)
    try:
        with in_our_words(engine.url):
            response = client.perform_request("POST", f"/_bulk?filter_path={ANSWER}", headers=HEADERS, body=body)
    except UnavailableError:
        return lost
    if response.meta.status == TOO_LARGE:
        return TOO_LARGE
    items = response.body.get("items") if isinstance(response.body, dict) else None
    if not isinstance(items, list) or len(items) != len(packet):
        return lost  # a proxy's page, or half an answer
    return [next(iter(item.values())) for item in items]


def _settled(action: Action, answer: Answer, written: Written) -> bool:
    """Whether this is the last word on the action; if so it is written down."""
    status = answer["status"]
    if status in (200, 201, 409) or (status == 404 and action.is_deletion):
        written.ok.add(action.doc_id)  # 409: a newer version is there, which is what we want
        return True
    if status == 404:
        raise ConfigurationError(
            f"the search engine has no index for {action.doc_id} and may not make one: "
            "allow escucha-* in its setting action.auto_create_index"
        )
    if status in (*BUSY, 403, 500):  # 403 of an item: the index is read-only for now, as when the disk is full
        return False
    written.refused[action.doc_id] = _reason(answer.get("error", {}), status)
    return True


def _reason(error: dict[str, Any], status: int) -> str:
    """Why, without the value: the engine likes to quote a piece of the post."""
    words = str(error.get("reason", f"HTTP {status}")).split("Preview of field's value")[0]
    return f"{error.get('type', 'refused')}: {words}"[:300].strip()
