"""Measure redaction on labelled posts: recall by kind and style, and false hits, by author, with 95 % Wilson intervals.

`make score-redaction` reads tests/gold/redaction/*.jsonl, prints the figures and writes them to docs/reference/redaction.json, which the
notice to citizens reads. A span counts as taken out when none of its words is left more often than the rest of the text has it.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from core.privacy.redaction.figures import RESULT
from core.privacy.redaction.text import redact

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "tests" / "gold" / "redaction"
KEEP = ("@MADRID", "@Lineamadrid")
Z = 1.959964
DEVELOPED_ON = frozenset(("author_a", "author_b", "author_c"))
"""The sets on which the rules were made: they count in no published figure."""
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"@user|\[number\]|\[email\]|\[name\]|(?<!\w)http(?!\w|:)")
_SMALL_WORDS = frozenset(
    "de del la las los el y e i da do dos bis http https www com es org net number name email "
    "punto arroba at dot user".split()
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write the file."""
    parser = argparse.ArgumentParser(prog="python -m tools.redaction.score", description="Measures redaction.")
    parser.add_argument("--misses", action="store_true", help="print every miss and every false hit too")
    asked = parser.parse_args(arguments)
    rows = read_rows()
    figures = score(rows)
    sys.stdout.write(in_words(figures))
    if asked.misses:
        for row in rows:
            for line in faults(row):
                sys.stdout.write(f"{row['id']} {line}\n")
    RESULT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def read_rows(folder: Path = GOLD) -> list[dict[str, Any]]:
    """Read the labelled posts of all authors; `author` is the file's name."""
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            rows.append(json.loads(line) | {"author": path.stem})
    return rows


def score(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return for each author and for all: recall by style, by kind, of names, and the share of look-alikes that changed."""
    counts: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        left = redact(row["text"], keep=KEEP)
        for author in (row["author"], "all", *(() if row["author"] in DEVELOPED_ON else ("held_out",))):
            of = counts[author]
            if row["kind"] == "lookalike":
                of["false"][left != row["text"]] += 1
            for span in row["spans"]:
                gone = is_gone(row, span, left)
                for group in (_group(span), f"{span['type']}/{span['style']}"):
                    of[group][gone] += 1
    return {author: {group: share(c) for group, c in sorted(of.items())} for author, of in sorted(counts.items())}


def _group(span: dict[str, Any]) -> str:
    """Names apart; of the rest what is written plainly and what is disguised."""
    if span["style"] == "disguised":
        return "disguised"
    return "names" if span["type"] == "name" else "plain"


def share(counts: Counter[bool]) -> dict[str, Any]:
    """Return hits, all, their share and its Wilson interval."""
    hits, total = counts[True], counts.total()
    part = hits / total
    middle = (part + Z * Z / (2 * total)) / (1 + Z * Z / total)
    half = Z * sqrt(part * (1 - part) / total + Z * Z / (4 * total * total)) / (1 + Z * Z / total)
    return {
        "hits": hits,
        "of": total,
        "share": round(part, 4),
        "low": round(max(0.0, middle - half), 4),
        "high": round(min(1.0, middle + half), 4),
    }


def is_gone(row: dict[str, Any], span: dict[str, Any], left: str) -> bool:
    """Return True when no word of the span is left over."""
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


def faults(row: dict[str, Any]) -> list[str]:
    """Return what went wrong in a post, in words."""
    left = redact(row["text"], keep=KEEP)
    if row["kind"] == "lookalike":
        return [] if left == row["text"] else [f"FALSE {row['text']!r} -> {left!r}"]
    return [
        f"MISS {span['type']} {span['style']} {row['text'][span['start'] : span['end']]!r} in {left!r}"
        for span in row["spans"]
        if not is_gone(row, span, left)
    ]


def in_words(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = ["author    | kind                      | of    | share (95 %)"]
    for author, groups in figures.items():
        for group, one in groups.items():
            lines.append(
                f"{author:<9} | {group:<25} | {one['of']:>5} | {one['share']:.3f} ({one['low']:.3f}-{one['high']:.3f})"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
