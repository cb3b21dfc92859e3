"""Build the example week as records of five networks.

    python -m workshop.samples.build_example ../shared/data/incidents_es [samples/example_week.jsonl.gz]

The output is reproducible: the same files give the same bytes. Each line is one record: `network`, `written_at`, and `raw`, which the
collector of that network parses. `samples/README.md` lists the sources of the posts.
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
FIRST_DAY = date(2026, 10, 2)
"""First day in the file; the first start shifts the week so that it ends at that time."""
DAYS = 7
SAMPLE_EVERY = 2
"""One in two of the posts about no incident is included."""


@dataclass(frozen=True)
class AuthorPart:
    """Select from one author: a week, incidents in it, and other posts."""

    author: str
    first_day: date
    incidents: frozenset[str]
    left_out: frozenset[str] = frozenset()


PARTS = (
    AuthorPart("m1", date(2026, 10, 2), frozenset("i03 i09 i15 i18 i24 i29 i31 i33 i34 i35 i39 i40 i41 i43 i44 i45 i46".split())),
    AuthorPart("m2", date(2026, 9, 4), frozenset("i27 i28 i31 i34 i58 i59 i61 i62 i66 i70".split())),
    AuthorPart(
        "m3",
        date(2026, 11, 3),
        frozenset("i03 i10 i11 i17 i18 i21 i22 i36 i41 i42 i48 i53".split()),
        left_out=frozenset({"p143", "p149"}),  # about a holiday in November
    ),
)


def load_posts(folder: Path) -> list[ExamplePost]:
    """Return the posts of the week, oldest first."""
    return sorted((one for part in PARTS for one in _selected(folder, part)), key=lambda one: (one.at, one.key))


def _selected(folder: Path, part: AuthorPart) -> Iterator[ExamplePost]:
    lines = (folder / f"author_{part.author}" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["channel"] in NETWORK_OF and _day(part, row) in range(DAYS)]
    by_id = {row["id"]: row for row in rows}
    chosen = {row["id"] for row in rows if row["incident"] in part.incidents}
    about_none = [row["id"] for row in rows if row["incident"] is None and row["reply_to"] is None]
    chosen |= set(about_none[::SAMPLE_EVERY]) - part.left_out
    for row in rows:
        if row["id"] in chosen:
            yield _post(part, row, by_id)


def _day(part: AuthorPart, row: Row) -> int:
    return (datetime.fromisoformat(row["created_at"]).date() - part.first_day).days


def _post(part: AuthorPart, row: Row, by_id: dict[str, Row]) -> ExamplePost:
    """Convert a row to a post of the example week.

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
    )


def _moment(part: AuthorPart, row: Row) -> datetime:
    clock: time = datetime.fromisoformat(row["created_at"]).time()
    return datetime.combine(FIRST_DAY + timedelta(days=_day(part, row)), clock, ZONE)


def build(folder: Path, target: Path) -> int:
    """Write the sample; return the number of posts in it."""
    rows = [{"network": one.network, "written_at": one.at.isoformat(), "raw": record_of(one)} for one in load_posts(folder)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    # omit file name and time from the header, so that the same posts give the same bytes
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode("utf-8"))
    return len(rows)


def main() -> int:
    """Build the file and say how many posts it has."""
    parser = argparse.ArgumentParser(prog="python -m workshop.samples.build_example", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/incidents_es"))
    parser.add_argument("target", type=Path, nargs="?", default=ROOT / "samples" / "example_week.jsonl.gz")
    arguments = parser.parse_args()
    sys.stdout.write(f"{build(arguments.folder, arguments.target):,} posts in {arguments.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
