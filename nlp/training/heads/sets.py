"""Read what the corrections for short posts are fitted on and measured on, with an author left out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.privacy.redaction.text import redact
from nlp.training.data.dataset import NAMED, held_out, read_guided, read_training
from nlp.training.data.decide_madrid import ORIGIN, read_texts
from nlp.training.data.example import Example, number_of
from nlp.training.heads.short_posts import read_incidents

COUNCIL = "council_posts_es"
PROPOSALS = "decide_madrid_labelled_es"
CITIZENS = (COUNCIL, PROPOSALS)
ANCHORS = 3
"""One proposal in so many is an anchor: its probabilities are to stay as they are."""
LEFT_OUT = ("places_en", "bengaluru_en", "cimt_cycling_de")
"""Sets without the languages or the labels that the n-gram table needs."""


@dataclass(frozen=True)
class HeadSets:
    """All texts, redacted."""

    incidents: dict[str, list[Example]]
    """By author; the encoder was not trained on them."""
    training: list[Example]
    """What the encoder was trained on, each text in one form."""
    kept_out: list[Example]
    """The tenth that is never trained on."""
    dev: list[Example]
    platform: tuple[list[str], list[str]]
    """Unlabelled texts of Decide Madrid, not trained on by the encoder: one half to fit the classifier on, one to measure on."""

    def short(self, without: str = "") -> list[Example]:
        """Return the posts that the corrections are fitted on; one author may be left out."""
        posts = [post for author, posts in self.incidents.items() if author != without for post in posts]
        return [*posts, *(example for example in self.training if example.origin == COUNCIL)]

    def lettered(self, without: str = "") -> list[Example]:
        """Return the texts that the n-gram table is fitted on; one author may be left out."""
        guided = [example for example in self.training if example.guided or example.origin == ORIGIN]
        return [*guided, *(post for author, posts in self.incidents.items() if author != without for post in posts)]

    def anchors(self) -> list[str]:
        """Return the anchors."""
        return [e.text for e in self.training if e.origin == PROPOSALS and number_of(e.group) % ANCHORS == 1]

    def asked(self) -> dict[str, list[Example]]:
        """Return what the heads are measured on, beside the authors left out."""
        held = {origin: [example for example in self.kept_out if example.origin == origin] for origin in CITIZENS}
        return held | {"dev": self.dev}

    def texts(self) -> list[str]:
        """Return all texts whose pooled states are needed."""
        return list(dict.fromkeys(self._read()))

    def _read(self) -> Iterator[str]:
        for examples in (self.short(), *self.asked().values()):
            yield from (example.text for example in examples)
        yield from self.anchors()
        yield from (text for half in self.platform for text in half)


def read_sets(data: Path) -> HeadSets:
    """Read all sets."""
    examples = [e for e in read_training(data) if e.origin not in LEFT_OUT and not e.origin.endswith(NAMED)]
    out = held_out(examples)
    dev = read_guided(data / COUNCIL / "dev.jsonl", "dev", weight=1.0)
    return HeadSets(
        incidents=read_incidents(data),
        training=[example for example, held in zip(examples, out, strict=True) if not held],
        kept_out=[example for example, held in zip(examples, out, strict=True) if held],
        dev=[replace(post, text=redact(post.text)) for post in dev],
        platform=read_platform_texts(data, {example.text for example in examples}),
    )


def read_platform_texts(data: Path, known: set[str]) -> tuple[list[str], list[str]]:
    """Return both halves of the texts of Decide Madrid that are not among the examples."""
    texts = (redact(text) for text in read_texts(data / ORIGIN).values())
    unread = list(dict.fromkeys(text for text in texts if text not in known))
    return [text for text in unread if number_of(text) % 2 == 0], [text for text in unread if number_of(text) % 2]
