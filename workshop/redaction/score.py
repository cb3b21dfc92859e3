"""Measure redaction on labelled posts: recall and false positives by author.

`make score-redaction` loads tests/gold/redaction/*.jsonl, prints the figures by kind and style with 95 % Wilson intervals, and writes them
to docs/reference/redaction.json, which the notice to citizens quotes. A span counts as removed if none of its words is left more often
than in the rest of the text. Then it prints the table of `workshop.redaction.cities`.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.privacy.in_city import places_in
from core.privacy.redaction.figures import RESULT
from core.privacy.redaction.text import redact
from workshop.redaction.cities import MADRID, format_cities
from workshop.redaction.shares import wilson_share

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "tests" / "gold" / "redaction"
KEEP = ("@MADRID", "@Lineamadrid")
PLACES = places_in(MADRID)
DEVELOPED_ON = frozenset(("author_a", "author_b", "author_c"))
"""Sets on which the rules were developed; excluded from published figures."""
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"@user|\[number\]|\[email\]|\[name\]|(?<!\w)http(?!\w|:)")
_SMALL_WORDS = frozenset(
    "de del la las los el y e i da do dos bis http https www com es org net number name email punto arroba at dot user".split()
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write the file."""
    parser = argparse.ArgumentParser(prog="python -m workshop.redaction.score", description="Measure redaction.")
    parser.add_argument("--misses", action="store_true", help="print every miss and every false positive too")
    options = parser.parse_args(arguments)
    rows = load_rows()
    figures = score(rows)
    sys.stdout.write(format_figures(figures) + format_cities())
    if options.misses:
        for row in rows:
            for line in describe_faults(row):
                sys.stdout.write(f"{row['id']} {line}\n")
    RESULT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def load_rows(folder: Path = GOLD) -> list[dict[str, Any]]:
    """Load the labelled posts of all authors; `author` is the file name."""
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            rows.append(json.loads(line) | {"author": path.stem})
    return rows


def score(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return recall by style, kind and names, and changed look-alikes, by author."""
    counts: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        left = redact(row["text"], keep=KEEP, places=PLACES)
        for author in (row["author"], "all", *(() if row["author"] in DEVELOPED_ON else ("held_out",))):
            of = counts[author]
            if row["kind"] == "lookalike":
                of["false"][left != row["text"]] += 1
            for span in row["spans"]:
                removed = is_removed(row, span, left)
                for group in (_group(span), f"{span['type']}/{span['style']}"):
                    of[group][removed] += 1
    return {author: {group: wilson_share(c) for group, c in sorted(of.items())} for author, of in sorted(counts.items())}


def _group(span: dict[str, Any]) -> str:
    """Return the group of a span: disguised, names, or plain."""
    if span["style"] == "disguised":
        return "disguised"
    return "names" if span["type"] == "name" else "plain"


def is_removed(row: dict[str, Any], span: dict[str, Any], left: str) -> bool:
    """Return True if no word of the span is left."""
    text = row["text"]
    outside, at = [], 0
    for other in sorted(row["spans"], key=lambda one: one["start"]):
        outside.append(text[at : other["start"]])
        at = other["end"]
    outside.append(text[at:])
    allowed = Counter(_WORD.findall(" ".join(outside).lower()))
    found = Counter(_WORD.findall(_MARKS.sub(" ", left).lower()))
    words = [word for word in _WORD.findall(text[span["start"] : span["end"]].lower()) if word not in _SMALL_WORDS]
    return all(found[word] <= allowed[word] for word in words)


def describe_faults(row: dict[str, Any]) -> list[str]:
    """Describe the misses and false positives in a post."""
    left = redact(row["text"], keep=KEEP, places=PLACES)
    if row["kind"] == "lookalike":
        return [] if left == row["text"] else [f"FALSE {row['text']!r} -> {left!r}"]
    return [
        f"MISS {span['type']} {span['style']} {row['text'][span['start'] : span['end']]!r} in {left!r}"
        for span in row["spans"]
        if not is_removed(row, span, left)
    ]


def format_figures(figures: dict[str, Any]) -> str:
    """Format the figures as a table."""
    lines = ["author    | kind                      | of    | share (95 %)"]
    for author, groups in figures.items():
        for group, one in groups.items():
            lines.append(f"{author:<9} | {group:<25} | {one['of']:>5} | {one['share']:.3f} ({one['low']:.3f}-{one['high']:.3f})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
