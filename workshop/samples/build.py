"""Build the sample shipped with Escucha from Decide Madrid's published files.

    python -m workshop.samples.build ../shared/data/decide_madrid_es [samples/decide_madrid.jsonl.gz]

Authors are left out and personal numbers masked. The output is reproducible: the same files give the same bytes. The columns are those of
`collectors/archive/columns.py`.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.config.plugins import ROOT
from core.privacy.in_city import places_in
from core.privacy.redaction.text import redact

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Madrid")
SITE = "https://decide.madrid.es"
KEPT = ("@MADRID", "@Lineamadrid")
"""The city's handles, which are not redacted."""
PLACES = places_in(ROOT / "cities" / "madrid")


def rows(folder: Path) -> list[Row]:
    """Return all messages, oldest first.

    Messages of the same time are in the order of their ids, a proposal before its comments.
    """
    found = [
        *(_proposal(row, str(row["created_at"])) for row in _read(folder / "proposals_2015_2019.jsonl")),
        *(_proposal(row, _iso(row["created_at"])) for row in _read(folder / "proposals_2024_2025.jsonl")),
        *(_comment(row) for row in _read(folder / "comments_2015_2019.jsonl")),
    ]
    return sorted(found, key=_age)


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _proposal(row: Row, created_at: str) -> Row:
    own = f"proposal:{row['id']}"
    return {
        "id": own,
        "kind": "post",
        "thread": own,
        "created_at": created_at,
        "title": redact(row["title"], keep=KEPT, places=PLACES),
        "text": redact(row["text"] or "", keep=KEPT, places=PLACES),
        "url": row.get("url", f"{SITE}/proposals/{row['id']}"),
        "supports": row["supports"],
    }


def _comment(row: Row) -> Row:
    """Convert a comment.

    Its number on the site is kept, as the deletion sync needs it; its author's is not.
    """
    thread = f"proposal:{row['proposal_id']}"
    return {
        "id": f"comment:{row['id']}",
        "kind": "comment",
        "thread": thread,
        "reply_to": thread if row["parent_id"] is None else f"comment:{row['parent_id']}",
        "created_at": row["created_at"],
        "text": redact(row["text"], keep=KEPT, places=PLACES),
        "url": f"{SITE}/comments/{row['id']}",
        "positive": row["positive"],
        "negative": row["negative"],
    }


def _iso(day_first: str) -> str:
    day, month, year = day_first.split("/")
    return f"{year}-{month}-{day}"


def _age(row: Row) -> tuple[datetime, bool, int]:
    moment = datetime.fromisoformat(row["created_at"]).replace(tzinfo=ZONE)
    return moment, row["kind"] == "comment", int(row["id"].partition(":")[2])


def build(folder: Path, target: Path) -> int:
    """Write the sample; return the number of messages in it."""
    made = rows(folder)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    # omit file name and time from the header, so that the same messages give the same bytes
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode("utf-8"))
    return len(made)


def main() -> int:
    """Build the file and say how many messages it has."""
    parser = argparse.ArgumentParser(prog="python -m workshop.samples.build", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/decide_madrid_es"))
    parser.add_argument("target", type=Path, nargs="?", default=ROOT / "samples" / "decide_madrid.jsonl.gz")
    arguments = parser.parse_args()
    sys.stdout.write(f"{build(arguments.folder, arguments.target):,} messages in {arguments.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
