"""Label JSON Lines for `escucha label`: one line out per line in.

The order is kept; a line that cannot be labelled carries its error code.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO

from core.config.city import City
from core.privacy.in_city import redact_in_city
from core.privacy.intake import text_reject_reason
from core.records.annotation import Annotation, Quarantined
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.explain import explain

BATCH = 512
MAX_BYTES = 64 * 1024 * 1024
"""A longer line is not parsed."""
MAX_ID = 1000
"""Characters of an id; ids stay in memory until their batch is labelled."""
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""A line has no date, and no question uses one."""
SOURCE = "label"
_BCP_47 = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
_ORDER = ("sentiment", "intent", "topic", "actionable", "relevance", "spam", "sensitive", "language")
_BREAKS = {ord("\u2028"): "\\u2028", ord("\u2029"): "\\u2029", ord("\x85"): "\\u0085"}
"""Valid in JSON, but some programs end a line at them."""


class BadLineError(Exception):
    """Report a line that cannot be parsed, with a short code.

    `line_id` is its id as far as it could be parsed.
    """

    def __init__(self, reason: str, line_id: Any = None) -> None:
        super().__init__(reason)
        self.line_id = line_id


def label_lines(city: City, annotator: Annotator, lines: Iterable[bytes], explained: bool = False) -> Iterator[str]:
    """Yield one line per input line, in order and without line end.

    Each is an object with the labels, or `{"id": ..., "error": ...}`. `"truncated": true` marks a text longer than the model reads: only
    its beginning was encoded. The text is redacted first, so `places` are substrings of the redacted text; so are the words of `explain`
    (`nlp.explain`), which is added with `explained` and costs one inference per word.
    """
    rows = (_row(city, line, number) for number, line in enumerate(lines))
    while batch := list(islice(rows, BATCH)):
        yield from _label_batch(annotator, batch, explained)


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream, each cut at `MAX_BYTES`.

    A longer line is skipped after that, so that it cannot fill the memory.
    """
    while line := stream.readline(MAX_BYTES + 1):
        rest = line
        while len(rest) > MAX_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_BYTES + 1)
        yield line


def _row(city: City, line: bytes, number: int) -> tuple[Any, Post | str]:
    """Return the line's id, and its post or the error code."""
    try:
        return _parse(city, line, number)
    except BadLineError as error:
        return error.line_id, str(error)


def _label_batch(annotator: Annotator, rows: list[tuple[Any, Post | str]], explained: bool) -> Iterator[str]:
    posts = [post for _, post in rows if isinstance(post, Post)]
    read = {result.post_id: result for result in annotator.annotate(posts)}
    for line_id, post in rows:
        if isinstance(post, str):
            yield _write({"id": line_id, "error": post})
            continue
        result = read[post.post_id]
        answer = _answer(line_id, post, result)
        if explained and isinstance(result, Annotation):
            answer["explain"] = explain(annotator, post, result)
        yield _write(answer)


def _parse(city: City, line: bytes, number: int) -> tuple[Any, Post]:
    """Return the id and the redacted post of a line.

    Raises:
        BadLineError: with the reason as a short code.
    """
    if len(line) > MAX_BYTES:
        raise BadLineError("too_large")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadLineError("bad_encoding") from None
    except (ValueError, RecursionError):
        raise BadLineError("bad_json") from None
    if not isinstance(row, dict):
        raise BadLineError("not_an_object")
    line_id = row.get("id")
    if not _is_id(line_id):
        raise BadLineError("bad_id")
    text, language, source = (row.get(name) for name in ("text", "language", "source"))
    if not isinstance(text, str):
        raise BadLineError("missing_text", line_id)
    if language is not None and not (isinstance(language, str) and _BCP_47.fullmatch(language)):
        raise BadLineError("bad_language", line_id)
    reason = text_reject_reason(text)
    if reason is not None:
        raise BadLineError(reason, line_id)
    return line_id, Post(
        post_id=str(number),
        source=source if isinstance(source, str) and source.isprintable() else SOURCE,
        text=redact_in_city(text, city).strip(),
        created_at=NO_DATE,
        received_at=NO_DATE,
        language=language,
    )


def _is_id(line_id: Any) -> bool:
    """Tell whether an id is null, a finite number or short text.

    Python also parses NaN and infinity, which are not JSON.
    """
    if isinstance(line_id, float):
        return math.isfinite(line_id)
    return isinstance(line_id, int | None) or (isinstance(line_id, str) and len(line_id) <= MAX_ID)


def _answer(line_id: Any, post: Post, result: Annotation | Quarantined) -> dict[str, Any]:
    if isinstance(result, Quarantined):
        return {"id": line_id, "error": result.reason}
    values: dict[str, Any] = {name: result.value(name) for name in _ORDER}
    scores = {name: label.score for name, label in result.labels.items()}
    if post.language is not None:  # the language of the input takes precedence
        values["language"] = post.language
        scores["language"] = 1.0
    places = [place.text for place in result.places]
    answer = {"id": line_id, **values, "places": places, "scores": scores, "model": result.model}
    return {**answer, "truncated": True} if result.truncated else answer


def _write(row: dict[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False).translate(_BREAKS)
    try:
        line.encode()
    except UnicodeEncodeError:  # a lone surrogate in the id
        return json.dumps(row)
    return line
