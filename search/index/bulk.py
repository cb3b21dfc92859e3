"""Send documents in bulk: small batches, a result per item, and retries.

This is the only place that retries requests to the engine.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from core.errors import ConfigurationError, UnavailableError
from search.connection.engine import Engine
from search.connection.transport import TooSlowError, parse_answer, translate_errors
from search.index.documents import Action

BulkResponse = dict[str, Any]

MAX_DOCUMENTS = 2_000
MAX_BYTES = 6_000_000
"""A batch this small is cheap to resend, and below every engine's default limit (100 MB) and most proxies' (10 MB)."""
ANSWER = "errors,items.*.status,items.*.error.type,items.*.error.reason"
"""Requested fields of the response. Items come in the order sent, so their ids need not be returned."""
HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
TOO_LARGE: Final = 413
TOO_SLOW: Final = 408
BulkResponses = list[BulkResponse] | Literal[413, 408]
"""A result per action; or why the whole batch has none: it is too large, or the engine did not answer in time."""
REFUSALS = frozenset({"document_parsing_exception", "mapper_parsing_exception", "max_bytes_length_exceeded_exception"})
"""Error types of a document that the engine will never accept. A field that the index lacks is no such error: every field is ours, so the
index is of another version. Any other error (a closed or read-only index, a full disk, an unknown
one) is not caused by the document: it is retried later, and the step fails with the error."""


@dataclass(frozen=True)
class RetryPolicy:
    """Configure retries: waits double from `first_s` up to `longest_s`.

    Each wait has random jitter, so that workers do not retry in lockstep.
    """

    tries: int = 6
    first_s: float = 0.5
    longest_s: float = 8.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def wait(self, attempt: int) -> bool:
        """Wait before the next attempt; return False when none is left."""
        if attempt + 1 >= self.tries:
            return False
        self.sleep(min(self.longest_s, self.first_s * 2**attempt) * (0.5 + self.jitter() / 2))
        return True


@dataclass
class BulkResult:
    """Hold the result of a bulk write for each id."""

    ok: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """Documents rejected permanently, each with the reason."""
    retry: set[str] = field(default_factory=set)
    """Documents to send again later."""
    why: str = ""
    """Reason of the last failed attempt; empty without one."""

    def with_ok(self, more: set[str]) -> "BulkResult":
        """Return a copy that counts these ids as ok.

        Ids that were refused or must be retried keep their result.
        """
        return replace(self, ok=self.ok | (more - self.refused.keys() - self.retry))


def send(engine: Engine, actions: Sequence[Action], retries: RetryPolicy) -> BulkResult:
    """Send all actions; an engine that is down or busy raises nothing.

    Raises:
        ConfigurationError: it rejects our credentials, or does not create our indices.
    """
    result = BulkResult()
    waiting = list(_batches(actions))
    attempt = 0
    while waiting:
        batch = waiting.pop(0)
        answers = _request(engine, batch, result)
        left = _left(batch, answers, result)
        waiting[:0] = left
        is_again = bool(left) and answers != TOO_LARGE
        if (is_again and not retries.wait(attempt)) or (result.retry and not left):
            # The remaining batches would fail as slowly.
            result.retry.update(action.doc_id for rest in waiting for action in rest)
            break
        attempt = attempt + 1 if is_again else 0
    # An id may have several actions (a deletion in every month): it is done when all of them are.
    result.ok -= result.retry | result.refused.keys()
    return result


def _batches(actions: Sequence[Action]) -> Iterator[list[Action]]:
    batch: list[Action] = []
    size = 0
    for action in actions:
        if batch and (len(batch) >= MAX_DOCUMENTS or size + len(action.line) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(action)
        size += len(action.line)
    if batch:
        yield batch


def _left(batch: list[Action], answers: BulkResponses, result: BulkResult) -> list[list[Action]]:
    """Record the results of a batch; return what is left to send.

    A batch that is too large, or that the engine is too slow for, is left in two halves: the same batch again would fail again.
    """
    if isinstance(answers, list):
        unsettled = [one for one, answer in zip(batch, answers, strict=True) if not _record_result(one, answer, result)]
        return [unsettled] if unsettled else []
    if len(batch) > 1:
        half = len(batch) // 2
        return [batch[:half], batch[half:]]
    if answers == TOO_SLOW:
        return [batch]
    result.refused[batch[0].doc_id] = "too large for the search engine (HTTP 413)"
    return []


def _request(engine: Engine, batch: list[Action], result: BulkResult) -> BulkResponses:
    """Return a result per action.

    Without an answer every action gets status 503: it may have been written, and writing again is harmless.
    """
    body = b"".join(action.line for action in batch)
    client = engine.client.options(ignore_status=TOO_LARGE)
    try:
        with translate_errors(engine.url):
            response = client.perform_request("POST", f"/_bulk?filter_path={ANSWER}", headers=HEADERS, body=body)
        return TOO_LARGE if response.meta.status == TOO_LARGE else _answers(engine, response.body, len(batch))
    except UnavailableError as error:
        result.why = str(error)
        return TOO_SLOW if isinstance(error, TooSlowError) else [{"status": 503, "error": {}}] * len(batch)


def _answers(engine: Engine, body: Any, wanted: int) -> list[BulkResponse]:
    with parse_answer(engine.url):
        answers = [next(iter(item.values())) for item in body["items"]]
        found = [{"status": int(one["status"]), "error": dict(one.get("error") or {})} for one in answers]
    if len(found) != wanted:
        raise UnavailableError(f"search engine {engine.url} answered for {len(found)} documents of {wanted}")
    return found


def _record_result(action: Action, answer: BulkResponse, result: BulkResult) -> bool:
    """Record a final result and return True; False means retry."""
    status, error_type = answer["status"], answer["error"].get("type")
    if status in (200, 201, 409) or (status == 404 and action.is_deletion):
        result.ok.add(action.doc_id)  # 409: a newer version is indexed, as intended
        return True
    if status == 404:
        raise ConfigurationError(
            f"the search engine has no index for {action.doc_id} and is not allowed to create one: "
            "allow escucha-* in its setting action.auto_create_index"
        )
    if error_type == "strict_dynamic_mapping_exception" or "strict, dynamic" in str(answer["error"].get("reason")):
        result.retry.add(action.doc_id)
        result.why = f"{_reason(answer['error'], status)}: the index is of another version; `escucha index` updates it"
        return True
    if error_type in REFUSALS:
        result.refused[action.doc_id] = _reason(answer["error"], status)
        return True
    if answer["error"]:
        result.why = _reason(answer["error"], status)
    return False


def _reason(error: dict[str, Any], status: int) -> str:
    """Return the error without the value, which may quote the post."""
    reason = str(error.get("reason", f"HTTP {status}")).split("Preview of field's value")[0]
    return f"{error.get('type', 'refused')}: {reason}"[:300].strip()
