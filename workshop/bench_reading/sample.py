"""Load the benchmark's posts from the shipped sample."""

import gzip
import json
import random
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from core.config.plugins import ROOT
from core.records.post import Post
from nlp.inference.model import CACHED_TEXTS
from workshop.training.data.redacted import redact

SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SEED = 4


def load_rows() -> list[dict[str, Any]]:
    """Load the records of the sample, oldest first."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return sorted((json.loads(line) for line in lines), key=lambda row: str(row["created_at"]))


def sample_texts(rows: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Return `count` distinct texts of the sample, shuffled and redacted."""
    texts = list(dict.fromkeys(redact(row["text"]).strip() for row in rows))
    random.Random(SEED).shuffle(texts)  # noqa: S311
    return [text for text in texts if text][:count]


def as_posts(texts: Sequence[str]) -> list[Post]:
    """Build one post per text."""
    return [
        Post(post_id=f"{number:032}", source="archive", text=text, created_at=NOW, received_at=NOW) for number, text in enumerate(texts)
    ]


def edit_texts(texts: Sequence[str], count: int) -> Iterator[str]:
    """Yield `count` distinct texts, edited from the given ones.

    >>> list(edit_texts(["hay bache"], 2))
    ['0 bache', 'hay 1']
    """
    rng = random.Random(SEED)  # noqa: S311
    for number in range(count):
        words = texts[number % len(texts)].split(" ")
        words[rng.randrange(len(words))] = str(number)
        yield " ".join(words)


def busiest_day(rows: Sequence[dict[str, Any]]) -> tuple[str, list[str]]:
    """Return the day with most posts, and its texts."""
    days = Counter(str(row["created_at"])[:10] for row in rows)
    day = max(days, key=lambda one: days[one])
    return day, [redact(row["text"]).strip() for row in rows if str(row["created_at"]).startswith(day)]


def cache_hit_rate(texts: Sequence[str]) -> float:
    """Return the share of texts in the annotator's cache on arrival.

    >>> cache_hit_rate(["a", "b", "a", "a"])
    0.5
    """
    memory: OrderedDict[str, None] = OrderedDict()
    known = 0
    for text in texts:
        known += text in memory
        memory[text] = None
        memory.move_to_end(text)
        if len(memory) > CACHED_TEXTS:
            memory.popitem(last=False)
    return known / max(len(texts), 1)
