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
# Log-odds, fitted by logistic regression on `decide_madrid_labelled_es` with a tagger that had not seen the post (3 folds):
_BASE, _GAZETTEER = -1.0, 0.9
"""What the gazetteer alone is worth: a little less than it believes, since the tagger saw nothing there."""
_SEEN, _TAGGER, _SAME_WORDS = 0.5, 0.5, 1.1
"""What the tagger adds where it sees a place too, by its score, and when it marks exactly these words."""
_ONLY_BASE, _ONLY_TAGGER = -1.7, 1.5
"""The tagger alone: where a good gazetteer knows nothing, it must be very sure."""
_READ = 400
"""Characters that the tagger has read for certain of a truncated text (128 tokens): after them its silence says nothing."""
_CLEAR = 0.5
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
    """The same for words that the gazetteer cannot resolve."""
    enough_alone: float = Field(0.3, ge=0, le=1)
    """The same in a city without a gazetteer: words and misses weigh alike there (best F1 on posts that taught nothing)."""

    def accepts(self, found: Found, gazetteer: Gazetteer) -> bool:
        """True when these words count as a place."""
        if not gazetteer:
            return found.chance >= self.enough_alone
        return found.chance >= (self.enough if found.place.key else self.enough_for_text)


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: its places as exact substrings, best first."""
    model = f"{encoded.model}+{city.gazetteer.revision}"
    rows = zip(posts, encoded.tags, encoded.truncated, strict=True)
    found = [candidates(city.gazetteer, post.text, tags, bool(cut)) for post, tags, cut in rows]
    return [_label(options, city.gazetteer, each, model) for each in found]


def _label(options: Options, gazetteer: Gazetteer, found: Sequence[Found], model: str) -> Label:
    kept = [each for each in found if options.accepts(each, gazetteer)]
    ranked = _best_first(kept)
    score = ranked[0][0] if ranked else 1.0 - max((each.chance for each in found), default=0.0)
    return Label(question="places", value=tuple(place for _, place in ranked), score=round(score, 4), model=model)


def candidates(gazetteer: Gazetteer, text: str, tags: Sequence[Tag], truncated: bool = False) -> list[Found]:
    """Everything gazetteer or tagger takes for a place, with the chance that it is one, left to right."""
    known = gazetteer.find(text, enough=_LEAST)
    read = min(_READ, len(text)) if truncated else len(text)
    joined = [each if each.start >= read else _with_tagger(each, tags) for each in known]
    near = {each.place.district for each in joined if each.place.district and each.chance >= 0.5}
    taken = bytearray(len(text))
    for each in known:
        taken[each.start : each.end] = b"\1" * (each.end - each.start)
    for tag in tags:
        if 1 not in taken[tag.start : tag.end]:
            place = gazetteer.resolve(text[tag.start : tag.end], [district for district in near if district])
            joined.append(Found(tag.start, tag.end, place, _only_tagger(tag) if gazetteer else tag.score))
    return sorted(joined)


def _with_tagger(found: Found, tags: Sequence[Tag]) -> Found:
    seen = [tag for tag in tags if _overlap(tag, found)]
    odds = _BASE + _GAZETTEER * _odds(found.chance)
    if seen:
        same = any((tag.start, tag.end) == (found.start, found.end) for tag in seen)
        odds += _SEEN + _TAGGER * max(_odds(tag.score) for tag in seen) + (_SAME_WORDS if same else 0.0)
    return found._replace(chance=_chance(odds))


def _only_tagger(tag: Tag) -> float:
    return _chance(_ONLY_BASE + _ONLY_TAGGER * _odds(tag.score))


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _odds(chance: float) -> float:
    clear = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clear / (1 - clear))


def _overlap(one: Tag | Found, other: Tag | Found) -> bool:
    return one.start < other.end and other.start < one.end


def _best_first(found: Iterable[Found]) -> list[tuple[float, Place]]:
    """Each wording once with its score; what is surely resolved before what is not, the finer place before the coarser."""
    best: dict[str, tuple[tuple[bool, int, float, int], float, Place]] = {}
    for start, _, place, chance in found:
        sure = round(place.sure * chance, 4)
        rank = (sure >= _CLEAR, _FINE[place.kind], sure, -start)
        if place.text not in best or rank > best[place.text][0]:
            best[place.text] = (rank, sure if place.key else chance, place.model_copy(update={"sure": sure}))
    return [(score, place) for _, score, place in sorted(best.values(), key=lambda each: each[0], reverse=True)]
