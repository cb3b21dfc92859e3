"""Decide whether a post is about this city.

It may be about another place of its name, its football club or the wide world instead. The result is an additive model that can be
inspected: each feature (`nlp/questions/relevance/features.py`) adds to or subtracts from the log-odds, and the score is the probability.
Features are author and channel, the use of the city's name in the text, the profile's own words, its places, words of services, daily
life, sport, trade and state, and the model's heads.
"""

import math
from collections.abc import Sequence

from pydantic import ConfigDict, Field

from core.config.city import City
from core.records import Options as Table
from core.records.annotation import Label
from core.records.post import Post
from gazetteer import gazetteer_of
from nlp.inference.model_output import ModelOutput
from nlp.questions.relevance.features import combined_features, elsewhere_features, head_features, is_tied, place_probability, text_features

RULE = "relevance-rule@3"
FIXED_WEIGHTS = {"city_source": 6.0, "own": 6.0, "unknown_place": -2.1, "other_language": -2.1}
"""Fixed log-odds, not fitted: posts by the city or on its own platform are about it by nature. Where nothing ties a post to the city, a
place that its gazetteer lacks and a language that is spoken elsewhere say as much as another town's name (`elsewhere`)."""
REFUTING = ("start", "not", "club", "another", "lands")
"""The only features that count against a post of the city's own platform."""
# Fitted on the half `tune` of tests/gold/relevance_hard.jsonl and on relevance.jsonl: `python -m workshop.evaluation.relevance --fit`
WEIGHTS = {
    "start": -1.68,
    "actionable_true": 1.31,
    "another": -0.57,
    "around": -0.39,
    "club": -0.50,
    "council": 0.57,
    "elsewhere": -2.10,
    "handle": 1.80,
    "intent_news": -1.31,
    "intent_other": -1.16,
    "lands": -1.42,
    "life": 0.53,
    "misspelt": 0.65,
    "name": 0.38,
    "near": 2.13,
    "not": -2.26,
    "only_off": -1.86,
    "ours_and_tied": 1.53,
    "passing": -1.87,
    "place": 1.50,
    "problem": 0.37,
    "services": 1.51,
    "small": -0.37,
    "sport": -0.20,
    "state": -0.94,
    "surname": -1.24,
    "topic_culture_sports_events": -0.15,
    "topic_other": -1.21,
    "trade": -3.07,
    "untied": -0.34,
}


class Options(Table):
    """Describe table `[questions.relevance]`.

    How a council fills it: docs/how-to/relevance.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    names: tuple[str, ...] = ()
    """Names of the city; empty: the profile's `name`."""
    near: tuple[str, ...] = ()
    """Words that indicate this city (its mayor, its bus company, its festivals); `*` matches any ending."""
    not_: tuple[str, ...] = Field((), alias="not")
    """Words that indicate something else: another place of the same name, the club, a company; `*` matches any ending."""
    city_sources: tuple[str, ...] = ("archive", "consul", "decidim", "inbox", "mailbox", "youtube")
    """Sources whose posts are about the city by nature: its participation platform, its mailbox, its own channel."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: true or false, with its probability."""
    model = f"{RULE}+{encoded.model}+{gazetteer_of(city).revision}"
    labels = []
    for at, post in enumerate(posts):
        odds = sum(weight for _, weight in contributions(features(city, options, post, encoded, at)))
        score = 1 / (1 + math.exp(-odds))
        labels.append(Label(question="relevance", value=odds > 0, score=round(score, 4), model=model))
    return labels


def contributions(found: dict[str, float]) -> list[tuple[str, float]]:
    """Return the contribution of each feature in log-odds, largest first."""
    weighed = [(name, value * {**WEIGHTS, **FIXED_WEIGHTS}.get(name, 0.0)) for name, value in found.items()]
    return sorted(weighed, key=lambda feature: -abs(feature[1]))


def features(city: City, options: Options, post: Post, encoded: ModelOutput, at: int) -> dict[str, float]:
    """Return the features of one post and their strengths."""
    found = {"start": 1.0} | text_features(city, options.names or (city.name,), options.near, options.not_, post.text)
    if post.own or post.channel in options.city_sources:
        # only another place or the club counts against it: the places, which cost time, would change nothing
        return {name: found[name] for name in REFUTING if name in found} | {"own" if post.own else "city_source": 1.0}
    found |= head_features(encoded, at)
    if place := place_probability(city, post, encoded, at):
        found["place"] = place
    if not is_tied(found):
        found |= elsewhere_features(city, post, encoded, at)
    return found | combined_features(found)
