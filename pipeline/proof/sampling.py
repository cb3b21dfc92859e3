"""Draw posts to label, hand them out, and store the answers.

Every post has the same chance, so that intervals and the bound of the reach hold without weights. The draw orders posts by a keyed
hash of their ids: seed and moment give the same sample again, and a larger one begins with the smaller one.
"""

import hashlib
import heapq
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import ChangeRefusedError
from core.records.annotation import BORDER
from ledger import gold, read
from ledger.gold import Of
from nlp.evaluation.gold_set import BORDERED
from nlp.inference.model_files import LABELS
from pipeline.context import Context, now
from pipeline.proof.measures import LEAST

SIZE = 200
MOST = 2000
"""Posts of a sample: more than anybody labels by hand."""
QUESTIONS = ("actionable", "topic", "intent", "sentiment")
"""Each post is asked about these, and about its places."""
KINDS: tuple[Of, ...] = ("live", "archive", "example")
"""Where posts are drawn from: the first that has enough, else the first that has any."""


def rank(seed: str, post_id: str) -> str:
    """Return the position of a post in the draw of a seed.

    >>> rank("a", "p1") == rank("a", "p1") != rank("b", "p1")
    True
    """
    return hashlib.sha256(f"{seed} {post_id}".encode()).hexdigest()


def draw(context: Context, size: int, who: str, seed: str | None = None) -> None:
    """Draw a sample of this size, or of all posts.

    Args:
        context: the running context.
        size: of the sample.
        who: draws it.
        seed: None: a new one.

    Raises:
        ChangeRefusedError: there is no post, or the sample before has posts to label.
    """
    seed, until = seed or secrets.token_hex(4), now()
    found = [(of, ids) for of in KINDS if (ids := gold.population(context.ledger, of, until))]
    if not found:
        raise ChangeRefusedError("There are no posts that the model has read yet: collect and classify some first.")
    of, ids = next((one for one in found if len(one[1]) >= LEAST), found[0])
    chosen = heapq.nsmallest(_checked(size), ids, key=lambda one: rank(seed, one))
    gold.draw(context.ledger, seed, of, until, len(ids), chosen, who, until)


def extend(context: Context, more: int, who: str) -> int:
    """Add the next posts of the same draw; return how many.

    Raises:
        ChangeRefusedError: there is no sample, or it has all posts.
    """
    sample = read.gold_sample(context.ledger)
    if sample is None:
        raise ChangeRefusedError("There is no sample yet: draw one first.")
    known = set(sample.post_ids)
    of = next(one for one in KINDS if one == sample.of)
    ids = [one for one in gold.population(context.ledger, of, sample.until) if one not in known]
    if not ids:
        raise ChangeRefusedError("Every post that could be drawn is in the sample already.")
    # after those of the sample: what was drawn first and erased since does not move the others
    added = heapq.nsmallest(_checked(more, len(known)), ids, key=lambda one: rank(sample.seed, one))
    return gold.extend(context.ledger, sample.number, added, who, now())


def _checked(size: int, known: int = 0) -> int:
    if not 1 <= size <= MOST - known:
        raise ChangeRefusedError("A sample has from 1 to {n} posts.", n=MOST)
    return size


def claim(context: Context, who: str, second: bool = False) -> str | None:
    """Keep the next post for a person; None: there is none left."""
    return gold.claim(context.ledger, who, second, now())


def answer(context: Context, sample: int, post_id: str, who: str, answers: Mapping[str, Any]) -> None:
    """Store what a person answered about a post.

    Args:
        context: the running context.
        sample: its number.
        post_id: of the post.
        who: answers.
        answers: by question, as `checked` returns them; empty: skipped.

    Raises:
        ChangeRefusedError: the post is gone.
    """
    gold.store(context.ledger, sample, post_id, who, answers, now())


def undo(context: Context, who: str) -> str:
    """Take back a person's last answers; return the post.

    Raises:
        ChangeRefusedError: there are none.
    """
    return gold.undo(context.ledger, who, now())


def allowed_values(question: str) -> dict[str, str | bool]:
    """Return the answers to a question, as sent and as stored."""
    values: dict[str, str | bool] = {"true": True, "false": False}
    if question != "actionable":
        values = {one: one for one in LABELS[question]}
    return {**values, **({BORDER: BORDER} if question in BORDERED else {})}


def checked(text: str, given: Mapping[str, str], places: Sequence[str] | None) -> dict[str, Any]:
    """Return the answers of a form.

    Args:
        text: of the post.
        given: the value of each question, as sent.
        places: as written in the text; empty: it names none; None: not answered.

    Raises:
        ChangeRefusedError: a question has no answer or a wrong one, or a place is not in the text.
    """
    found: dict[str, Any] = {}
    for question in QUESTIONS:
        value = given.get(question, "")
        allowed = allowed_values(question)
        if value not in allowed:
            raise ChangeRefusedError("A question has no answer: answer all four, or skip the post.")
        found[question] = allowed[value]
    if places is not None:
        for place in places:
            if place not in text:
                raise ChangeRefusedError("“{place}” is not in the text: copy places exactly as they are written.", place=place)
        found["places"] = list(dict.fromkeys(places))
    return found
