"""Places: which streets, squares, neighbourhoods, buildings and stops does the post name, and where in the city are they?

The gazetteer knows names and the place tagger of the language model knows how people speak of places: what both see is
surely one, what only the tagger sees stays text unless the gazetteer can resolve it, and what only the gazetteer sees
must be a clear case. The label's score is how sure the best place is; with no place, how sure it is that there is none.
"""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from core import records
from core.annotation import Label, Place
from core.config.city import City
from core.post import Post
from gazetteer import Found, Gazetteer, gazetteer_of
from nlp.inference.model_output import ModelOutput, Tag

LEAST = 0.05
"""Candidates less likely than this are not looked at."""
# Log-odds, made by `python -m nlp.training.train.place_join` (logistic regression with a tagger that had not seen the posts):
JOIN: dict[str, float] = {
    "gazetteer": 0.95,
    "same words": 0.37,
    "seen": 1.72,
    "tagger": 0.28,
    "within the tagger's words": 0.23,
    "always": -0.84,
}
"""The gazetteer found it: what its own odds are worth, and what the tagger adds where it sees a place too."""
ALONE: dict[str, float] = {"resolved": 0.92, "tagger": 1.36, "always": -0.91}
"""The tagger alone: where a good gazetteer knows nothing, it must be very sure."""
_READ = 400
"""Characters that the tagger has read for certain of a truncated text (128 tokens): after them its silence says nothing."""
_LONG = 200
"""Characters of a letter or proposal, in which more words are no place than in a post."""
_MOST_CANDIDATES = 6
_LEAST_CANDIDATE = 0.02
"""A candidate less sure than this is not kept."""
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


