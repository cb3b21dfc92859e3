"""List the changes of the open data's format, the newest first.

The version follows semver.org: the first number changes when a reader of the files must change.
"""

from datetime import date
from typing import Any, NamedTuple


class FormatVersion(NamedTuple):
    """Describe one version of the format."""

    version: str
    day: date
    what: str


CHANGES: tuple[FormatVersion, ...] = (
    FormatVersion("1.1.0", date(2026, 11, 28), "Parquet beside CSV and JSON; monthly versions that never change; this change log."),
    FormatVersion("1.0.0", date(2026, 11, 27), "Response times by month, service, district and channel, as CSV and JSON."),
)


def change_log() -> list[dict[str, Any]]:
    """Return the changes as they are published."""
    return [{"version": one.version, "date": one.day.isoformat(), "what": one.what} for one in CHANGES]
