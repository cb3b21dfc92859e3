"""Turn the probabilities of a head or an external model into labels."""

from collections.abc import Sequence

from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel, external_probabilities, load_external_model
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats, ModelOutput


def likeliest_labels(question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput, others: int = 0) -> list[Label]:
    """Return one label per post: the likeliest value and its probability.

    `others`: how many of the following values each label names too.
    """
    probable, model = probabilities(question, options, posts, encoded)
    names, found = LABELS[question], []
    for row in probable:
        order = (-row).argsort(kind="stable")[: others + 1]
        best, *rest = [(names[int(at)], round(float(row[at]), 4)) for at in order]
        found.append(Label(question=question, value=best[0], score=best[1], model=model, runners_up=tuple(rest)))
    return found


def probabilities(question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput) -> tuple[Floats, str]:
    """Return the probabilities of a question, [posts, labels], and the model's name."""
    if options.model is None:
        return encoded.probabilities(question), encoded.model
    return external_probabilities(question, options, [post.text for post in posts]), load_external_model(question, options).model
