"""Makes a message of one record of a file: its text, its moment in the city's time, and an id where it has none."""

import hashlib
import re
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from collectors.archive.columns import KINDS, RecordError, Row, row_of
from collectors.text import visible_text, with_title
from core.post import Kind, Raw
from core.records import Json

_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2})(:\d{2}(?::\d{2})?))?")


def row_as_raw(raw_json: Json) -> Raw:
    """The record as a message.

    Raises:
        RecordError: it cannot be one; says why.
    """
    row, zone = row_of(raw_json["item"]), ZoneInfo(str(raw_json["timezone"]))
    text, kind = with_title(row.get("title", ""), row.get("text", "")), row.get("kind", "post").strip().lower()
    if "created_at" not in row:
        raise RecordError("missing_field: created_at")
    if kind not in KINDS:
        raise RecordError("bad_field: kind")
    own = raw_json.get("own")
    link = str(raw_json["link"]).replace("{id}", row.get("link_id", row.get("id", "")))
    return Raw(
        source="archive",
        native_id=row.get("id") or derived_id(row),
        text=visible_text(text) if raw_json["html"] else text,
        created_at=parse_date(row["created_at"], zone),
        received_at=datetime.fromisoformat(str(raw_json["received_at"])),
        author_id=row.get("author") or row.get("handle"),
        handle=row.get("handle"),
        own=isinstance(own, list) and not {row.get("author"), row.get("handle")}.isdisjoint(own),
        edited_at=parse_date(row["edited_at"], zone) if "edited_at" in row else None,
        language=row.get("language"),
        kind=cast(Kind, kind),
        thread_id=row.get("thread"),
        reply_to=row.get("reply_to"),
        url=row.get("url") or link or None,
        place=str(raw_json["place"]),
    )


def derived_id(row: Row) -> str:
    """The id of a record that has none: the same record always gets the same."""
    told = [row.get(name, "") for name in ("created_at", "author", "handle", "thread", "title", "text")]
    return "made:" + hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parse_date(text: str, zone: ZoneInfo) -> datetime:
    """A date, or date and time, as one moment in UTC; without a zone it is the city's, without a time it is midnight.

    Raises:
        RecordError: not a date we know; month first (`11/24/2026`) is never guessed.
    """
    text = text.strip()
    try:
        if day_first := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, rest = day_first.groups()
            text = f"{year}-{month:0>2}-{day:0>2}T{hour or '':0>2}{rest or ':00'}"
        found = datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text))
        return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RecordError("bad_date") from None
