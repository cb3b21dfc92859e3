"""Keep monthly versions of the open data, which never change.

The table covers the last 12 months, so without them older figures would vanish. One a month, the first time that the portal runs in it:
more often, the difference of two versions could be a single case.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.config.settings import Settings
from reports.output import open_data
from reports.output.open_data import ResponseTimes
from reports.output.open_data_changes import CHANGES
from reports.publish import replace

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FORMS = ("csv", "json", "parquet")
INDEX = "versions.json"


def folder_of(settings: Settings) -> Path:
    """Return the folder of the versions, below the state's home."""
    return settings.home.resolve() / "open_data" / "versions"


def keep_version(settings: Settings, times: ResponseTimes) -> str | None:
    """Write this month's version unless there is one; return its day.

    Neither example data nor an empty table is kept. An interrupted version is written again: only whole ones have their final name.
    """
    day = times.made_at.date().isoformat()
    folder = folder_of(settings)
    if times.example or not times.rows or any(one.startswith(day[:7]) for one in days(settings)):
        return None
    draft = folder / f".{day}"
    draft.mkdir(parents=True, exist_ok=True)
    for name, content in files(times).items():
        replace(draft / name, content)
    if not (folder / day).exists():
        draft.rename(folder / day)
    return day


def files(times: ResponseTimes) -> dict[str, bytes]:
    """Return the table in each format, by file name."""
    written = (open_data.as_csv(times).encode(), open_data.as_json(times).encode(), open_data.as_parquet(times))
    return {f"response-times.{form}": content for form, content in zip(FORMS, written, strict=True)}


def days(settings: Settings) -> list[str]:
    """List the days of the versions, the newest first."""
    folder = folder_of(settings)
    return sorted((one.name for one in folder.glob("*") if DAY.fullmatch(one.name)), reverse=True)


def index(settings: Settings, root: str) -> list[dict[str, Any]]:
    """Describe the versions: day, address, size and checksum of each file."""
    return [{"date": day, "files": list(_described(settings, root, day))} for day in days(settings)]


def _described(settings: Settings, root: str, day: str) -> Iterator[dict[str, Any]]:
    for form in FORMS:
        path = folder_of(settings) / day / f"response-times.{form}"
        content = path.read_bytes()
        yield {"url": f"{root}/versions/{day}/{path.name}", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read_version(settings: Settings, day: str, name: str) -> bytes | None:
    """Return a file of a version; None: there is none."""
    if not DAY.fullmatch(day) or name not in {f"response-times.{form}" for form in FORMS}:
        return None
    path = folder_of(settings) / day / name
    return path.read_bytes() if path.is_file() else None


def index_file(settings: Settings, root: str) -> bytes:
    """Return the index as it is published."""
    found = {"format": CHANGES[0].version, "versions": index(settings, root)}
    return json.dumps(found, ensure_ascii=False, indent=1).encode()
