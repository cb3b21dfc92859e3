"""Which words carried each label of a post: asked for by a person, since the post is read many times over for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.post import Post
from core.reading import Label, Reading
from desk.desk import Desk
from desk.view import page
from ledger import read
from nlp.explain import explain


@dataclass(frozen=True)
class Explained:
    """One question: the reader's answer, the words it hung on, and the text with these words marked."""

    label: Label
    words: Sequence[tuple[str, float]]
    text: Sequence[tuple[str, bool]]


def words(request: Request) -> Response:
    """The page; the reader answers anew, so that words and labels belong together whoever corrected them since."""
    desk: Desk = request.app.state.desk
    fact = read.post_fact(desk.house.ledger, request.path_params["post_id"])
    if fact is None:
        raise HTTPException(404)
    known = fact.model_dump(include={"post_id", "source", "text", "created_at", "received_at", "own", "language"})
    post = Post.model_validate(known)
    found: list[Explained] = []
    with desk.reading:
        [reading] = desk.house.reader.read([post])
        if isinstance(reading, Reading):
            carried = explain(desk.house.reader, post, reading)
            found = [Explained(reading.labels[name], each, mark(post.text, each)) for name, each in carried.items()]
    return page(
        request, "words.html", post=fact, model=reading.model if isinstance(reading, Reading) else None, explained=found
    )


def mark(text: str, carried: Sequence[tuple[str, float]]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of these words."""
    longest_first = sorted((word for word, _ in carried), key=len, reverse=True)
    if not longest_first:
        return [(text, False)]
    either = "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" if word[0].isalnum() else re.escape(word) for word in longest_first
    )
    pieces = re.split(f"({either})", text, flags=re.IGNORECASE)
    return [(piece, bool(at % 2)) for at, piece in enumerate(pieces) if piece]
