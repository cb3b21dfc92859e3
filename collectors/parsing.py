"""Map a network's record to a `Raw`, or to a reject.

A reject has the record's place and the reason, never its text.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from pydantic import ValidationError

from collectors.parse_errors import last_field
from core.json_limits import is_deep
from core.privacy.intake import reject_reason
from core.records import Json
from core.records.post import MOST_COUNT, REACH, Raw, Reach, Rejected

Item = dict[str, Any]
"""One record: JSON as its network returned it."""


OPTIONAL_FIELDS = frozenset({"author_id", "handle", "edited_at", "language", "thread_id", "reply_to", "url", "followers", *REACH})
"""Optional fields: a message is kept without them."""


class RejectError(Exception):
    """Report a well-formed record that is not kept. The message is the reason code."""


def envelope(item: object, place: str, now: datetime) -> Json:
    """Build the input of `parse`.

    It holds the record, its place in the response, and the time it was fetched.

    >>> from datetime import UTC, datetime
    >>> envelope({"id": 1}, "search page 1 item 1", datetime(2026, 1, 1, tzinfo=UTC))
    {'item': {'id': 1}, 'place': 'search page 1 item 1', 'received_at': '2026-01-01T00:00:00+00:00'}
    """
    # through JSON and back: client libraries add datetimes and their own classes
    as_json = json.loads(json.dumps(item, default=str))
    return {"item": as_json, "place": place, "received_at": now.isoformat()}


def envelopes(items: list[Item], where: str, now: datetime) -> list[Json]:
    """Build the envelopes of the records of one page, numbered from 1."""
    return [envelope(item, f"{where} item {number}", now) for item, number in zip(items, count(1), strict=False)]


def parse_record(source: str, raw_json: Json, make: Callable[[Item, datetime], Raw]) -> Raw | Rejected:
    """Apply `make` to the record; return a reject if that fails.

    The reason names the path of a field that is missing or of the wrong type: `missing_field: account.acct`.
    """
    item: Any = raw_json["item"]
    received_at = parse_date(raw_json["received_at"])
    try:
        if not isinstance(item, dict):
            return _reject(source, raw_json, "not_an_object")
        if is_deep(item):
            raise RejectError("too_deep")
        raw = make(item, received_at)
    except RejectError as error:
        return _reject(source, raw_json, str(error))
    except RecursionError:  # deeply nested MIME parts or brackets in an e-mail: no real message has them
        return _reject(source, raw_json, "too_deep")
    except KeyError:
        return _reject(source, raw_json, _field_reason("missing_field", last_field(make, item, received_at)))
    except ValidationError as error:
        return _reject(source, raw_json, _field_reason("bad_field", str(error.errors()[0]["loc"][0])))
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return _reject(source, raw_json, _field_reason("bad_field", last_field(make, item, received_at)))
    reason = reject_reason(raw, received_at)
    return raw if reason is None else _reject(source, raw_json, reason)


def parse_date(text: object) -> datetime:
    """Parse an ISO 8601 date to UTC.

    A date without a zone is taken as UTC, which is what every network here means.

    >>> parse_date("2026-11-24T10:50:19+01:00")
    datetime.datetime(2026, 11, 24, 9, 50, 19, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: not a date.
    """
    if not isinstance(text, str):
        raise ValueError(f"not a date: {type(text).__name__}")
    found = datetime.fromisoformat(text)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # 31 December 9999 west of UTC: some networks accept any date from a client
        raise ValueError("not a date: beyond the calendar") from None


def build_message(**fields: Any) -> Raw:
    """Build a message, dropping optional fields of the wrong type.

    Raises:
        ValidationError: a required field is of the wrong type.
    """
    try:
        return Raw(**fields)
    except ValidationError as error:
        odd = {str(one["loc"][0]) for one in error.errors()}
        if not odd <= OPTIONAL_FIELDS:
            raise
        return Raw(**{name: value for name, value in fields.items() if name not in odd})


def count_of(item: Item, *names: str) -> int | None:
    """Return the sum of a record's counters; None without any.

    A value that is no count is ignored, and so is a sum that is too large to be stored.

    >>> count_of({"reposts": 2, "quotes": 1}, "reposts", "quotes"), count_of({"reposts": "?"}, "reposts")
    (3, None)
    """
    found = [item.get(name) for name in names]
    counts = [one for one in found if isinstance(one, int) and not isinstance(one, bool) and one >= 0]
    return sum(counts) if counts and sum(counts) <= MOST_COUNT else None


def shown_with(counts: dict[str, int | None]) -> bool | Reach:
    """Return the answer of `find_deleted` about a message that is there.

    >>> shown_with({"likes": None}), shown_with({"likes": 2}).likes
    (False, 2)
    """
    reach = Reach(**counts)
    return False if reach == Reach() else reach


def parse_date_if_any(text: object) -> datetime | None:
    """Parse an optional date. None if it is missing or not a date."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def id_of(item: Item, name: str) -> str:
    """Return the id in this field as text.

    >>> id_of({"id": 17}, "id")
    '17'

    Raises:
        KeyError: it is missing.
        TypeError: null or not an id. As text, all such records would be one and the same message.
    """
    found = item[name]
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise TypeError(f"not an id: {type(found).__name__}")
    return str(found)


def text_of(item: Item, name: str) -> str:
    """Return an optional text. Empty if it is missing or not text."""
    found = item.get(name)
    return found if isinstance(found, str) else ""


def object_of(item: Item, name: str) -> Item:
    """Return an optional inner object. Empty if it is missing or not one."""
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def objects_of(item: Item, name: str) -> list[Item]:
    """Return the objects of an optional list; others in it are skipped."""
    found = item.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _field_reason(reason: str, path: str) -> str:
    return f"{reason}: {path}" if path else reason


def _reject(source: str, raw_json: Json, reason: str) -> Rejected:
    return Rejected.of(source, str(raw_json["place"]), reason, json.dumps(raw_json["item"], sort_keys=True))
