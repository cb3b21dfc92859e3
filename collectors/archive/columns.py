"""What the columns of a file mean: our own documented ones, and those of the two files CONSUL sites publish.

The documented columns, in JSON or CSV, in any order; only `text` (or `title`) and `created_at` must be there:

`id`          the message's id, unique in the file; without it one is made of date, author, thread and text
`text`        plain text; `title` is put before it
`created_at`  ISO 8601 (`2026-11-24T10:50:19+01:00`, `2026-11-24`) or day first (`24/11/2026 10:50`); no zone: the city's
`author`      a stable id of the author, `handle` the visible name; both are hidden before anything is stored
`kind`        post, comment, reply, repost or quote; nothing: post
`thread`      id of the message that began the conversation, `reply_to` of the one that is answered
`url`, `language`, `edited_at`

Other columns are passed over.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from collectors.archive.lines import UnreadableFileError
from collectors.text import visible_text
from core.post import Kind
from core.privacy.intake import MAX_CHARACTERS

COLUMNS = "id text title created_at author handle kind thread reply_to url language edited_at".split()
KINDS = frozenset(get_args(Kind))


class RecordError(Exception):
    """This record cannot be read; `reason` is the short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Row = dict[str, str]
"""The documented columns that hold something."""


def row_of(item: object) -> Row:
    """The documented columns of a record, whichever of the three layouts it has.

    Raises:
        RecordError: it is no record, or a column holds a list, an object or megabytes.
    """
    if not isinstance(item, dict):
        raise RecordError("bad_json")
    for needed, translate in LAYOUTS:
        if needed <= item.keys():
            return _filled(translate({name: _text(value) for name, value in item.items()}))
    return _filled({name: _text(item.get(name)) for name in COLUMNS})


def missing(ours: Mapping[str, str], columns: Sequence[str]) -> None:
    """Check the column names of a table.

    Args:
        ours: our name by theirs, from the profile.
        columns: as the file names them.

    Raises:
        UnreadableFileError: what is needed is not among them, or two are called the same; says what to write in the profile. A file
            may have no such line, and then these are a citizen's words: only our own names are told.
    """
    twice = next((number for number, name in enumerate(columns) if name and name in columns[:number]), None)
    if twice is not None:
        first = columns.index(columns[twice])
        raise UnreadableFileError(f"columns {first + 1} and {twice + 1} are called the same in its first line")
    there = {ours.get(name, name) for name in columns} - {""}
    if any(needed <= there for needed, _ in LAYOUTS) or ("created_at" in there and there & {"text", "title"}):
        return
    known = ", ".join(name for name in COLUMNS if name in there) or "none"
    raise UnreadableFileError(
        f"its first line has {len(columns)} columns, of which we know {known}; text (or title) and created_at are needed: say in "
        f"[sources.archive.columns] how they are called there, such as text = 'mensaje', or put a line of column names on top"
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise RecordError("bad_field")
    text = str(value)
    if len(text) > MAX_CHARACTERS:  # the door refuses it anyway; taking out its mark-up first would cost seconds
        raise RecordError("too_large")
    return text


def _filled(row: Mapping[str, str]) -> Row:
    return {name: value for name, value in row.items() if value.strip()}


def _portal_proposal(item: Row) -> Row:
    """The export of a CONSUL site: HTML, `24/11/2026` as date, no authors."""
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
    """A proposal of the research dump: the text may be empty, then the summary speaks."""
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
    """A comment of the research dump: `0 days 10:50:19` as time, parent -1 for an answer to the proposal itself."""
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
"""By the columns that tell them apart."""
