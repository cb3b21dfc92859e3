"""Which words carried the labels of a stored post: the reader reads it anew, many times over, so only a person asks for it."""

from dataclasses import dataclass

from core.annotation import Annotation, Label
from core.post import Post
from core.read_models import PostRecord
from nlp.explain import explain
from pipeline.context import Context


@dataclass(frozen=True)
class Carried:
    """One question: the reader's answer, and the words it hung on with their weights, the heaviest first."""

    label: Label
    words: tuple[tuple[str, float], ...]


def carried_by(context: Context, fact: PostRecord) -> tuple[str | None, list[Carried]]:
    """The model that read, and each label with its words; no model when the post cannot be read."""
    known = fact.model_dump(include={"post_id", "source", "text", "created_at", "received_at", "own", "language"})
    post = Post.model_validate(known)
    [reading] = context.annotator.annotate([post])
    if not isinstance(reading, Annotation):
        return None, []
    found = explain(context.annotator, post, reading)
    return reading.model, [Carried(reading.labels[name], tuple(words)) for name, words in found.items()]
