"""Takes one record as its network gave it to a Raw, or says where it stands and why it cannot be kept, never its text."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from pydantic import ValidationError

from collectors.parse_errors import last_field
from core.json_limits import is_deep
from core.post import Raw, Rejected
from core.privacy.intake import reject_reason
from core.records import Json

Item = dict[str, Any]
"""One record, JSON as its network gives it."""


ORNAMENTS = frozenset({"author_id", "handle", "edited_at", "language", "thread_id", "reply_to", "url"})
"""What a message can do without."""


class RejectError(Exception):
    """A sound record that is not kept; its message is the reason code."""


def envelope(item: object, place: str, now: datetime) -> Json:
    """What `parse` of a network collector gets: the record, where it stands, and when we read it."""
    # through JSON and back: client libraries put datetimes and classes of their own into it
    plain = json.loads(json.dumps(item, default=str))
    return {"item": plain, "place": place, "received_at": now.isoformat()}


def envelopes(items: list[Item], where: str, now: datetime) -> list[Json]:
    """The records of one page, numbered from 1."""
    return [envelope(item, f"{where} item {number}", now) for item, number in zip(items, count(1), strict=False)]


def parse_record(source: str, raw_json: Json, make: Callable[[Item, datetime], Raw]) -> Raw | Rejected:
    """`make` applied to the record; a record it cannot read, or that may not be kept, becomes a reject with its reason.

    Of a field that is missing or of the wrong kind the reason gives the path: `missing_field: account.acct`.
    """
    item: Any = raw_json["item"]
    received_at = parse_date(raw_json["received_at"])
    try:
        if not isinstance(item, dict):
            return _rejected(source, raw_json, "not_an_object")
        if is_deep(item):
            raise RejectError("too_deep")
        raw = make(item, received_at)
    except RejectError as error:
        return _rejected(source, raw_json, str(error))
    except RecursionError:  # brackets or parts within parts within parts, in a letter: nobody writes so
        return _rejected(source, raw_json, "too_deep")
    except KeyError:
        return _rejected(source, raw_json, _of_field("missing_field", last_field(make, item, received_at)))
    except ValidationError as error:
        return _rejected(source, raw_json, _of_field("bad_field", str(error.errors()[0]["loc"][0])))
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return _rejected(source, raw_json, _of_field("bad_field", last_field(make, item, received_at)))
    reason = reject_reason(raw, received_at)
    return raw if reason is None else _rejected(source, raw_json, reason)


def parse_date(text: object) -> datetime:
    """A date of a network with its zone; without one it is UTC, which is what every network here means.

    Raises:
        ValueError: not a date.
    """
    if not isinstance(text, str):
        raise ValueError(f"not a date: {type(text).__name__}")
    found = datetime.fromisoformat(text)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # the last evening of the year 9999 in America: on some networks anybody may write any date
        raise ValueError("not a date: beyond the calendar") from None


def message(**fields: Any) -> Raw:
    """Make a message; an ornament of the wrong kind, such as an object for an address, is left out of it.

    Raises:
        ValidationError: a field of the wrong kind without which it is no message.
    """
    try:
        return Raw(**fields)
    except ValidationError as error:
        odd = {str(one["loc"][0]) for one in error.errors()}
        if not odd <= ORNAMENTS:
            raise
        return Raw(**{name: value for name, value in fields.items() if name not in odd})


def parse_date_if_any(text: object) -> datetime | None:
    """Give the date of a field that a message can do without; None where it is missing or no date."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def id_of(item: Item, name: str) -> str:
    """Give the id in this field.

    Raises:
        KeyError: it is missing.
        TypeError: null or no id: as a text, every such record would be one and the same message.
    """
    found = item[name]
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise TypeError(f"no id: {type(found).__name__}")
    return str(found)


def text_of(item: Item, name: str) -> str:
    """Give a text that a message can do without; an empty one where it is missing or something else."""
    found = item.get(name)
    return found if isinstance(found, str) else ""


def part_of(item: Item, name: str) -> Item:
    """Give an inner object that a message can do without; an empty one where it is missing or something else."""
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def _of_field(reason: str, path: str) -> str:
    return f"{reason}: {path}" if path else reason


def _rejected(source: str, raw_json: Json, reason: str) -> Rejected:
    return Rejected.of(source, str(raw_json["place"]), reason, json.dumps(raw_json["item"], sort_keys=True))
