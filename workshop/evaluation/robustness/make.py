"""Generate the robustness set from a seed: `python -m workshop.evaluation.robustness.make`."""

import argparse
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.config.plugins import ROOT
from workshop.evaluation.robustness.edits import EDITS
from workshop.evaluation.robustness.injections import inject

GOLD = ROOT / "tests" / "gold" / "robustness"
WRITTEN = ROOT / "workshop" / "training" / "written"
SEED = 2026
INJECTIONS = 500
Row = dict[str, Any]


def main() -> int:
    """Write `slices.jsonl` and `injections.jsonl` beside the hand-labelled posts."""
    argparse.ArgumentParser(prog="python -m workshop.evaluation.robustness.make", description=__doc__).parse_args()
    for name, rows in make_rows().items():
        write_json_lines(GOLD / f"{name}.jsonl", rows)
    return 0


def make_rows() -> dict[str, list[Row]]:
    """Generate the rows of every file, by name."""
    posts = load_posts()
    return {"slices": apply_edits(posts), "injections": list(inject(posts, INJECTIONS, random.Random(SEED)))}  # noqa: S311


def load_posts() -> list[Row]:
    """Load the clean posts.

    They are the posts written for this set, and those of `workshop/training/written` that are not trained on (`split` = `test`).
    """
    rows = load_json_lines(GOLD / "posts_es.jsonl")
    for path in sorted(WRITTEN.glob("*.jsonl")):
        rows += [row for row in load_json_lines(path) if row.get("split") == "test"]
    return rows


def apply_edits(posts: Iterable[Row]) -> list[Row]:
    """Apply every edit to each post in a language it is for."""
    rows = []
    for post in posts:
        for name, (change, languages) in EDITS.items():
            if languages is None or post["lang"] in languages:
                rng = random.Random(f"{SEED} {name} {post['id']}")  # noqa: S311
                rows.append({"id": f"{name} {post['id']}", "of": post["id"], "slice": name, "text": change(post["text"], rng)})
    return rows


def load_json_lines(path: Path) -> list[Row]:
    """Load the records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_json_lines(path: Path, rows: Iterable[Row]) -> None:
    """Write the records as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
