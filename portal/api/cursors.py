"""Write positions in a list that stay the same while it grows.

A cursor holds the last row's time and id, when the first page was asked for, and a digest of the filters: "the last 7 days" keeps meaning
the same seven days through all pages.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.api.problems import ProblemError
from portal.api.queries import Paged

VERSION = 1


@dataclass(frozen=True)
class Position:
    """Hold a page's last row, and when the first was requested."""

    asked_at: datetime
    at: datetime
    key: str


def write_cursor(query: Paged, position: Position) -> str:
    """Return the cursor of the page after this position."""
    content = [VERSION, position.asked_at.timestamp(), position.at.astimezone(UTC).isoformat(), position.key, _digest(query)]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(query: Paged) -> Position | None:
    """Return the position that a question starts after; None: at the start.

    Raises:
        ProblemError: 400, a cursor that was changed, or that belongs to other filters.
    """
    if query.after is None:
        return None
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        version, asked_at, at, key, digest = json.loads(base64.urlsafe_b64decode(padded))
        found = Position(datetime.fromtimestamp(float(asked_at), UTC), datetime.fromisoformat(at), str(key))
        if version != VERSION or found.at.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError, OverflowError, OSError, RecursionError):
        raise ProblemError("cursor", "after: not a cursor of this version; start again without `after`.") from None
    if digest != _digest(query):
        raise ProblemError("cursor", "after: belongs to other filters; keep them the same, or start again without `after`.")
    return found


def _digest(query: Paged) -> str:
    same = query.model_dump(mode="json", exclude={"after", "limit"})
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]
