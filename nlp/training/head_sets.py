"""What teaches the heads, what they are examined on, and which author is left out of what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.redact import redact
from nlp.training.dataset import NAMED, UMSAB, held_out, read_guided, read_training, read_tweets
from nlp.training.decide import ORIGIN
from nlp.training.example import Example, number_of
from nlp.training.short_posts import read_incidents, read_tass

COUNCIL = "council_posts_es"
PROPOSALS = "decide_madrid_labelled_es"
CITIZENS = (COUNCIL, PROPOSALS)
ANCHORS = 3
"""One proposal in so many keeps the answers to proposals where they were; short posts alone moved them."""
LEFT_OUT = ("places_en", "bengaluru_en", "cimt_cycling_de")
"""Sets without the languages or the labels that rows of letters need."""


@dataclass(frozen=True)
class HeadSets:
    """All texts, redacted."""

    incidents: dict[str, list[Example]]
    """By author; never taught to the encoder."""
    tass: list[Example]
    training: list[Example]
    """What the encoder was taught, each text in one form."""
    kept_out: list[Example]
    """The tenth that never teaches."""
    dev: list[Example]
    tweets: dict[str, list[Example]]
    """Val and test of UMSAB, by `val spanish` and so on."""

    def taught(self, head: str, without: str = "") -> tuple[list[Example], list[Example]]:
        """Return what teaches the correction, and what teaches the rows of letters; one author may be left out."""
        short = [post for author, posts in self.incidents.items() if author != without for post in posts]
        council = [example for example in self.training if example.origin == COUNCIL]
        tass = self.tass if head == "sentiment" else []
        guided = [
            example for example in self.training if head == "sentiment" or example.guided or example.origin == ORIGIN
        ]
        return [*short, *council, *tass], [*guided, *tass, *short]

    def anchors(self, head: str) -> Sequence[Example]:
        """Return texts whose answers must stay what they were: proposals, and tweets for the sentiment."""
        proposals = [e for e in self.training if e.origin == PROPOSALS and number_of(e.group) % ANCHORS == 1]
        tweets = [example for example in self.training if example.origin.startswith("umsab")]
        return [*proposals, *(tweets if head == "sentiment" else [])]

    def examined(self, head: str) -> dict[str, list[Example]]:
        """Return what the finished head is asked: what chooses its scale, and what it is measured on."""
        held = {origin: [example for example in self.kept_out if example.origin == origin] for origin in CITIZENS}
        return held | {"dev": self.dev} | (self.tweets if head == "sentiment" else {})

    def texts(self) -> list[str]:
        """Return all texts that the encoder must read."""
        return list(dict.fromkeys(example.text for example in self._read()))

    def _read(self) -> Iterator[Example]:
        for head in ("sentiment", "topic"):
            yield from self.taught(head)[0]
            yield from self.anchors(head)
            for examples in self.examined(head).values():
                yield from examples


def read_sets(data: Path) -> HeadSets:
    """Read all sets."""
    examples = [e for e in read_training(data) if e.origin not in LEFT_OUT and not e.origin.endswith(NAMED)]
    out = held_out(examples)
    dev = read_guided(data / COUNCIL / "dev.jsonl", "dev", weight=1.0)
    return HeadSets(
        incidents=read_incidents(data),
        tass=read_tass(data),
        training=[example for example, held in zip(examples, out, strict=True) if not held],
        kept_out=[example for example, held in zip(examples, out, strict=True) if held],
        dev=[replace(post, text=redact(post.text)) for post in dev],
        tweets={f"{s} {language}": read_tweets(data, language, s) for s in ("val", "test") for language in UMSAB},
    )