class Options(records.Options):
    """Table `[questions.places]`."""

    enough: float = Field(0.45, ge=0, le=1)
    """From this chance on words count as a place."""
    enough_for_text: float = Field(0.6, ge=0, le=1)
    """The same for words that the gazetteer cannot resolve."""
    enough_in_letters: float = Field(0.65, ge=0, le=1)
    """The same in a letter or proposal (200 characters or more)."""
    enough_for_text_in_letters: float = Field(0.75, ge=0, le=1)
    """The same for words that the gazetteer cannot resolve, in a letter or proposal."""
    enough_alone: float = Field(0.3, ge=0, le=1)
    """The same in a city without a gazetteer: words and misses weigh alike there (best F1 on posts that taught nothing)."""

    def accepts(self, found: Found, gazetteer: Gazetteer, length: int = 0) -> bool:
        """True when these words count as a place in a text of this length."""
        if not gazetteer:
            return found.chance >= self.enough_alone
        if length >= _LONG:
            return found.chance >= (self.enough_in_letters if found.place.key else self.enough_for_text_in_letters)
        return found.chance >= (self.enough if found.place.key else self.enough_for_text)


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: its places as exact substrings, best first."""
    model = f"{encoded.model}+{gazetteer_of(city).revision}"
    found = [candidates_of(gazetteer_of(city), post, encoded, at) for at, post in enumerate(posts)]
    return [
        label(options, gazetteer_of(city), each, model, len(post.text)) for each, post in zip(found, posts, strict=True)
    ]


def label(options: Options, gazetteer: Gazetteer, found: Sequence[Found], model: str, length: int) -> Label:
    """The places of a text of this length as the answer to the question."""
    kept = [each for each in found if options.accepts(each, gazetteer, length)]
    ranked = _best_first(kept)
    score = ranked[0][0] if ranked else 1.0 - max((each.chance for each in found), default=0.0)
    places = tuple(place for _, place in ranked)
    others = _candidates(found, kept)
    return Label(question="places", value=places, score=round(score, 4), model=model, candidates=others)


def _candidates(found: Sequence[Found], kept: Sequence[Found]) -> tuple[Place, ...]:
    """What else the post may mean, surest first: other places of the names kept, and what was too doubtful to keep."""
    best: dict[tuple[str | None, float | None, float | None], Place] = {}
    named = {each.place.key for each in kept}
    for each in found:
        places = each.others if each in kept else (each.place, *each.others)
        for place in places:
            sure = round(place.sure * each.chance, 4)
            spot = (place.key, place.lat, place.lon)
            known = place.key is None or (place.lat is None and place.key in named)
            if not known and sure >= _LEAST_CANDIDATE and (spot not in best or best[spot].sure < sure):
                best[spot] = place.model_copy(update={"sure": sure})
    return tuple(sorted(best.values(), key=lambda place: (-place.sure, place.key or ""))[:_MOST_CANDIDATES])


def candidates_of(gazetteer: Gazetteer, post: Post, encoded: ModelOutput, at: int) -> Sequence[Found]:
    """The `candidates` of the post in this row of the batch, looked for once for all questions that ask."""
    asked = (candidates_of, gazetteer, at, post.text)
    if asked not in encoded.shared:
        cut = bool(encoded.truncated[at])
        encoded.shared[asked] = tuple(candidates(gazetteer, post.text, encoded.tags[at], cut))
    found: tuple[Found, ...] = encoded.shared[asked]
    return found


def candidates(gazetteer: Gazetteer, text: str, tags: Sequence[Tag], truncated: bool = False) -> list[Found]:
    """Everything gazetteer or tagger takes for a place, with the chance that it is one, left to right."""
    known = gazetteer.find(text, enough=LEAST)
    read = min(_READ, len(text)) if truncated else len(text)
    joined = [each if each.start >= read else _with_tagger(each, tags) for each in known]
    near = {each.place.district for each in joined if each.place.district and each.chance >= 0.5}
    taken = bytearray(len(text))
    for each in known:
        taken[each.start : each.end] = b"\1" * (each.end - each.start)
    for tag in tags:
        if 1 not in taken[tag.start : tag.end]:
            place = gazetteer.resolve(text[tag.start : tag.end], [district for district in near if district])
            joined.append(
                Found(
                    tag.start,
                    tag.end,
                    place,
                    _chance(_added(ALONE, alone_signs(tag, place))) if gazetteer else tag.score,
                )
            )
    return sorted(joined)


def _with_tagger(found: Found, tags: Sequence[Tag]) -> Found:
    return found._replace(chance=_chance(_added(JOIN, join_signs(found, tags))))


def join_signs(found: Found, tags: Sequence[Tag]) -> dict[str, float]:
    """What gazetteer and tagger say of words that the gazetteer found: the names of the weights, and how much of each."""
    signs = {"always": 1.0, "gazetteer": odds(found.chance)}
    seen = [tag for tag in tags if _overlap(tag, found)]
    if not seen:
        return signs
    signs |= {"seen": 1.0, "tagger": max(odds(tag.score) for tag in seen)}
    if any((tag.start, tag.end) == (found.start, found.end) for tag in seen):
        signs["same words"] = 1.0
    elif any(tag.start <= found.start and found.end <= tag.end for tag in seen):
        signs["within the tagger's words"] = 1.0
    return signs


def alone_signs(tag: Tag, place: Place) -> dict[str, float]:
    """What speaks for words that only the tagger marked."""
    signs = {"always": 1.0, "tagger": odds(tag.score)}
    if place.key is not None:
        signs["resolved"] = place.sure
    return signs


def _added(weights: dict[str, float], signs: dict[str, float]) -> float:
    return sum(weights.get(sign, 0.0) * value for sign, value in signs.items())


def _chance(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def odds(chance: float) -> float:
    """The logarithm of the odds."""
    clear = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clear / (1 - clear))


def _overlap(one: Tag | Found, other: Tag | Found) -> bool:
    return one.start < other.end and other.start < one.end


def _best_first(found: Iterable[Found]) -> list[tuple[float, Place]]:
    """Each wording once with its score; what is surely resolved before what is not, the finer place before the coarser."""
    best: dict[str, tuple[tuple[bool, int, float, int], float, Place]] = {}
    for start, _, place, chance, _ in found:
        sure = round(place.sure * chance, 4)
        rank = (sure >= _CLEAR, _FINE[place.kind], sure, -start)
        if place.text not in best or rank > best[place.text][0]:
            best[place.text] = (rank, sure if place.key else chance, place.model_copy(update={"sure": sure}))
    return [(score, place) for _, score, place in sorted(best.values(), key=lambda each: each[0], reverse=True)]
