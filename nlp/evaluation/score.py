"""Measure the annotator on posts you labelled yourself: `make score GOLD=file.jsonl`.

One JSON object per line: `text`, and any of sentiment, intent, topic, actionable, relevance, language, places. Each question is answered
as the profile configures it; the values in brackets are 95 % intervals over 1,000 resamples of the posts. A post at the `border` of a
question counts as neither right nor wrong; further rows show the measures with all of these wrong and all right.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from core.config.city import City, load_city
from core.errors import ConfigurationError, EscuchaError
from core.privacy.in_city import redact_in_city
from core.records.annotation import Annotation
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from nlp.annotator import WINDOW, Annotator, sanitized
from nlp.evaluation.gold_set import QUESTIONS, LabelledPost, load_gold
from nlp.evaluation.report import Pairs, Score, score
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import probabilities
from nlp.inference.model_files import LABELS
from nlp.inference.windows import windows_read

log = logging.getLogger("escucha")
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""Placeholder: labelled posts have no date, and no question uses it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the metrics; return 2 if file or profile is invalid."""
    set_up_stdio()
    parser = argparse.ArgumentParser(prog="python -m nlp.evaluation.score", description="Measure the annotator on a labelled file.")
    parser.add_argument("file", type=Path, help=f"JSON lines: text, and any of {', '.join(QUESTIONS)}")
    default = os.environ.get("ESCUCHA_CITY", "cities/madrid.toml")
    parser.add_argument("--city", type=Path, default=Path(default), help="the profile (default: %(default)s)")
    parser.add_argument("--redacted", action="store_true", help="the texts are redacted already: do not redact them again")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        city, gold = load_city(options.city), load_gold(options.file)
        if unused := sorted({name for row in gold for name in row.unused}):
            log.warning("fields not evaluated: %s", ", ".join(unused))
        annotator = Annotator(city)
        scores = score(annotate_all(annotator, gold, options.redacted), complaint_scores(annotator, gold, options.redacted))
    except EscuchaError as error:
        log.error("score: %s", error)
        return error.exit_code
    title = f"{len(gold)} {'post' if len(gold) == 1 else 'posts'} of {options.file}, annotated by {annotator.model} for {city.name}"
    sys.stdout.write(format_markdown(scores, title))
    return 0


def annotate_all(annotator: Annotator, gold: Sequence[LabelledPost], redacted: bool = False) -> Pairs:
    """Annotate every labelled post.

    Raises:
        ConfigurationError: a post cannot be annotated; the message names its line.
    """
    posts = [build_post(annotator.city, row, redacted) for row in gold]
    pairs = []
    for row, found in zip(gold, annotator.annotate(posts), strict=True):
        if not isinstance(found, Annotation):
            raise ConfigurationError(f"line {row.line}: this text cannot be annotated ({found.reason})")
        pairs.append((row, found))
    return pairs


def complaint_scores(annotator: Annotator, gold: Sequence[LabelledPost], redacted: bool = False) -> list[float]:
    """Return the probability that each post is a complaint, whatever its label.

    An annotation keeps the likeliest intent alone; a threshold needs the others too.
    """
    posts = [sanitized(build_post(annotator.city, row, redacted)) for row in gold]
    found: list[float] = []
    for start in range(0, len(posts), WINDOW):
        some = posts[start : start + WINDOW]
        encoded = annotator.inference.read([post.text for post in some], [windows_read(post) for post in some])
        chances, _ = probabilities("intent", cast(ExternalModel, annotator.options["intent"]), some, encoded)
        found += chances[:, LABELS["intent"].index("complaint")].tolist()
    return found


def build_post(city: City, row: LabelledPost, redacted: bool = False) -> Post:
    """Build the post of a labelled text, redacted as in the product."""
    text = row.text if redacted else redact_in_city(row.text, city)
    source = row.source or "gold"
    return Post(post_id=str(row.line), source=source, text=text, created_at=NO_DATE, received_at=NO_DATE)


def format_markdown(scores: Sequence[Score], title: str) -> str:
    """Format the metrics as Markdown tables."""
    lines = [title, "", "| question | posts | measure | value (95 %) |", "|---|---|---|---|"]
    for one in scores:
        lines += [f"| {one.question} | {one.posts} | {name} | {value} |" for name, value in one.figures.items()]
        lines += [
            f"| {one.question} | {one.posts + one.border} | {name}, with {one.border} at the border wrong–right | {low:.3f}–{high:.3f} |"
            for name, (low, high) in one.with_border.items()
        ]
    for one in scores:
        if one.labels:
            lines += ["", f"| {one.question} | precision | recall | F1 | posts |", "|---|---|---|---|---|"]
        for label in one.labels:
            row = f"{label.label} | {label.precision:.2f} | {label.recall:.2f} | {label.f1:.2f} | {label.posts}"
            lines.append(f"| {row} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
