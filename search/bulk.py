"""Sends documents in bulk: small packets, every item's own answer read, and the one place that tries again."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from core.errors import ConfigurationError, UnavailableError
from search.documents import Action
from search.engine import Engine
from search.transport import parse_answer, translate_errors

Answer = dict[str, Any]

MAX_DOCUMENTS = 2_000
MAX_BYTES = 6_000_000
"""A packet this small is cheap to send again, and below every engine's default limit (100 MB) and most proxies' (10 MB)."""
ANSWER = "errors,items.*.status,items.*.error.type,items.*.error.reason"
"""Items come back in the order they were sent: their ids are known to us and need not travel twice."""
HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
TOO_LARGE: Final = 413
REFUSALS = frozenset(
    {"document_parsing_exception", "mapper_parsing_exception", "strict_dynamic_mapping_exception", "max_bytes_length_exceeded_exception"}
)  # fmt: skip
"""What an engine says of one document that it will never take. Whatever else it says (a closed or read-only index, a full disk, an
error we have not met yet) is no fault of the document: it waits, and the step fails and says so."""


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
    why: str = ""
    """Why not, in the words of the last answer."""

    def with_ok(self, more: set[str]) -> "Written":
        """The same with these ids in, too, unless something is known against them."""
        return replace(self, ok=self.ok | (more - self.refused.keys() - self.retry))


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
        answers = _ask(engine, packet, written)
        if answers == TOO_LARGE:
            return True
        packet = [
            action for action, answer in zip(packet, answers, strict=True) if not _settled(action, answer, written)
        ]
        if not packet or not patience.wait(attempt):
            break
    written.retry.update(action.doc_id for action in packet)
    return False


def _ask(engine: Engine, packet: list[Action], written: Written) -> list[Answer] | Literal[413]:
    """The answer for each action; "not now" for all when there is none: it may have been written, writing again is harmless."""
    body = b"".join(action.line for action in packet)
    client = engine.client.options(ignore_status=TOO_LARGE)
    try:
        with translate_errors(engine.url):
            response = client.perform_request("POST", f"/_bulk?filter_path={ANSWER}", headers=HEADERS, body=body)
        return TOO_LARGE if response.meta.status == TOO_LARGE else _answers(engine, response.body, len(packet))
    except UnavailableError as error:
        written.why = str(error)
        return [{"status": 503, "error": {}}] * len(packet)


def _answers(engine: Engine, body: Any, wanted: int) -> list[Answer]:
    with parse_answer(engine.url):
        answers = [next(iter(item.values())) for item in body["items"]]
        found = [{"status": int(one["status"]), "error": dict(one.get("error") or {})} for one in answers]
    if len(found) != wanted:
        raise UnavailableError(f"search engine {engine.url} answered for {len(found)} documents of {wanted}")
    return found


def _settled(action: Action, answer: Answer, written: Written) -> bool:
    """Whether this is the last word on the action; if so it is written down."""
    status, kind = answer["status"], answer["error"].get("type")
    if status in (200, 201, 409) or (status == 404 and action.is_deletion):
        written.ok.add(action.doc_id)  # 409: a newer version is there, which is what we want
        return True
    if status == 404:
        raise ConfigurationError(
            f"the search engine has no index for {action.doc_id} and may not make one: "
            "allow escucha-* in its setting action.auto_create_index"
        )
    if kind in REFUSALS:
        written.refused[action.doc_id] = _reason(answer["error"], status)
        return True
    if answer["error"]:
        written.why = _reason(answer["error"], status)
    return False


def _reason(error: dict[str, Any], status: int) -> str:
    """Why, without the value: the engine likes to quote a piece of the post."""
    words = str(error.get("reason", f"HTTP {status}")).split("Preview of field's value")[0]
    return f"{error.get('type', 'refused')}: {words}"[:300].strip()
