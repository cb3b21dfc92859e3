"""What place is a post about? The places its first sentence names; where that names none, those of the whole text."""

import re
from collections.abc import Sequence

from core.annotation import Annotation, Place
from core.post import Post

SURE_ENOUGH = 0.5
"""From here a resolved place may tell two incidents apart or join them."""
HEADLINE = 100
"""Characters in which people say what they are writing about, should the first sentence be longer."""
_END = re.compile(r"[.!?](?=\s|$)")
_SHORTEST = 15
"""A full stop before this ends an abbreviation (`Avda.`, `C. Toledo`), not a sentence."""


def named(reading: Annotation) -> tuple[Place, ...]:
    """The resolved places of the whole text, best first; a district only where nothing finer is named."""
    return _finest([place for place in reading.places if place.key is not None and place.sure >= SURE_ENOUGH])


def about(post: Post, reading: Annotation) -> tuple[Place, ...]:
    """The resolved places the post is about, best first."""
    end, all_ = len(headline(post.text)), named(reading)
    return _finest([place for place in all_ if 0 <= post.text.find(place.text) < end]) or all_


def main_place(post: Post, reading: Annotation) -> Place | None:
    """The place a case is opened for."""
    return next(iter(about(post, reading)), None)


def headline(text: str) -> str:
    """The first sentence: there people say what they are writing about."""
    end = _END.search(text, _SHORTEST)
    return text[: min(end.start() if end else len(text), HEADLINE)]


def _finest(places: Sequence[Place]) -> tuple[Place, ...]:
    return tuple(place for place in places if place.kind != "district") or tuple(places)
