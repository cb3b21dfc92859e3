"""Compute the features of a pair of posts, each verifiable by hand."""

from collections.abc import Iterable
from math import log1p, nan

from triage.incident_matching.grams import in_common
from triage.incident_matching.post_features import PostFeatures
from triage.location import Coordinates, metres

RARE = 6.0
"""Weight from which a word counts as rare."""
DAY_S = 86_400.0
PAIR_FEATURES: tuple[str, ...] = (
    "hours apart",
    "log hours apart",
    "hour of day apart",
    "same author",
    "answers or same thread",
    "word cosine",
    "rarest shared word",
    "shared word weight",
    "rare shared words",
    "topical word cosine",
    "topical shared weight",
    "4-gram Jaccard",
    "4-gram containment",
    "shared names",
    "share of names",
    "same place",
    "same street or building",
    "same candidate place",
    "streets in conflict",
    "same district",
    "districts in conflict",
    "metres between candidates",
    "metres between places",
    "same house",
    "house distance",
    "houses in conflict",
    "street word with number",
    "same number",
    "same line",
    "lines in conflict",
    "same topic",
    "topic agreement",
    "same intent",
    "same sentiment",
    "shared subjects",
    "subjects in conflict",
    "cosine",
    "centred cosine",
    "mapped cosine",
    "lesser actionable",
    "greater actionable",
    "shorter length",
    "longer length",
    "later reports repair",
    "earlier reports repair",
    "later reports ongoing problem",
    "same language",
    "shared handles",
    "lesser relevance",
    "fewer words",
)


def pair_features(earlier: PostFeatures, later: PostFeatures) -> tuple[float, ...]:
    """Return the features of one pair in the order of PAIR_FEATURES.

    Unknown is NaN.
    """
    hours = abs(later.at - earlier.at) / 3600
    apart = abs(earlier.hour - later.hour)
    same_topic = earlier.topic == later.topic
    agreement = earlier.topic_score * later.topic_score
    return (
        hours,
        log1p(hours),
        min(apart, 24 - apart),
        earlier.author is not None and earlier.author == later.author,
        linked(earlier, later),
        *_words(earlier, later),
        *_places(earlier, later),
        *_numbers(earlier, later),
        same_topic,
        agreement if same_topic else -agreement,
        earlier.intent == later.intent,
        earlier.sentiment == later.sentiment,
        _share(earlier.subjects, later.subjects),
        _conflict(earlier.subjects, later.subjects),
        float(earlier.vector @ later.vector),
        float(earlier.centred @ later.centred),
        float(earlier.mapped @ later.mapped),
        min(earlier.actionable, later.actionable),
        max(earlier.actionable, later.actionable),
        min(earlier.length, later.length),
        max(earlier.length, later.length),
        later.closing,
        earlier.closing,
        later.ongoing,
        earlier.language == later.language,
        len(earlier.handles & later.handles),
        min(earlier.relevant, later.relevant),
        min(earlier.words, later.words),
    )


def linked(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether one replies to the other, or both share a thread."""
    if one.post_id == other.reply_to or other.post_id == one.reply_to:
        return True
    if one.reply_to is not None and one.reply_to == other.reply_to:
        return True
    return one.thread is not None and one.thread == other.thread


def _words(one: PostFeatures, other: PostFeatures) -> tuple[float, ...]:
    both = one.stems.keys() & other.stems.keys()
    shared = [one.stems[stem] for stem in both]
    norm = one.norm * other.norm
    topical = [one.topical[stem] for stem in both if stem in one.topical and stem in other.topical]
    topical_norm = one.topical_norm * other.topical_norm
    common = in_common(one.grams, other.grams)
    shorter = min(len(one.grams), len(other.grams))
    names = len(one.names & other.names)
    return (
        sum(weight * weight for weight in shared) / norm if norm else 0.0,
        max(shared, default=0.0),
        sum(shared),
        sum(weight > RARE for weight in shared),
        sum(weight * weight for weight in topical) / topical_norm if topical_norm else nan,
        sum(topical),
        common / max(1, len(one.grams) + len(other.grams) - common),
        common / max(1, shorter),
        names,
        names / max(1, min(len(one.names), len(other.names))),
    )


def _places(one: PostFeatures, other: PostFeatures) -> tuple[float, ...]:
    same_street = not one.streets.isdisjoint(other.streets)
    return (
        not one.keys.isdisjoint(other.keys),
        same_street,
        not one.candidates.isdisjoint(other.candidates),
        bool(one.streets and other.streets) and not same_street,
        not one.districts.isdisjoint(other.districts),
        _conflict(one.districts, other.districts),
        _nearest(one.near, other.near),
        _nearest(one.where, other.where),
    )


def _numbers(one: PostFeatures, other: PostFeatures) -> tuple[float, ...]:
    return (
        *house_features(one, other),
        not one.numbers.isdisjoint(other.numbers),
        not one.lines.isdisjoint(other.lines),
        _conflict(one.lines, other.lines),
    )


def house_features(one: PostFeatures, other: PostFeatures) -> tuple[float, ...]:
    """Return the features of house numbers.

    Same, closeness, in conflict, and whether both name one street word with a number.
    """
    same = not one.houses.isdisjoint(other.houses)
    apart = [abs(n - m) for word, n in one.houses for same_word, m in other.houses if word == same_word]
    return (same, 1 / (1 + min(apart) / 10) if apart and not same else 0.0, bool(apart) and not same and min(apart) > 20, bool(apart))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _conflict(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _nearest(some: Iterable[Coordinates], others: tuple[Coordinates, ...]) -> float:
    """Return the least distance in metres; NaN when either is empty."""
    return min((metres(one, other) for one in some for other in others), default=nan)
