"""Add, edit and remove the events that staff mark on timelines."""

from core.errors import ConfigurationError
from core.records.annotation import TOPICS
from core.records.marked_event import EventFields
from ledger.system import marked_events
from pipeline.context import Context, now

LONGEST_NAME = 80
MOST_DAYS = 366
YEARS = range(1900, 3000)
"""Of the days: weeks before and after them are computed, and the calendar ends with the years 1 and 9999."""


def add(context: Context, fields: EventFields, who: str) -> None:
    """Add an event.

    Raises:
        ConfigurationError: a field is missing or wrong.
    """
    marked_events.add(context.ledger, checked(fields), who, now())


def edit(context: Context, number: int, fields: EventFields, who: str, seen: int) -> None:
    """Change an event as it was seen at this revision.

    Raises:
        ConfigurationError: a field is missing or wrong.
        ChangeRefusedError: it was changed or removed since.
    """
    marked_events.edit(context.ledger, number, checked(fields), who, seen, now())


def remove(context: Context, number: int, who: str, seen: int) -> None:
    """Remove an event as it was seen at this revision.

    Raises:
        ChangeRefusedError: it was changed or removed since.
    """
    marked_events.remove(context.ledger, number, who, seen, now())


def checked(fields: EventFields) -> EventFields:
    """Return the fields of an event, with spaces around the name removed.

    Raises:
        ConfigurationError: a field is missing or wrong.
    """
    name = " ".join(fields.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigurationError("Give the event a name of at most 80 characters.")
    if fields.first_day > fields.last_day or (fields.last_day - fields.first_day).days >= MOST_DAYS:
        raise ConfigurationError("The last day of an event is its first day or later, within one year.")
    if fields.first_day.year not in YEARS or fields.last_day.year not in YEARS:
        raise ConfigurationError("The days of an event are between the years 1900 and 2999.")
    if fields.topic and fields.topic not in TOPICS:
        raise ConfigurationError("Choose a service of the list, or none.")
    return fields.model_copy(update={"name": name, "district": fields.district.strip()[:LONGEST_NAME]})
