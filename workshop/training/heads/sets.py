"""Load the sets that corrections for short posts are fitted on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workshop.training.data.dataset import NAMED, held_out, load_guided, load_training_set
from workshop.training.data.decide_madrid import ORIGIN, load_texts
from workshop.training.data.example import Example, stable_hash
from workshop.training.data.redacted import redact
from workshop.training.heads.short_posts import load_incident_posts

COUNCIL = "council_posts_es"
PROPOSALS = "decide_madrid_labelled_es"
TWEETS = ("umsab_spanish", "umsab_english")
CITIZENS = (COUNCIL, PROPOSALS)
ANCHORS = 3
"""One proposal in three is an anchor: its probabilities are kept (distillation)."""
UNUSED_SETS = ("places_en", "bengaluru_en", "cimt_cycling_de")
"""Sets without the languages or the labels that the n-gram table needs."""


@dataclass(frozen=True)
class HeadSets:
    """Hold all texts, redacted."""

    incidents: dict[str, list[Example]]
    """By author; the encoder was not trained on them."""
    training: list[Example]
    """Texts that the encoder was trained on, each in one form."""
    held_out_set: list[Example]
    """The held-out tenth."""
    dev: list[Example]
    platform: tuple[list[str], list[str]]
    """Unlabelled texts of Decide Madrid, not trained on by the encoder: one half to fit the classifier on, one to measure on."""

    tweets: list[str]
    """Tweets about anything, Spanish and English, on which the encoder was trained."""

    def short_posts(self, without: str = "") -> list[Example]:
        """Return the posts that corrections are fitted on, without one author."""
        posts = [post for author, posts in self.incidents.items() if author != without for post in posts]
        return [*posts, *(example for example in self.training if example.origin == COUNCIL)]

    def ngram_texts(self, without: str = "") -> list[Example]:
        """Return the texts for the n-gram table, without one author."""
        guided = [example for example in self.training if example.guided or example.origin == ORIGIN]
        return [*guided, *(post for author, posts in self.incidents.items() if author != without for post in posts)]

    def anchors(self) -> list[str]:
        """Return the anchors."""
        return [e.text for e in self.training if e.origin == PROPOSALS and stable_hash(e.group) % ANCHORS == 1]

    def evaluation_sets(self) -> dict[str, list[Example]]:
        """Return the evaluation sets, without the left-out authors."""
        held = {origin: [example for example in self.held_out_set if example.origin == origin] for origin in CITIZENS}
        return held | {"dev": self.dev}

    def texts(self) -> list[str]:
        """Return all texts whose pooled states are needed."""
        return list(dict.fromkeys(self._read()))

    def _read(self) -> Iterator[str]:
        for examples in (self.short_posts(), *self.evaluation_sets().values()):
            yield from (example.text for example in examples)
        yield from self.anchors()
        yield from self.tweets
        yield from (text for half in self.platform for text in half)


def load_sets(data: Path) -> HeadSets:
    """Load all sets."""
    examples = [e for e in load_training_set(data) if e.origin not in UNUSED_SETS and not e.origin.endswith(NAMED)]
    out = held_out(examples)
    dev = load_guided(data, f"{COUNCIL}/dev.jsonl", "dev", weight=1.0)
    return HeadSets(
        incidents=load_incident_posts(data),
        training=[example for example, held in zip(examples, out, strict=True) if not held],
        held_out_set=[example for example, held in zip(examples, out, strict=True) if held],
        dev=[replace(post, text=redact(post.text)) for post in dev],
        platform=load_platform_texts(data, {example.text for example in examples}),
        tweets=[example.text for example, held in zip(examples, out, strict=True) if not held and example.origin in TWEETS],
    )


def load_platform_texts(data: Path, known: set[str]) -> tuple[list[str], list[str]]:
    """Load both halves of the unlabelled texts of Decide Madrid."""
    texts = (redact(text) for text in load_texts(data).values())
    unread = list(dict.fromkeys(text for text in texts if text not in known))
    return [text for text in unread if stable_hash(text) % 2 == 0], [text for text in unread if stable_hash(text) % 2]
