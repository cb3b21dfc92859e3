"""Turn the probabilities of a head or an external model into labels."""

from collections.abc import Sequence

from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel, external_probabilities, load_external_model
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats, ModelOutput


def likeliest_labels(question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: the likeliest value and its probability."""
    probable, model = probabilities(question, options, posts, encoded)
    names = LABELS[question]
    return [
        Label(question=question, value=names[int(row.argmax())], score=round(float(row.max()), 4), model=model)
        for row in probable
    ]


def probabilities(
    question: str, options: ExternalModel, posts: Sequence[Post], encoded: ModelOutput
) -> tuple[Floats, str]:
    """Return the probabilities of a question, [posts, labels], and the model's name."""
    if options.model is None:
        return encoded.probabilities(question), encoded.model
    return external_probabilities(question, options, [post.text for post in posts]), load_external_model(
        question, options
    ).model
