"""Map one record of a file to a message.

With its text, its time in the city's zone, and a derived id if it has none.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from collectors.archive.columns import KINDS, RecordError, Row, row_of
from collectors.text import visible_text, with_title
from core.config.thresholds import has_handle_or_tag
from core.records import Json
from core.records.post import Kind, Raw, Style

LETTER = 500
"""Characters above which an untitled text is a letter: Mastodon, the most generous of the networks with short posts, ends there."""


def style_of(row: Row, text: str, kind: Kind, style: str = "auto") -> Style:
    """Return the style of a record.

    `style`: the profile's, for all records.

    Proposals of a platform have a title and below them comments; a post of a network has neither, and often a handle or a tag.

    >>> style_of({}, "Aquí también, y van dos días", "reply"), style_of({"title": "Más bancos"}, "Más bancos. Pido", "post")
    ('network', 'platform')
    """
    if style != "auto":
        return cast(Style, style)
    if has_handle_or_tag(text):
        return "network"
    if "title" in row or kind == "comment":
        return "platform"
    return "letter" if len(text) > LETTER else "network"


_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2})(:\d{2}(?::\d{2})?))?")


def row_as_raw(raw_json: Json) -> Raw:
    """Map the record to a message.

    Raises:
        RecordError: it cannot be one; with the reason code.
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
        style=style_of(row, text, cast(Kind, kind), str(raw_json.get("style", "auto"))),
    )


def derived_id(row: Row) -> str:
    """Derive an id from the content, stable for equal records."""
    content = [row.get(name, "") for name in ("created_at", "author", "handle", "thread", "title", "text")]
    return "made:" + hashlib.sha256("\0".join(content).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parse_date(text: str, zone: ZoneInfo) -> datetime:
    """Parse a date, or date and time, to UTC.

    Without a zone it is in the city's, without a time it is midnight.

    >>> parse_date("24/11/2026 10:50", ZoneInfo("Europe/Madrid")).isoformat()
    '2026-11-24T09:50:00+00:00'

    Raises:
        RecordError: not a date in a known form; month first (`11/24/2026`) is never guessed.
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
