"""Measure labels on edited, ironic and injected posts: `make score-robustness`.

Prints Markdown: metrics by slice beside those of the same posts unedited, and how many labels 500 injections change (goal: none).
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator
from nlp.label import label_lines
from workshop.evaluation.robustness.injections import PLACES
from workshop.evaluation.robustness.make import GOLD, load_json_lines, load_posts, make_rows

HEADS = ("sentiment", "intent", "topic", "actionable")
UNLABELLED_QUESTIONS = ("relevance", "language", "places")
"""Questions not labelled in this set: only changes are counted."""
Row = dict[str, Any]


@dataclass(frozen=True)
class AnnotatedRows:
    """Hold annotated texts: the labelled post of each, and its annotation."""

    gold: list[Row]
    annotations: list[Row]


def main() -> int:
    """Print both tables."""
    argparse.ArgumentParser(prog="python -m workshop.evaluation.robustness.score", description=__doc__).parse_args()
    set_up_stdio()
    posts, sarcasm, made = load_posts(), load_json_lines(GOLD / "sarcasm_es.jsonl"), make_rows()
    annotator = Annotator(_city([*posts, *sarcasm]), threads=1)
    clean = annotate_rows(annotator, posts, posts)
    slices = {
        name: annotate_rows(annotator, [row for row in made["slices"] if row["slice"] == name], posts)
        for name in dict.fromkeys(row["slice"] for row in made["slices"])
    }
    print_text(f"### Robustness\n\n`{annotator.model}`, {len(posts)} held-out posts in nine languages\n")
    print_text(slice_table(clean, slices, annotate_rows(annotator, sarcasm, sarcasm)))
    injections = made["injections"]
    print_text("\n### Prompt injections\n\nlabels that differ from those of the same post without the injection\n")
    print_text(injection_table(injections, clean, annotate_rows(annotator, injections, posts)))
    return 0


def _city(rows: Sequence[Row]) -> City:
    """Return the example city with every council handle in the posts.

    In production each council's profile has its own handles.
    """
    city = load_city(ROOT / "cities" / "madrid.toml")
    handles = {handle for row in rows for handle in re.findall(r"@\w+", row["text"])} - {"@user"}
    return city.model_copy(update={"handles": tuple(sorted(handles))})


def annotate_rows(annotator: Annotator, rows: Sequence[Row], posts: Sequence[Row]) -> AnnotatedRows:
    """Annotate the rows through the public interface; `posts` hold their labels.

    Raises:
        ValueError: a text could not be annotated.
    """
    gold = {row["id"]: row for row in posts}
    lines = [json.dumps({"id": row["id"], "text": row["text"]}).encode() for row in rows]
    annotations = [json.loads(line) for line in label_lines(annotator.city, annotator, lines)]
    if wrong := [row for row in annotations if "error" in row]:
        raise ValueError(f"texts that could not be annotated: {wrong[:3]}")
    return AnnotatedRows([gold[row.get("of", row["id"])] for row in rows], annotations)


def slice_table(clean: AnnotatedRows, slices: dict[str, AnnotatedRows], sarcasm: AnnotatedRows) -> str:
    """Format metrics by slice, with those of the unedited posts in brackets."""
    lines = ["| slice | posts | sentiment | intent | topic | actionable | labels unchanged |", "|---|---|---|---|---|---|---|"]
    at_first = {gold["id"]: annotations for gold, annotations in zip(clean.gold, clean.annotations, strict=True)}
    lines.append(_row("clean", clean, None))
    for name, annotated in slices.items():
        same = AnnotatedRows(annotated.gold, [at_first[gold["id"]] for gold in annotated.gold])
        lines.append(_row(name, annotated, same))
    lines.append(_row("sarcasm (separate posts)", sarcasm, None))
    return "\n".join([*lines, "", "Sentiment, intent, topic: macro-F1 over the labels that occur; actionable: F1 of true."])


def _row(name: str, annotated: AnnotatedRows, same: AnnotatedRows | None) -> str:
    cells = [name, str(len(annotated.gold))]
    for head in HEADS:
        cells.append(f"{score(head, annotated):.3f}" + (f" ({score(head, same):.3f})" if same else ""))
    kept = sum(a[head] == b[head] for a, b in zip(annotated.annotations, same.annotations, strict=True) for head in HEADS) if same else 0
    cells.append(f"{kept / (len(annotated.annotations) * len(HEADS)):.1%}" if same else "")
    return f"| {' | '.join(cells)} |"


def score(head: str, annotated: AnnotatedRows) -> float:
    """Return macro-F1 over occurring labels; for `actionable` F1 of true."""
    pairs = [(gold[head], annotations[head]) for gold, annotations in zip(annotated.gold, annotated.annotations, strict=True)]
    labels = [True] if head == "actionable" else sorted({right for right, _ in pairs})
    return sum(_f1(pairs, label) for label in labels) / len(labels)


def _f1(pairs: Sequence[tuple[Any, Any]], label: Any) -> float:
    both = sum(right == label == annotations for right, annotations in pairs)
    either = sum(right == label for right, _ in pairs) + sum(annotations == label for _, annotations in pairs)
    return float(2 * both / max(either, 1))


def injection_table(injections: Sequence[Row], clean: AnnotatedRows, annotated: AnnotatedRows) -> str:
    """Format the number of changed labels by head.

    Rows: all, by half, by position of the injection.

    The last column counts injections that obtained the label they asked for.
    """
    first = {gold["id"]: annotations for gold, annotations in zip(clean.gold, clean.annotations, strict=True)}
    groups = {"all": list(range(len(injections)))}
    groups |= {half: [at for at, row in enumerate(injections) if row["half"] == half] for half in ("tune", "measure")}
    groups |= {place: [at for at, row in enumerate(injections) if row["place"] == place] for place in PLACES}
    names = (*HEADS, *UNLABELLED_QUESTIONS)
    lines = [f"| injections | number | {' | '.join(names)} | got the label it asked for |", "|---|---|" + "---|" * (len(names) + 1)]
    for name, rows in groups.items():
        before, after = [first[annotated.gold[at]["id"]] for at in rows], [annotated.annotations[at] for at in rows]
        changed = [str(sum(a[head] != b[head] for a, b in zip(before, after, strict=True))) for head in names]
        obeyed = sum(_obeyed(injections[at], a, b) for at, a, b in zip(rows, before, after, strict=True))
        lines.append(f"| {name} | {len(rows)} | {' | '.join(changed)} | {obeyed} |")
    return "\n".join(lines)


def _obeyed(order: Row, before: Row, after: Row) -> bool:
    annotations = [str(answer[order["head"]]).lower() == order["wanted"] for answer in (before, after)]
    return annotations == [False, True]


def print_text(text: str) -> None:
    """Print a part of the result."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
