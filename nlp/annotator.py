"""The reader: gives every post its labels, from one pass of the language model."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from core.annotation import Annotation, Label, Quarantined
from core.config import plugins
from core.config.city import City
from core.config.protocols import Question
from core.config.settings import load_settings
from core.errors import ConfigurationError, EscuchaError, ModelError
from core.post import Post
from core.privacy.intake import text_reject_reason
from core.records import Options
from nlp.inference.external_model import ExternalModel, load_other
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.text.sanitize import without_injections

WINDOW = 512
"""Posts read together: enough to sort by length, few enough to show progress and to lose little to a power cut."""
SUSPICIOUS = 16
"""So many posts in a row that cannot be read are not the posts' fault."""


class UnreadableError(EscuchaError):
    """The reader failed on every post of a window: something is wrong with the reader, not with the posts."""


class Annotator:
    """One model, all questions of the city's profile.

    Raises:
        ModelError: a file of the model is missing or damaged; the message names it and says what to do.
        ConfigurationError: a table `[questions.*]` is wrong, another model it names cannot be used, or the device is not there.
    """

    def __init__(self, city: City, folder: Path = MODELS / DEFAULT, threads: int = 0) -> None:
        self.city = city
        where = str(city.path)
        for name in city.questions:
            load_question(name, f"{where}: [questions.{name}]")
        self.options = {
            name: plugins.load_options("nlp", name, city.questions.get(name, {}), f"{where}: [questions.{name}]")
            for name in plugins.part_names("nlp")
        }
        self.questions = {name: load_question(name, where) for name in self.options}
        settings = load_settings()
        self.threads = threads or settings.threads or os.cpu_count() or 1
        self.one_pass = InferenceModel(load_weights(folder), self.threads, settings.reader_device)
        self.model = "+".join([self.one_pass.model, *(self._other(name, options) for name, options in self._others())])

    def annotate(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        """One reading a post, in order; a post that breaks the model is `Quarantined` with the reason, the others are labelled.

        Raises:
            ModelError: the inference engine cannot load the model.
            UnreadableError: no post of a whole window could be read.
        """
        if posts:
            self.one_pass.load()
        found: list[Annotation | Quarantined] = []
        for start in range(0, len(posts), WINDOW):
            found.extend(self._read_window(posts[start : start + WINDOW]))
        return found

    def _read_window(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        refused = {post.post_id: reason for post in posts if (reason := text_reject_reason(post.text)) is not None}
        good = [post for post in posts if post.post_id not in refused]
        read = {result.post_id: result for result in self._isolate(good)}
        broken = [result for result in read.values() if isinstance(result, Quarantined)]
        if len(broken) == len(good) >= SUSPICIOUS:
            raise UnreadableError(f"none of {len(good)} posts could be read ({broken[0].reason}): look at the reader")
        return [
            read[post.post_id]
            if post.post_id in read
            else Quarantined(post_id=post.post_id, reason=refused[post.post_id])
            for post in posts
        ]

    def _isolate(self, posts: Sequence[Post]) -> list[Annotation | Quarantined]:
        """Label the posts; when that fails, halve them until the post that breaks it stands alone."""
        if not posts:
            return []
        try:
            return list(self._label(posts))
        except (ConfigurationError, ModelError):
            raise
        except Exception as error:  # recorded with the post; the message may hold its text and is left out
            if len(posts) == 1:
                return [Quarantined(post_id=posts[0].post_id, reason=f"reader_failed:{type(error).__name__}")]
        half = len(posts) // 2
        return [*self._isolate(posts[:half]), *self._isolate(posts[half:])]

    def _label(self, posts: Sequence[Post]) -> list[Annotation]:
        heard = [sanitized(post) for post in posts]
        encoded = self.one_pass.read([post.text for post in heard])
        answers: dict[str, list[Label]] = {
            name: question.classify(self.city, self.options[name], heard, encoded)
            for name, question in self.questions.items()
        }
        return [self._reading(post, encoded, at, answers) for at, post in enumerate(posts)]

    def _reading(self, post: Post, encoded: ModelOutput, at: int, answers: dict[str, list[Label]]) -> Annotation:
        return Annotation(
            post_id=post.post_id,
            embedding=encoded.embedding[at].astype("<f2").tobytes(),
            labels={name: labels[at] for name, labels in answers.items()},
            model=self.model,
            truncated=bool(encoded.truncated[at]),
        )

    def _others(self) -> list[tuple[str, ExternalModel]]:
        """The questions that the profile gives to another model."""
        chosen = [(name, o) for name, o in self.options.items() if isinstance(o, ExternalModel) and o.model]
        return sorted(chosen, key=_name)

    def _other(self, name: str, options: ExternalModel) -> str:
        return f"{name}:{load_other(name, options).model}"


def sanitized(post: Post) -> Post:
    """The post as every question hears it, those that look into the text too: with blanks for orders to a machine."""
    heard = without_injections(post.text)
    return post if heard == post.text else post.model_copy(update={"text": heard})


def load_question(name: str, where: str) -> Question[Options, ModelOutput]:
    """Load a question by its name. It takes its own options only: those that `core.config.plugins.load_options` makes for the same name.

    Raises:
        ConfigurationError: there is no such question; the message names those there are.
    """
    return cast(Question[Options, ModelOutput], plugins.load_part("nlp", name, where))


def _name(pair: tuple[str, ExternalModel]) -> str:
    return pair[0]
