"""Find the places that a post names, and where they are.

Places are streets, squares, neighbourhoods, buildings and stops. The gazetteer has the names, the place tagger of the model has the
context: what both find is almost certainly a place, what only the tagger finds stays text unless the gazetteer can resolve it, and what
only the gazetteer finds must be a clear case. The label's score is the probability of the best place; without a place, the probability
that there is none.
"""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from core import records
from core.config.city import City
from core.records.annotation import Label, Place
from core.records.post import Post
from gazetteer import Found, Gazetteer, gazetteer_of
from nlp.inference.model_output import ModelOutput, Tag
from nlp.inference.windows import is_letter
from nlp.questions.places.stated import at_its_point

MIN_PROBABILITY = 0.05
"""Minimum probability of a candidate."""
# Log-odds, fitted by `python -m workshop.training.train.place_join` (logistic regression with a tagger that had not seen the posts):
JOINT_WEIGHTS: dict[str, float] = {
    "gazetteer": 0.95,
    "same words": 0.37,
    "seen": 1.72,
    "tagger": 0.28,
    "within the tagger's words": 0.23,
    "always": -0.84,
}
"""Found by the gazetteer: the weight of the gazetteer's odds, and of the tagger where it marks a place too."""
TAGGER_WEIGHTS: dict[str, float] = {"resolved": 0.92, "tagger": 1.36, "always": -0.91}
"""Found by the tagger alone: without a match in a good gazetteer, it must be very sure."""
READ, READ_OF_LETTERS = 400, 800
"""Characters of a truncated text that the tagger has certainly seen (one window and two); after them a missing tag means nothing."""
_LONG = 200
"""Minimum characters of a letter or proposal, in which fewer candidates are places than in a post."""
_MOST_CANDIDATES = 6
_LEAST_CANDIDATE = 0.02
"""Minimum probability of a kept candidate."""
_CLEAR = 0.5
_FINE = {"street": 3, "square": 3, "landmark": 3, "station": 3, "stop": 3, "old_name": 3, "barrio": 2, "district": 1, "unresolved": 0}
"""Rank by precision: a street is more precise than a district."""


