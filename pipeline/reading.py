"""Read posts: the model's labels, and what triage compares of each."""

import logging
from collections.abc import Sequence

from core.errors import EscuchaError
from core.records.annotation import Annotation, Quarantined
from core.records.post import Post
from pipeline.context import Context
from triage import features_of

log = logging.getLogger("escucha")


def read(context: Context, posts: Sequence[Post]) -> tuple[list[Annotation], list[Quarantined]]:
    """Return the annotations of these posts, with their features.

    Second: those that could not be read, with the reason.
    """
    results = context.annotator.annotate(posts)
    annotated = [_with_features(context, post, one) for post, one in zip(posts, results, strict=True) if isinstance(one, Annotation)]
    return annotated, [one for one in results if isinstance(one, Quarantined)]


def _with_features(context: Context, post: Post, annotation: Annotation) -> Annotation:
    try:
        return annotation.model_copy(update={"features": features_of(context.city, post, annotation)})
    except EscuchaError:
        raise
    except Exception as error:  # one text must not keep a whole batch from being read; triage, which makes them then, says what is wrong
        log.warning("classify: the features of post %s are left to triage: %s", post.post_id, type(error).__name__)
        return annotation
