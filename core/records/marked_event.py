"""Define an event marked by staff: a strike, a festival."""

from datetime import date

from core.records import Record, UtcDatetime


class EventFields(Record):
    """Hold what staff enter of an event."""

    name: str
    first_day: date
    last_day: date
    """Inclusive."""
    topic: str = ""
    """Empty: all services."""
    district: str = ""
    """Empty: the whole city."""

    @property
    def said(self) -> str:
        """Return days, service and district for the audit.

        >>> EventFields(name="x", first_day=date(2026, 11, 2), last_day=date(2026, 11, 6), topic="noise").said
        '2026-11-02 – 2026-11-06, noise'
        """
        whole = f"{self.first_day} – {self.last_day}"
        return ", ".join(one for one in (whole, self.topic, self.district) if one)


class MarkedEvent(EventFields):
    """Hold a stored event."""

    id: int
    revision: int
    changed_by: str
    changed_at: UtcDatetime
