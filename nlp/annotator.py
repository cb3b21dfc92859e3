"""Annotate posts with all labels from one forward pass of the model."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from core.config import plugins
from core.config.city import City
from core.config.protocols import Question
from core.config.settings import load_settings
from core.errors import ConfigurationError, EscuchaError, ModelError
from core.privacy.intake import text_reject_reason
from core.records import Options
from core.records.annotation import Annotation, Label, Quarantined
from core.records.post import Post
from nlp.inference.external_model import ExternalModel, load_external_model
from nlp.inference.model import InferenceModel, shared_model
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.inference.windows import windows_read
from nlp.text.sanitize import without_injections

WINDOW = 512
"""Posts per window: enough to sort by length, few enough to show progress and to lose little work to a crash."""
SUSPICIOUS = 16
"""If this many posts in a row fail, the model is at fault rather than the posts."""


class UnreadableError(EscuchaError):
    """Report that every post of a window failed.

    The model or its environment is at fault then, not the posts.
    """


class Annotator:
    """Hold one model and all questions of the city's profile.

    Raises:
        ModelError: a file of the model is missing or damaged; the message names it and the cure.
        ConfigurationError: a table `[questions.*]` is wrong, an external model it names cannot be used, or the device is missing.
    """

    def __init__(self, city: City, folder: Path = MODELS / DEFAULT, threads: int = 0, is_shared: bool = False) -> None:
        """Load the model and the questions.

        `is_shared`: take the model of this process, which other cities read with too.
        """
        self.city = city
        where = str(city.path)
        for name in city.questions:
            load_question(name, f"{where}: [questions.{name}]")
        self.options = {
            name: plugins.load_options("nlp", name, city.questions.get(name, {}), f"{where}: [questions.{name}]")
            for name in plugins.plugin_names("nlp")
        }
        self.questions = {name: load_question(name, where) for name in self.options}
        settings = load_settings()
        self.threads = threads or settings.threads or os.cpu_count() or 1
        how = (self.threads, settings.reader_device)
        self.inference = shared_model(folder, *how) if is_shared else InferenceModel(load_weights(folder), *how)
        self.model = "+".join([self.inference.model, *(self._external_name(name, options) for name, options in self._external())])

    def annotate(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        """Return one annotation per post, in order.

        A post that breaks the model is returned as `Quarantined` with the reason; the other posts of its batch are labelled.

        Raises:
            ModelError: the inference engine cannot load the model.
            UnreadableError: every post of a window failed.
        """
        if posts:
            self.inference.load()
        results: list[Annotation | Quarantined] = []
        for start in range(0, len(posts), WINDOW):
            results.extend(self._annotate_window(posts[start : start + WINDOW]))
        return results

    def _annotate_window(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        refused = {post.post_id: reason for post in posts if (reason := text_reject_reason(post.text)) is not None}
        accepted = [post for post in posts if post.post_id not in refused]
        results = {result.post_id: result for result in self._isolate(accepted)}
        broken = [result for result in results.values() if isinstance(result, Quarantined)]
        if len(broken) == len(accepted) >= SUSPICIOUS:
            raise UnreadableError(
                f"none of {len(accepted)} posts could be annotated ({broken[0].reason}): check the model with `escucha check`"
            )
        return [
            results[post.post_id] if post.post_id in results else Quarantined(post_id=post.post_id, reason=refused[post.post_id])
            for post in posts
        ]

    def _isolate(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        """Label the posts; on failure, halve them until one post is isolated."""
        if not posts:
            return []
        try:
            return list(self._label(posts))
        except (ConfigurationError, ModelError):
            raise
        except Exception as error:  # the class is recorded; the message may contain the text of the post
            if len(posts) == 1:
                return [Quarantined(post_id=posts[0].post_id, reason=f"reader_failed:{type(error).__name__}")]
        half = len(posts) // 2
        return [*self._isolate(posts[:half]), *self._isolate(posts[half:])]

    def _label(self, posts: Sequence[Post]) -> list[Annotation]:
        sanitised = [sanitized(post) for post in posts]
        encoded = self.inference.read([post.text for post in sanitised], [windows_read(post) for post in sanitised])
        labels: dict[str, list[Label]] = {
            name: question.classify(self.city, self.options[name], sanitised, encoded) for name, question in self.questions.items()
        }
        return [self._annotation(post, encoded, at, labels) for at, post in enumerate(posts)]

    def _annotation(self, post: Post, encoded: ModelOutput, at: int, labels: dict[str, list[Label]]) -> Annotation:
        return Annotation(
            post_id=post.post_id,
            embedding=encoded.embedding[at].astype("<f2").tobytes(),
            labels={name: per_post[at] for name, per_post in labels.items()},
            model=self.model,
            truncated=bool(encoded.truncated[at]),
        )

    def _external(self) -> list[tuple[str, ExternalModel]]:
        """Return the questions for which the profile names an external model."""
        chosen = [(name, o) for name, o in self.options.items() if isinstance(o, ExternalModel) and o.model]
        return sorted(chosen, key=_name)

    def _external_name(self, name: str, options: ExternalModel) -> str:
        return f"{name}:{load_external_model(name, options).model}"


def sanitized(post: Post) -> Post:
    """Return the post with prompt injections blanked, as every question receives it."""
    text = without_injections(post.text)
    return post if text == post.text else post.model_copy(update={"text": text})


def load_question(name: str, where: str) -> Question[Options, ModelOutput]:
    """Load a question by its name.

    It accepts only its own options: those that `core.config.plugins.load_options` returns for the same name.

    Raises:
        ConfigurationError: there is no such question; the message lists the existing ones.
    """
    return cast(Question[Options, ModelOutput], plugins.load_plugin("nlp", name, where))


def _name(pair: tuple[str, ExternalModel]) -> str:
    return pair[0]
