"""Explain which words carried the labels of a stored post.

The model annotates the post many times with words left out, so this runs only when a person asks for it.
"""

from dataclasses import dataclass

from core.records.annotation import Annotation, Label
from core.records.post import Post
from core.records.read_models import PostRecord
from nlp.explain import explain
from pipeline.context import Context


@dataclass(frozen=True)
class ExplainedLabel:
    """Hold one label and its words with their weights, heaviest first."""

    label: Label
    words: tuple[tuple[str, float], ...]


def explain_post(context: Context, record: PostRecord) -> tuple[str | None, list[ExplainedLabel]]:
    """Return the model and each label with the words that carried it.

    The model is None and the list empty when the post cannot be annotated.
    """
    fields = record.model_dump(include={"post_id", "source", "text", "created_at", "received_at", "own", "language"})
    post = Post.model_validate(fields)
    [annotation] = context.annotator.annotate([post])
    if not isinstance(annotation, Annotation):
        return None, []
    found = explain(context.annotator, post, annotation)
    return annotation.model, [ExplainedLabel(annotation.labels[name], tuple(words)) for name, words in found.items()]
