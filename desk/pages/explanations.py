"""Show which words decided each label of a post.

It runs on request only, since the post is annotated many times for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.records.annotation import Label
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.explain import explain_post


@dataclass(frozen=True)
class Explained:
    """Hold one question: its label, the decisive words, and the marked text."""

    label: Label
    words: Sequence[tuple[str, float]]
    text: Sequence[tuple[str, bool]]


def explanations(request: Request) -> Response:
    """Show the explanation.

    The model annotates the post again, so that words and labels match even after corrections.
    """
    desk: Desk = request.app.state.desk
    post = read.post_record(desk.context.ledger, request.path_params["post_id"])
    if post is None:
        raise HTTPException(404)
    with desk.explaining:
        model, carried = explain_post(desk.context, post)
    found = [Explained(one.label, one.words, mark(post.text, one.words)) for one in carried]
    return page(request, "explanation.html", post=post, model=model, explained=found)


def mark(text: str, carried: Sequence[tuple[str, float]]) -> list[tuple[str, bool]]:
    """Split the text into pieces, flagging those that are these words.

    >>> mark("La farola no luce", [("farola", 2.1)])
    [('La ', False), ('farola', True), (' no luce', False)]
    """
    longest_first = sorted((word for word, _ in carried), key=len, reverse=True)
    if not longest_first:
        return [(text, False)]
    either = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" if word[0].isalnum() else re.escape(word) for word in longest_first)
    pieces = re.split(f"({either})", text, flags=re.IGNORECASE)
    return [(piece, bool(at % 2)) for at, piece in enumerate(pieces) if piece]
