"""Makes the robustness set anew, always the same from one seed: `python -m nlp.evaluation.robustness.make`."""

import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.config.plugins import ROOT
from nlp.evaluation.robustness.edits import EDITS
from nlp.evaluation.robustness.injections import inject

GOLD = ROOT / "tests" / "gold" / "robustness"
WRITTEN = ROOT / "nlp" / "training" / "written"
SEED = 2026
INJECTIONS = 500
Row = dict[str, Any]


def main() -> int:
    """Write `slices.jsonl` and `injections.jsonl` beside the posts that people wrote and labelled."""
    for name, rows in make().items():
        write(GOLD / f"{name}.jsonl", rows)
    return 0


def make() -> dict[str, list[Row]]:
    """Every file that is made, by name."""
    posts = read_posts()
    return {"slices": edit(posts), "injections": list(inject(posts, INJECTIONS, random.Random(SEED)))}  # noqa: S311


def read_posts() -> list[Row]:
    """The clean posts: those written for this set, and those of `nlp/training/written` that teach nothing (`split` = `test`)."""
    rows = read_lines(GOLD / "posts_es.jsonl")
    for path in sorted(WRITTEN.glob("*.jsonl")):
        rows += [row for row in read_lines(path) if row.get("split") == "test"]
    return rows


def edit(posts: Iterable[Row]) -> list[Row]:
    """Each post once a slice, where its language is one that the slice is for."""
    rows = []
    for post in posts:
        for name, (change, languages) in EDITS.items():
            if languages is None or post["lang"] in languages:
                dice = random.Random(f"{SEED} {name} {post['id']}")  # noqa: S311
                rows.append(
                    {"id": f"{name} {post['id']}", "of": post["id"], "slice": name, "text": change(post["text"], dice)}
                )
    return rows


def read_lines(path: Path) -> list[Row]:
    """The records of a file, one JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(path: Path, rows: Iterable[Row]) -> None:
    """The records as one JSON object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
