"""Load the posts about incidents, which the encoder was not trained on."""

from pathlib import Path

from nlp.inference.model_files import LABELS
from workshop.training.data.dataset import load_evaluation_texts
from workshop.training.data.decontaminate import flag_clean
from workshop.training.data.example import Example, load_json_lines
from workshop.training.data.redacted import redact
from workshop.training.data.sources import find_folder

INCIDENTS = "incidents_es"


def load_incident_posts(data: Path) -> dict[str, list[Example]]:
    """Load incident posts by author, redacted, without copies of evaluation texts."""
    folders = sorted(find_folder(data, INCIDENTS).glob("author_*"))
    evaluation = load_evaluation_texts(data)
    found = {folder.name.removeprefix("author_"): _posts(folder / "posts.jsonl") for folder in folders}
    return {name: _allowed(posts, evaluation) for name, posts in found.items()}


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
        for row in load_json_lines(path)
    ]


def _allowed(posts: list[Example], evaluation: list[str]) -> list[Example]:
    stays = flag_clean([post.text for post in posts], evaluation)
    return [post for post, allowed in zip(posts, stays, strict=True) if allowed]
