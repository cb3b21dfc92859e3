"""Read the posts about incidents, which the encoder was not trained on."""

from pathlib import Path

from core.privacy.redaction.text import redact
from nlp.inference.model_files import LABELS
from nlp.training.data.dataset import read_asked
from nlp.training.data.decontaminate import without_leaks
from nlp.training.data.example import Example, read_lines

INCIDENTS = "incidents_es"


def read_incidents(data: Path) -> dict[str, list[Example]]:
    """Return the posts about incidents by author, redacted, without near copies of what the model is examined on."""
    folders = sorted((data / INCIDENTS).glob("author_*"))
    asked = read_asked(data)
    found = {folder.name.removeprefix("author_"): _posts(folder / "posts.jsonl") for folder in folders}
    return {name: _allowed(posts, asked) for name, posts in found.items()}


def _posts(path: Path) -> list[Example]:
    return [
        Example(
            text=redact(row["text"]),
            origin=INCIDENTS,
            weight=1.0,
            answers={question: str(row[question]).lower() for question in LABELS},
            places=tuple(row["places"]),
            guided=True,
            group=row["text"],
        )
        for row in read_lines(path)
    ]


def _allowed(posts: list[Example], asked: list[str]) -> list[Example]:
    stays = without_leaks([post.text for post in posts], asked)
    return [post for post, allowed in zip(posts, stays, strict=True) if allowed]
