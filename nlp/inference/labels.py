"""Turns the probabilities of a head, ours or another model's, into labels."""

from collections.abc import Sequence

from core.annotation import Label
from core.post import Post
from nlp.inference.external_model import ExternalModel, ask_other, load_other
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats, ModelOutput


def answer_labels(question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: the likeliest value, and how likely it is."""
    probable, model = probabilities(question, options, posts, encoded)
    names = LABELS[question]
    return [
        Label(question=question, value=names[int(row.argmax())], score=round(float(row.max()), 4), model=model)
        for row in probable
    ]


def probabilities(
    question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput
) -> tuple[Floats, str]:
    """[posts, labels] of the question, and the model that gave them."""
    if options.model is None:
        return encoded.probabilities(question), encoded.model
    return ask_other(question, options, [post.text for post in posts]), load_other(question, options).model
