"""Read posts: the model's labels, and what triage compares of each."""

from collections.abc import Sequence

from core.records.annotation import Annotation, Quarantined
from core.records.post import Post
from pipeline.context import Context
from triage import features_of


def read(context: Context, posts: Sequence[Post]) -> tuple[list[Annotation], list[Quarantined]]:
    """Return the annotations of these posts, with their features.

    Second: those that could not be read, with the reason.
    """
    results = context.annotator.annotate(posts)
    annotated = [
        one.model_copy(update={"features": features_of(context.city, post, one)})
        for post, one in zip(posts, results, strict=True)
        if isinstance(one, Annotation)
    ]
    return annotated, [one for one in results if isinstance(one, Quarantined)]
