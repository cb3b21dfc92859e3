"""Build the example month as records of five networks.

    python -m workshop.samples.build_example ../shared/data/incidents_es [samples/example_month.jsonl.gz]

The output is reproducible: the same files give the same bytes. Each line is one record: `network`, `written_at`, and `raw`, which the
collector of that network parses. `key`, `incident` and `actionable` are what its author says of it: the invented office goes by them.
`samples/README.md` lists the sources of the posts.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.config.plugins import ROOT
from workshop.samples.example_records import NETWORK_OF, ExamplePost, record_of

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Madrid")
FIRST_DAY = date(2026, 9, 9)
"""First day in the file; the first start shifts the month so that it ends at that time."""
SAMPLE_EVERY = 2
"""One in two of the posts about no incident is included."""


@dataclass(frozen=True)
class AuthorPart:
    """Select from one author: some days, incidents in them, and other posts."""

    author: str
    first_day: date
    incidents: frozenset[str] | None
    """None: all that are told from their first post to their last within the days."""
    left_out: frozenset[str] = frozenset()
    starts: int = 0
    """Day of the month that `first_day` becomes."""
    days: int = 7


LAST_WEEK = 23
"""The day on which the last week begins, whose incidents were chosen one by one."""
PARTS = (
    AuthorPart("m1", date(2026, 10, 9), None, starts=9, days=LAST_WEEK - 9),
    AuthorPart("m2", date(2026, 9, 11), None, starts=5, days=LAST_WEEK - 5),
    AuthorPart("m3", date(2026, 11, 10), None, days=LAST_WEEK),
    AuthorPart(
        "m1", date(2026, 10, 2), frozenset("i03 i09 i15 i18 i24 i29 i31 i33 i34 i35 i39 i40 i41 i43 i44 i45 i46".split()), starts=LAST_WEEK
    ),
    AuthorPart("m2", date(2026, 9, 4), frozenset("i27 i28 i31 i34 i58 i59 i61 i62 i66 i70".split()), starts=LAST_WEEK),
    AuthorPart(
        "m3",
        date(2026, 11, 3),
        frozenset("i03 i10 i11 i17 i18 i21 i22 i36 i41 i42 i48 i53".split()),
        left_out=frozenset({"p143", "p149"}),  # about a holiday in November
        starts=LAST_WEEK,
    ),
)


def load_posts(folder: Path) -> list[ExamplePost]:
    """Return the posts of the month, oldest first."""
    return sorted((one for part in PARTS for one in _selected(folder, part)), key=lambda one: (one.at, one.key))


def _selected(folder: Path, part: AuthorPart) -> Iterator[ExamplePost]:
    lines = (folder / f"author_{part.author}" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    told = list(map(json.loads, lines))
    rows = [row for row in told if row["channel"] in NETWORK_OF and _day(part, row) in range(part.days)]
    by_id = {row["id"]: row for row in rows}
    elsewhere = {row["incident"] for row in told if _day(part, row) not in range(part.days)}
    incidents = part.incidents or {row["incident"] for row in rows} - elsewhere - {None}
    chosen = {row["id"] for row in rows if row["incident"] in incidents}
    about_none = [row["id"] for row in rows if row["incident"] is None and row["reply_to"] is None]
    chosen |= set(about_none[::SAMPLE_EVERY]) - part.left_out
    for row in rows:
        if row["id"] in chosen:
            yield _post(part, row, by_id)


def _day(part: AuthorPart, row: Row) -> int:
    return (datetime.fromisoformat(row["created_at"]).date() - part.first_day).days


def _post(part: AuthorPart, row: Row, by_id: dict[str, Row]) -> ExamplePost:
    """Convert a row to a post of the example month.

    A reply keeps its parent only if both are in the same network.
    """
    parent = by_id.get(row["reply_to"] or "")
    if parent is not None and NETWORK_OF[parent["channel"]] != NETWORK_OF[row["channel"]]:
        parent = None
    return ExamplePost(
        key=f"{part.author}-{row['id']}",
        network=NETWORK_OF[row["channel"]],
        text=row["text"],
        at=_moment(part, row),
        author=f"{part.author}-{row['author']}",
        reply_to=None if parent is None else _post(part, parent, by_id),
        incident=row["incident"] and f"{part.author}-{row['incident']}",
        actionable=row["actionable"],
    )


def _moment(part: AuthorPart, row: Row) -> datetime:
    clock: time = datetime.fromisoformat(row["created_at"]).time()
    return datetime.combine(FIRST_DAY + timedelta(days=part.starts + _day(part, row)), clock, ZONE)


def build(folder: Path, target: Path) -> int:
    """Write the sample; return the number of posts in it."""
    rows = [
        {"key": one.key, "incident": one.incident, "actionable": one.actionable}
        | {"network": one.network, "written_at": one.at.isoformat(), "raw": record_of(one)}
        for one in load_posts(folder)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    # omit file name and time from the header, so that the same posts give the same bytes
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode("utf-8"))
    return len(rows)


def main() -> int:
    """Build the file and say how many posts it has."""
    parser = argparse.ArgumentParser(prog="python -m workshop.samples.build_example", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/incidents_es"))
    parser.add_argument("target", type=Path, nargs="?", default=ROOT / "samples" / "example_month.jsonl.gz")
    arguments = parser.parse_args()
    sys.stdout.write(f"{build(arguments.folder, arguments.target):,} posts in {arguments.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
