"""Places: which streets, squares, neighbourhoods, buildings and stops does the post name, and where in the city are they?

The gazetteer knows names and the place tagger of the language model knows how people speak of places: what both see is
surely one, what only the tagger sees stays text unless the gazetteer can resolve it, and what only the gazetteer sees
must be a clear case. The label's score is how sure the best place is; with no place, how sure it is that there is none.
"""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from core import fact
from core.city import City
from core.gazetteer import Found, Gazetteer
from core.post import Post
from core.reading import Label, Place
from nlp.encoded import Encoded, Tag

_LEAST = 0.05
"""Candidates less likely than this are not looked at."""
_AGREE, _ONLY_GAZETTEER = 1.0, -0.4
"""Log-odds that the tagger's view adds: where it sees the place too, and where it sees none."""
_FINE = {
    "street": 3,
    "square": 3,
    "landmark": 3,
    "station": 3,
    "stop": 3,
    "old_name": 3,
    "barrio": 2,
    "district": 1,
    "unresolved": 0,
}
"""A street says more about where than a district does."""


class Options(fact.Options):
    """Table `[questions.places]`."""

    enough: float = Field(0.45, ge=0, le=1)
    """From this chance on words count as a place."""
    enough_for_text: float = Field(0.6, ge=0, le=1)
    """The same for words that only the tagger takes for a place and the gazetteer cannot resolve."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: its places as exact substrings, best first."""
    model = f"{encoded.model}+{city.gazetteer.revision}"
    return [
        _label(city.gazetteer, options, post.text, tags, model) for post, tags in zip(posts, encoded.tags, strict=True)
    ]


def _label(gazetteer: Gazetteer, options: Options, text: str, tags: Sequence[Tag], model: str) -> Label:
    found = candidates(gazetteer, text, tags)
    kept = [each for each in found if each.chance >= _threshold(each, options)]
    places = _best_first(kept)
    if places:
        best = next(each for each in kept if each.place.text == places[0].text)
        score = best.chance * (best.place.sure or 1.0)
    else:
        score = 1.0 - max((each.chance for each in found), default=0.0)
    return Label(question="places", value=places, score=round(score, 4), model=model)


def _threshold(found: Found, options: Options) -> float:
    return options.enough if found.place.key else options.enough_for_text


def candidates(gazetteer: Gazetteer, text: str, tags: Sequence[Tag]) -> list[Found]:
    """Everything gazetteer or tagger takes for a place, with the chance that it is one, left to right."""
    known = gazetteer.find(text, enough=_LEAST)
    joined = [_with_tagger(each, tags) for each in known]
    near = {each.place.district for each in joined if each.place.district and each.chance >= 0.5}
    for tag in tags:
        if not any(_overlap(tag, each) for each in known):
            place = gazetteer.resolve(text[tag.start : tag.end], [district for district in near if district])
            joined.append(Found(tag.start, tag.end, place, tag.score))
    return sorted(joined)


def _with_tagger(found: Found, tags: Sequence[Tag]) -> Found:
    score = max((tag.score for tag in tags if _overlap(tag, found)), default=None)
    odds = _odds(found.chance) + (_ONLY_GAZETTEER if score is None else max(_odds(score), 0.0) + _AGREE)
    return found._replace(chance=1 / (1 + math.exp(-odds)))


def _odds(chance: float) -> float:
    clear = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clear / (1 - clear))


def _overlap(one: Tag | Found, other: Tag | Found) -> bool:
    return one.start < other.end and other.start < one.end


def _best_first(found: Iterable[Found]) -> tuple[Place, ...]:
    """Each wording once; what is surely resolved before what is not, and the finer place before the coarser."""
    places: dict[str, tuple[tuple[bool, int, float, int], Place]] = {}
    for start, _, place, chance in found:
        sure = place.model_copy(update={"sure": round(place.sure * chance, 4)})
        rank = (sure.sure >= 0.5, _FINE[sure.kind], sure.sure, -start)
        if place.text not in places or rank > places[place.text][0]:
            places[place.text] = (rank, sure)
    return tuple(place for _, place in sorted(places.values(), key=lambda pair: pair[0], reverse=True))
