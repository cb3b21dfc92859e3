"""Read the labelled questions and annotate them as the pipeline does."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config.known_answers.answers import KnownAnswer, KnownAnswers
from core.config.plugins import ROOT
from core.records.annotation import Annotation
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.known_answers.features import Topic

QUESTIONS = ROOT / "tests" / "gold" / "answers" / "questions.jsonl"
FOLDS = 10
WHEN = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""A day on which the answers of Madrid are valid."""
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """Hold a labelled question with its embedding and topic."""

    id: str
    text: str
    language: str
    style: str
    service: str
    answer: str | None
    """Id of the right answer; None: it must be left alone."""
    why: str
    """Why it has no answer; empty when it has one."""
    half: str
    """`fit`: trains weights and threshold, and its wording is an example phrasing; `test`: only measured."""
    embedding: Doubles
    topic: Topic
    intent: str
    """As annotated: the pipeline asks for a known answer only where it is `question`."""

    @property
    def fold(self) -> int:
        """Return the fold of its cell of style and service."""
        return fold_of(self.style, self.service)

    @property
    def wording(self) -> str:
        """Return the text as an example phrasing: without handles."""
        return wording(self.text)


def fold_of(style: str, service: str) -> int:
    """Return the fold of a cell of style and service."""
    return hashlib.blake2b(f"fold {style} {service}".encode()).digest()[0] % FOLDS


def wording(text: str) -> str:
    """Return a text without handles, as answers.toml holds it."""
    return " ".join(re.sub(r"^\W*(@\w+[\s,:]*)+|@\w+", "", text).split())


def read_questions(annotator: Annotator, path: Path = QUESTIONS) -> list[Question]:
    """Read and annotate the labelled questions."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    posts = [Post(post_id=row["id"], source="label", text=row["text"], created_at=WHEN, received_at=WHEN) for row in rows]
    found = []
    for row, read in zip(rows, annotator.annotate(posts), strict=True):
        if not isinstance(read, Annotation):
            raise SystemExit(f"{path}: {row['id']} cannot be annotated ({read.reason}); change its text")
        found.append(
            Question(
                id=row["id"],
                text=row["text"],
                language=row["language"],
                style=row["style"],
                service=row["topic"],
                answer=row["answer"],
                why=row.get("why", ""),
                half=row["half"],
                embedding=embedding_of(read),
                topic=topic_of(read),
                intent=str(read.value("intent")),
            )
        )
    return found


def embedding_of(annotation: Annotation) -> Doubles:
    """Return the embedding as it is stored, [384]."""
    return np.frombuffer(annotation.embedding, "<f2").astype(np.float64)


def topic_of(annotation: Annotation) -> Topic:
    """Return the annotated service."""
    label = annotation.labels["topic"]
    return Topic(str(label.value), label.score)


@dataclass(frozen=True)
class Phrasings:
    """Hold the example phrasings of all answers with their embeddings.

    Those that are labelled questions have the fold of the question.
    """

    answers: tuple[KnownAnswer, ...]
    said: list[list[str]]
    vectors: Doubles
    folds: list[int | None]
    """By phrasing: the fold of the labelled question with this wording; None: written for the answer."""

    def without(self, fold: int) -> tuple[list[list[str]], Doubles]:
        """Return the phrasings but those of one fold.

        Those written for the answers always stay.
        """
        return self.only([one != fold for one in self.folds])

    def written(self) -> tuple[list[list[str]], Doubles]:
        """Return the phrasings written for the answers, none of a labelled question."""
        return self.only([one is None for one in self.folds])

    def only(self, kept: Sequence[bool]) -> tuple[list[list[str]], Doubles]:
        """Return the phrasings that are kept, by answer, with their vectors."""
        flags = iter(kept)
        said = [[text for text in some if next(flags)] for some in self.said]
        return said, self.vectors[np.array(kept, bool)]


def read_phrasings(annotator: Annotator, answers: KnownAnswers, questions: Sequence[Question]) -> Phrasings:
    """Encode the phrasings and find those that are labelled questions."""
    folds = {one.wording: one.fold for one in questions}
    said = [[text for some in one.questions.values() for text in some] for one in answers.answers]
    texts = [text for some in said for text in some]
    vectors = annotator.inference.read(texts).embedding.astype(np.float64)
    return Phrasings(answers.answers, said, vectors, [folds.get(text) for text in texts])
