"""Make the example week: posts written for Escucha, in the form in which five networks give theirs.

    python samples/build_example.py ../shared/data/incidents_es [samples/example_week.jsonl.gz]

Run again on the same files it writes the same bytes. Each line is one record: `network`, `written_at`, and `raw`, what the collector
of that network parses. `samples/README.md` says where the posts come from.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from example_records import NETWORK_OF, Said, record_of

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Madrid")
FIRST_DAY = date(2026, 10, 2)
"""The week as written down; a first start moves it so that it ends then."""
DAYS = 7
EVERY = 2
"""Of the posts about no incident, one in so many is taken."""


@dataclass(frozen=True)
class Part:
    """What is taken of one author: a week, incidents in it, and posts about none."""

    author: str
    first_day: date
    incidents: frozenset[str]
    left_out: frozenset[str] = frozenset()


PARTS = (
    Part(
        "m1",
        date(2026, 10, 2),
        frozenset("i03 i09 i15 i18 i24 i29 i31 i33 i34 i35 i39 i40 i41 i43 i44 i45 i46".split()),
    ),
    Part("m2", date(2026, 9, 4), frozenset("i27 i28 i31 i34 i58 i59 i61 i62 i66 i70".split())),
    Part(
        "m3",
        date(2026, 11, 3),
        frozenset("i03 i10 i11 i17 i18 i21 i22 i36 i41 i42 i48 i53".split()),
        left_out=frozenset({"p143", "p149"}),  # of a holiday in November
    ),
)


def said(folder: Path) -> list[Said]:
    """Return the posts of the week, oldest first."""
    return sorted((one for part in PARTS for one in _taken(folder, part)), key=lambda one: (one.at, one.key))


def _taken(folder: Path, part: Part) -> Iterator[Said]:
    lines = (folder / f"author_{part.author}" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["channel"] in NETWORK_OF and _day(part, row) in range(DAYS)]
    by_id = {row["id"]: row for row in rows}
    chosen = {row["id"] for row in rows if row["incident"] in part.incidents}
    about_none = [row["id"] for row in rows if row["incident"] is None and row["reply_to"] is None]
    chosen |= set(about_none[::EVERY]) - part.left_out
    for row in rows:
        if row["id"] in chosen:
            yield _said(part, row, by_id)


def _day(part: Part, row: Row) -> int:
    return (datetime.fromisoformat(row["created_at"]).date() - part.first_day).days


def _said(part: Part, row: Row, by_id: dict[str, Row]) -> Said:
    """Return the post at its hour of the example week; an answer names what it answers in the same network."""
    parent = by_id.get(row["reply_to"] or "")
    if parent is not None and NETWORK_OF[parent["channel"]] != NETWORK_OF[row["channel"]]:
        parent = None
    return Said(
        key=f"{part.author}-{row['id']}",
        network=NETWORK_OF[row["channel"]],
        text=row["text"],
        at=_moment(part, row),
        author=f"{part.author}-{row['author']}",
        answers=None if parent is None else _said(part, parent, by_id),
    )


def _moment(part: Part, row: Row) -> datetime:
    clock: time = datetime.fromisoformat(row["created_at"]).time()
    return datetime.combine(FIRST_DAY + timedelta(days=_day(part, row)), clock, ZONE)


def build(folder: Path, target: Path) -> int:
    """Write the sample; return the number of posts in it."""
    rows = [{"network": one.network, "written_at": one.at.isoformat(), "raw": record_of(one)} for one in said(folder)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    # no file name and no time in the header: the same posts give the same bytes
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode("utf-8"))
    return len(rows)


if __name__ == "__main__":
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/incidents_es")
    sample = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "example_week.jsonl.gz"
    sys.stdout.write(f"{build(source, sample):,} posts in {sample}\n")
