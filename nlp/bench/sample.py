"""The posts that are measured on: the sample that ships, shuffled once; a real day of it; and as many as wanted, each a little edited."""

import gzip
import json
import random
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from core.config.plugins import ROOT
from core.post import Post
from core.privacy.redaction.text import redact
from nlp.inference.model import REMEMBERED

SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SEED = 4


def read_rows() -> list[dict[str, Any]]:
    """The records of the sample, oldest first."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return sorted((json.loads(line) for line in lines), key=lambda row: str(row["created_at"]))


def draw(rows: Sequence[dict[str, Any]], count: int) -> list[str]:
    """So many different texts of the sample, shuffled, redacted as the product does."""
    texts = list(dict.fromkeys(redact(row["text"]).strip() for row in rows))
    random.Random(SEED).shuffle(texts)  # noqa: S311
    return [text for text in texts if text][:count]


def as_posts(texts: Sequence[str]) -> list[Post]:
    """One post a text."""
    return [
        Post(post_id=f"{number:032}", source="archive", text=text, created_at=NOW, received_at=NOW)
        for number, text in enumerate(texts)
    ]


def edited(texts: Sequence[str], count: int) -> Iterator[str]:
    """So many texts, all different: the given ones again and again, with a word left out and a number put in."""
    dice = random.Random(SEED)  # noqa: S311
    for number in range(count):
        words = texts[number % len(texts)].split(" ")
        words[dice.randrange(len(words))] = str(number)
        yield " ".join(words)


def busiest_day(rows: Sequence[dict[str, Any]]) -> tuple[str, list[str]]:
    """The day with most posts, and its texts."""
    days = Counter(str(row["created_at"])[:10] for row in rows)
    day = max(days, key=lambda one: days[one])
    return day, [redact(row["text"]).strip() for row in rows if str(row["created_at"]).startswith(day)]


def seen_before(texts: Sequence[str]) -> float:
    """Share of the texts that the reader's memory knows when they come, and that cost no model call."""
    memory: OrderedDict[str, None] = OrderedDict()
    known = 0
    for text in texts:
        known += text in memory
        memory[text] = None
        memory.move_to_end(text)
        if len(memory) > REMEMBERED:
            memory.popitem(last=False)
    return known / max(len(texts), 1)
