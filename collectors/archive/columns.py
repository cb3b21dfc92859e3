"""Map file columns: the documented ones, and two CONSUL exports.

The documented columns, in JSON or CSV, in any order; only `text` (or `title`) and `created_at` are required:

`id`          the message's id, unique in the file; if absent, one is derived from date, author, thread and text
`text`        plain text; `title` is put before it
`created_at`  ISO 8601 (`2026-11-24T10:50:19+01:00`, `2026-11-24`) or day first (`24/11/2026 10:50`); no zone: the city's
`author`      a stable id of the author, `handle` the visible name; both are pseudonymised before anything is stored
`kind`        post, comment, reply, repost or quote; absent: post
`thread`      id of the first message of the conversation, `reply_to` of the one that is answered
`url`, `language`, `edited_at`

Other columns are ignored.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from collectors.archive.lines import UnreadableFileError
from collectors.text import visible_text
from core.privacy.intake import MAX_CHARACTERS
from core.records.post import Kind

COLUMNS = "id text title created_at author handle kind thread reply_to url language edited_at".split()
KINDS = frozenset(get_args(Kind))


class RecordError(Exception):
    """Report a record that cannot be parsed; `reason` is the reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Row = dict[str, str]
"""The documented columns that are not empty."""


def row_of(item: object) -> Row:
    """Return the documented columns of a record in any of the layouts.

    Raises:
        RecordError: not a record, or a column contains a list, an object or too much text.
    """
    if not isinstance(item, dict):
        raise RecordError("bad_json")
    for needed, translate in LAYOUTS:
        if needed <= item.keys():
            return _filled(translate({name: _text(value) for name, value in item.items()}))
    return _filled({name: _text(item.get(name)) for name in COLUMNS})


def check_header(ours: Mapping[str, str], columns: Sequence[str]) -> None:
    """Check the column names of a table.

    Args:
        ours: our name by the file's name, from the profile.
        columns: as the file names them.

    Raises:
        UnreadableFileError: a required column is missing, or two have the same name; the message says what to write in the profile. It
            contains our own column names only: a file may lack a header, and then these are a citizen's words.
    """
    twice = next((number for number, name in enumerate(columns) if name and name in columns[:number]), None)
    if twice is not None:
        first = columns.index(columns[twice])
        raise UnreadableFileError(f"columns {first + 1} and {twice + 1} have the same name in its first line")
    there = {ours.get(name, name) for name in columns} - {""}
    if any(needed <= there for needed, _ in LAYOUTS) or ("created_at" in there and there & {"text", "title"}):
        return
    known = ", ".join(name for name in COLUMNS if name in there) or "none"
    raise UnreadableFileError(
        f"its first line has {len(columns)} columns, of which {known} are recognised; text (or title) and created_at are required: "
        f"map their names in [sources.archive.columns], such as text = 'mensaje', or add a header line at the top"
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise RecordError("bad_field")
    text = str(value)
    if len(text) > MAX_CHARACTERS:  # intake rejects it anyway; stripping its markup first would take seconds
        raise RecordError("too_large")
    return text


def _filled(row: Mapping[str, str]) -> Row:
    return {name: value for name, value in row.items() if value.strip()}


def _portal_proposal(item: Row) -> Row:
    """Map a CONSUL site's export: HTML, dates as `24/11/2026`, no authors."""
    own = f"proposal:{item['id']}"
    return {
        "id": own,
        "thread": own,
        "title": item["title"],
        "text": visible_text(item["description"]),
        "created_at": item["created_at"],
        "link_id": item["id"],
    }


def _dump_proposal(item: Row) -> Row:
    """Map a proposal of the research dump.

    Its text may be empty; the summary is then used.
    """
    own = f"proposal:{item['id']}"
    return {
        "id": own,
        "thread": own,
        "title": item["title"],
        "text": item["text"] if item["text"].strip() else item["summary"],
        "created_at": item["date"],
        "author": item["userId"],
        "url": item["url"] if item.get("url", "").startswith("http") else "",
        "link_id": item["id"],
    }


def _dump_comment(item: Row) -> Row:
    """Map a comment of the research dump.

    The time is `0 days 10:50:19`; the parent of a reply to the proposal itself is -1.
    """
    thread = f"proposal:{item['proposalId']}"
    clock = re.sub(r"^0 days ", "", item.get("time", ""))
    return {
        "id": f"comment:{item['id']}",
        "kind": "comment",
        "thread": thread,
        "reply_to": thread if item["parentId"] in ("", "-1") else f"comment:{item['parentId']}",
        "text": item["text"],
        "created_at": f"{item['date']} {clock}".strip(),
        "author": item["userId"],
    }


LAYOUTS: tuple[tuple[frozenset[str], Callable[[Row], Row]], ...] = (
    (frozenset({"id", "title", "description", "cached_votes_up", "created_at"}), _portal_proposal),
    (frozenset({"id", "title", "userId", "date", "summary", "text"}), _dump_proposal),
    (frozenset({"id", "parentId", "proposalId", "userId", "date", "text"}), _dump_comment),
)
"""Mapping by the columns that identify each layout."""
