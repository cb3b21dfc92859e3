"""Which words carried each label of a post: asked for by a person, since the post is read many times over for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.annotation import Label
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.explain import carried_by


@dataclass(frozen=True)
class Explained:
    """One question: the reader's answer, the words it hung on, and the text with these words marked."""

    label: Label
    words: Sequence[tuple[str, float]]
    text: Sequence[tuple[str, bool]]


def explanations(request: Request) -> Response:
    """The page; the reader answers anew, so that words and labels belong together whoever corrected them since."""
    desk: Desk = request.app.state.desk
    fact = read.post_record(desk.context.ledger, request.path_params["post_id"])
    if fact is None:
        raise HTTPException(404)
    with desk.reading:
        model, carried = carried_by(desk.context, fact)
    found = [Explained(one.label, one.words, mark(fact.text, one.words)) for one in carried]
    return page(request, "words.html", post=fact, model=model, explained=found)


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