class Options(records.Options):
    """Describe table `[questions.places]`."""

    enough: float = Field(0.45, ge=0, le=1)
    """Probability from which a span counts as a place."""
    enough_for_text: float = Field(0.6, ge=0, le=1)
    """The same for a span that the gazetteer cannot resolve."""
    enough_in_letters: float = Field(0.65, ge=0, le=1)
    """The same in a letter or proposal (200 characters or more)."""
    enough_for_text_in_letters: float = Field(0.75, ge=0, le=1)
    """The same for a span that the gazetteer cannot resolve, in a letter or proposal."""
    enough_alone: float = Field(0.3, ge=0, le=1)
    """The same in a city without a gazetteer: best F1 on held-out posts. The fewer streets a gazetteer has, the nearer are those
    of a span that it cannot resolve."""

    def accepts(self, found: Found, gazetteer: Gazetteer, length: int = 0) -> bool:
        """Tell whether a span of a text is a place."""
        if length >= _LONG:
            bar = self.enough_in_letters if found.place.key else self.enough_for_text_in_letters
        else:
            bar = self.enough if found.place.key else self.enough_for_text
        if found.place.key:
            return found.chance >= bar
        return found.chance >= self.enough_alone + gazetteer.coverage * (bar - self.enough_alone)


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: its places as exact substrings, best first.

    The point of a report comes before them.
    """
    gazetteer = gazetteer_of(city)
    model = f"{encoded.model}+{gazetteer.revision}"
    found = [candidates_of(gazetteer, post, encoded, at) for at, post in enumerate(posts)]
    return [
        at_its_point(label(options, gazetteer, each, model, len(post.text)), post, gazetteer)
        for each, post in zip(found, posts, strict=True)
    ]


def label(options: Options, gazetteer: Gazetteer, found: Sequence[Found], model: str, length: int) -> Label:
    """Return the label for the candidates of a text of this length."""
    kept = [each for each in found if options.accepts(each, gazetteer, length)]
    ranked = _best_first(kept)
    score = ranked[0][0] if ranked else 1.0 - max((each.chance for each in found), default=0.0)
    places = tuple(place for _, place in ranked)
    others = _candidates(found, kept)
    return Label(question="places", value=places, score=round(score, 4), model=model, candidates=others)


def _candidates(found: Sequence[Found], kept: Sequence[Found]) -> tuple[Place, ...]:
    """Return what else the post may mean, surest first.

    These are other places of the accepted names, and candidates too doubtful to accept.
    """
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
    """Return the `candidates` of this row, computed once for all questions."""
    key = (candidates_of, gazetteer, at, post.text)
    if key not in encoded.shared:
        seen = READ_OF_LETTERS if is_letter(post) else READ
        tagged = seen if encoded.truncated[at] else None
        encoded.shared[key] = tuple(candidates(gazetteer, post.text, encoded.tags[at], tagged))
    found: tuple[Found, ...] = encoded.shared[key]
    return found


def candidates(gazetteer: Gazetteer, text: str, tags: Sequence[Tag], tagged_to: int | None = None) -> list[Found]:
    """Return every span that gazetteer or tagger finds, left to right.

    Each has the probability that it is a place. `tagged_to`: characters that the tagger has certainly seen; None: all.
    """
    known = gazetteer.find(text, enough=MIN_PROBABILITY)
    tagged_to = len(text) if tagged_to is None else tagged_to
    joined = [each if each.start >= tagged_to else _with_tagger(each, tags) for each in known]
    near = {each.place.district for each in joined if each.place.district and each.chance >= 0.5}
    taken = bytearray(len(text))
    for each in known:
        taken[each.start : each.end] = b"\1" * (each.end - each.start)
    for tag in tags:
        if 1 not in taken[tag.start : tag.end]:
            place = gazetteer.resolve(text[tag.start : tag.end], [district for district in near if district])
            joined.append(Found(tag.start, tag.end, place, _tagged_alone(tag, place, gazetteer.coverage)))
    return sorted(joined)


def _tagged_alone(tag: Tag, place: Place, coverage: float) -> float:
    """Return the probability of a place that the gazetteer did not find.

    Its silence says more the more streets it has.
    """
    if not coverage:
        return tag.score
    return _chance(coverage * _added(TAGGER_WEIGHTS, tagger_features(tag, place)) + (1 - coverage) * log_odds(tag.score))


def _with_tagger(found: Found, tags: Sequence[Tag]) -> Found:
    return found._replace(chance=_chance(_added(JOINT_WEIGHTS, joint_features(found, tags))))


def joint_features(found: Found, tags: Sequence[Tag]) -> dict[str, float]:
    """Return the features of a span the gazetteer found, by weight name."""
    features = {"always": 1.0, "gazetteer": log_odds(found.chance)}
    seen = [tag for tag in tags if _overlap(tag, found)]
    if not seen:
        return features
    features |= {"seen": 1.0, "tagger": max(log_odds(tag.score) for tag in seen)}
    if any((tag.start, tag.end) == (found.start, found.end) for tag in seen):
        features["same words"] = 1.0
    elif any(tag.start <= found.start and found.end <= tag.end for tag in seen):
        features["within the tagger's words"] = 1.0
    return features


def tagger_features(tag: Tag, place: Place) -> dict[str, float]:
    """Return the features of a span that only the tagger found."""
    features = {"always": 1.0, "tagger": log_odds(tag.score)}
    if place.key is not None:
        features["resolved"] = place.sure
    return features


def _added(weights: dict[str, float], features: dict[str, float]) -> float:
    return sum(weights.get(feature, 0.0) * value for feature, value in features.items())


def _chance(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability, clipped to stay finite.

    >>> log_odds(0.5)
    0.0
    """
    clear = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clear / (1 - clear))


def _overlap(one: Tag | Found, other: Tag | Found) -> bool:
    return one.start < other.end and other.start < one.end


def _best_first(found: Iterable[Found]) -> list[tuple[float, Place]]:
    """Return each wording once with its score, best first.

    A resolved place precedes an unresolved one, a finer place (street) a coarser one (district).
    """
    best: dict[str, tuple[tuple[bool, int, float, int], float, Place]] = {}
    for start, _, place, chance, _ in found:
        sure = round(place.sure * chance, 4)
        rank = (sure >= _CLEAR, _FINE[place.kind], sure, -start)
        if place.text not in best or rank > best[place.text][0]:
            best[place.text] = (rank, sure if place.key else chance, place.model_copy(update={"sure": sure}))
    return [(score, place) for _, score, place in sorted(best.values(), key=lambda each: each[0], reverse=True)]
