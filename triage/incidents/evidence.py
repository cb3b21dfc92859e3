"""Compare two incidents by place, distance, days, words and authors."""

from collections.abc import Sequence

from core.records import Record
from gazetteer.names import fold
from triage.incident_matching.post_features import PostFeatures
from triage.location import metres

WORDS = 5
"""Shared words shown, the rarest first."""


class Evidence(Record):
    """Hold the evidence that two groups of posts are the same."""

    places: tuple[str, ...]
    """Names of places that both are about."""
    metres: int | None
    """Between their nearest places; None: one of them has no place with coordinates."""
    days: float
    """Between the two posts nearest in time."""
    words: tuple[str, ...]
    """Rare words that both use."""
    authors: int
    """How many people wrote in both."""
    same_topic: bool


def evidence(some: Sequence[PostFeatures], others: Sequence[PostFeatures]) -> Evidence:
    """Compare two groups of posts, neither of them empty."""
    names = {form.place.key: form.place.name for form in (*some, *others) if form.place is not None and form.place.key}
    shared = _keys(some) & _keys(others)
    return Evidence(
        places=tuple(sorted(str(names[key]) for key in shared if names.get(key))),
        metres=_metres(some, others),
        days=round(min(abs(one.at - other.at) for one in some for other in others) / 86_400, 1),
        words=_shared_words(some, others),
        authors=len(_authors(some) & _authors(others)),
        same_topic=bool({one.topic for one in some} & {one.topic for one in others}),
    )


def _keys(forms: Sequence[PostFeatures]) -> set[str]:
    return {form.place.key for form in forms if form.place is not None and form.place.key is not None}


def _authors(forms: Sequence[PostFeatures]) -> set[str]:
    return {form.author for form in forms if form.author is not None}


def _metres(some: Sequence[PostFeatures], others: Sequence[PostFeatures]) -> int | None:
    distances = [metres(here, there) for one in some for here in one.where for other in others for there in other.where]
    return round(min(distances)) if distances else None


def _shared_words(some: Sequence[PostFeatures], others: Sequence[PostFeatures]) -> tuple[str, ...]:
    weights = {stem: weight for form in some for stem, weight in form.stems.items()}
    shared = {stem for form in others for stem in form.stems} & set(weights)
    rarest = sorted(shared, key=lambda stem: (-weights[stem], stem))[:WORDS]
    return tuple(_whole(stem, some) for stem in rarest)


def _whole(stem: str, forms: Sequence[PostFeatures]) -> str:
    """Return the whole word of a stem, as written in a post."""
    for form in forms:
        for word in form.post.text.lower().split():
            letters = "".join(c for c in word if c.isalnum())
            if fold(letters).startswith(stem):
                return letters
    return stem
