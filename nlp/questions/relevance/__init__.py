"""Relevance: is the post about this city, and not about another place of its name, its football club or the wide world?

The answer is a sum that can be read: each sign (`nlp/questions/relevance/features.py`) adds to or takes from the odds, and the score is
the probability they give. What is a sign: who said it and where, how the city's name stands in the text, the profile's own
words, its places, words of services, daily life, sport, trade and state, and what the heads of the model make of it.
"""

import math
from collections.abc import Sequence

from pydantic import ConfigDict, Field

from core.annotation import Label
from core.config.city import City
from core.post import Post
from core.records import Options as Table
from gazetteer import gazetteer_of
from nlp.inference.model_output import ModelOutput
from nlp.questions.relevance.features import head_signs, joint_signs, place_sign, read_signs

RULE = "relevance-rule@2"
GIVEN = {"city_source": 6.0, "own": 6.0}
"""Log-odds that no example taught: what the city writes, or others on its own platform, is about it by its nature."""
REFUTING = ("start", "not", "club", "another", "lands")
"""Only these speak against a post of the city's own platform."""
# Learned on the half `tune` of tests/gold/relevance_hard.jsonl and on relevance.jsonl: `python -m nlp.evaluation.relevance --fit`
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
    """Table `[questions.relevance]`; how a council fills it: docs/how-to/relevance.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    names: tuple[str, ...] = ()
    """Names of the city; empty: the profile's `name`."""
    near: tuple[str, ...] = ()
    """Words that support: they speak of this city (its mayor, its bus company, its festivals); `*`: any ending."""
    not_: tuple[str, ...] = Field((), alias="not")
    """Words that refute: another place of the same name, the club, a company; `*`: any ending."""
    city_sources: tuple[str, ...] = ("archive", "consul", "decidim", "inbox", "mailbox", "youtube")
    """Sources whose posts are about the city by their nature: its participation platform, its mailbox, its own channel."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: about this city or not, with the probability that it is."""
    model = f"{RULE}+{encoded.model}+{gazetteer_of(city).revision}"
    labels = []
    for at, post in enumerate(posts):
        odds = sum(weight for _, weight in weigh(features(city, options, post, encoded, at)))
        score = 1 / (1 + math.exp(-odds))
        labels.append(Label(question="relevance", value=odds > 0, score=round(score, 4), model=model))
    return labels


def weigh(found: dict[str, float]) -> list[tuple[str, float]]:
    """What speaks for and against, each with its log-odds, the weightiest first."""
    weighed = [(name, value * {**WEIGHTS, **GIVEN}.get(name, 0.0)) for name, value in found.items()]
    return sorted(weighed, key=lambda sign: -abs(sign[1]))


def features(city: City, options: Options, post: Post, encoded: ModelOutput, at: int) -> dict[str, float]:
    """The signs of one post and how strong each is."""
    found = {"start": 1.0} | read_signs(city, options.names or (city.name,), options.near, options.not_, post.text)
    if post.own or post.channel in options.city_sources:
        # only another place or the club refutes it; its places would change nothing, and most posts of the sample come this way
        return {name: found[name] for name in REFUTING if name in found} | {"own" if post.own else "city_source": 1.0}
    found |= head_signs(encoded, at)
    if place := place_sign(city, post, encoded, at):
        found["place"] = place
    return found | joint_signs(found)
