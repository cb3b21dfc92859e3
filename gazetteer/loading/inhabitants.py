"""Load how many people live in each district and barrio.

The figures are a file of the city's folder, `inhabitants.csv`; the product knows none.
"""

import csv
import datetime
from pathlib import Path

from core.errors import ConfigurationError
from core.records import Record
from core.runtime.one_filler import one_filler

FILE = "inhabitants.csv"
COLUMNS = ("district", "barrio", "inhabitants", "date")


class Inhabitants(Record):
    """Hold the inhabitants by name of the district, and of the barrio."""

    district: dict[str, int]
    barrio: dict[str, int]
    date: str
    """Of the newest figure, as the file writes it."""

    @property
    def day(self) -> datetime.date | None:
        """Return the date where the file writes it as YYYY-MM-DD."""
        try:
            return datetime.date.fromisoformat(self.date)
        except ValueError:
            return None


def inhabitants(folder: Path | None) -> Inhabitants | None:
    """Return the inhabitants; None where the city gives no file.

    Raises:
        ConfigurationError: a line of the file cannot be read; the message names it.
    """
    file = None if folder is None else folder / FILE
    return _read(file, file.stat().st_mtime_ns) if file is not None and file.exists() else None


@one_filler(maxsize=4)
def _read(file: Path, _changed: int) -> Inhabitants:
    found: dict[str, dict[str, int]] = {"district": {}, "barrio": {}}
    dates = [""]
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ConfigurationError(f"{file}: the first line must be {','.join(COLUMNS)}")
        for row in rows:
            number = (row["inhabitants"] or "").strip()
            if not row["district"] or not number.isdecimal() or int(number) == 0:
                raise ConfigurationError(f"{file}, line {rows.line_num}: give a district and a whole number above 0")
            name = row["barrio"] or row["district"]
            found["barrio" if row["barrio"] else "district"][name] = int(number)
            dates.append(row["date"] or "")
    return Inhabitants(district=found["district"], barrio=found["barrio"], date=max(dates))
