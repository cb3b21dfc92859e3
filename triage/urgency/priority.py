"""Compute the priority of a case from its posts, each point named.

Words of an emergency add no points: staff are shown a notice to call 112 instead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.config.bodies import load_bodies
from core.config.city import City
from core.records.priority import PriorityPoint, total_of
from gazetteer import gazetteer_of
from gazetteer.names import fold
from triage.competence import is_emergency
from triage.incident_matching.post_features import PostFeatures
from triage.incidents.copies import is_near_copy
from triage.urgency.harm import harm_words
from triage.urgency.risks import risk_in

DAY_S = 86_400.0
SHOWN = 3
"""Words or places named as evidence at most."""
REPORTING = frozenset({"report", "request", "question"})
"""Kinds of posts in which words of risk count."""
COMPARED = 12
"""Voices that a text is compared with for near copies, the earliest first."""


@dataclass(slots=True)
class FirstReport:
    """Hold the first post of one citizen.

    All who copy one text are one citizen.
    """

    first: PostFeatures
    authors: set[str | None] = field(default_factory=set)


def points_of(city: City, topic: str, members: Sequence[PostFeatures], reopened: int = 0, whole: bool = True) -> tuple[PriorityPoint, ...]:
    """Return the points of a case's priority, each with its evidence.

    Args:
        city: the profile with its rules, bodies and gazetteer.
        topic: the topic of the case.
        members: its posts, oldest first; of a large incident the first and the last.
        reopened: how often the case was opened again.
        whole: `members` are all its posts; else its growth is unknown and counts nothing.
    """
    rules = city.priority
    bodies = load_bodies(city)
    risks = [risk for one in members if is_at_risk(one) and (risk := risk_in(one.post.text)) is not None]
    emergency = {one.post_id for one in members if is_emergency(bodies, (one.post.text,))}
    calm = [one for one in members if one.post_id not in emergency]
    voices = distinct_voices(members)
    found = [
        PriorityPoint(name="complaint", points=rules.complaint) if any(_complains(one) for one in members) else None,
        PriorityPoint(name="topic", points=rules.topic, evidence=topic) if topic in rules.urgent_topics else None,
        _evidenced("harm", rules.harm, _harm(calm)),
        _evidenced("risk", rules.risk, list(dict.fromkeys(risk.evidence for risk in risks))),
        _citizens(city, len(voices)),
        _growth(city, members, voices) if whole else None,
        _evidenced("place", rules.place, _vulnerable_places(city, members)),
        PriorityPoint(name="reopened", points=rules.reopened, evidence=str(reopened)) if reopened >= rules.reopened_from else None,
    ]
    counted = [one for one in found if one is not None and one.points]
    return (*counted, *([PriorityPoint(name="emergency", points=0)] if emergency or any(risk.emergency for risk in risks) else []))


def is_at_risk(features: PostFeatures) -> bool:
    """Return whether a post's words of risk are a report of one.

    Praise, proposals, summaries of many incidents and news are none.
    """
    return features.kind.value in REPORTING and not features.thing.overview and features.intent not in ("news", "praise")


def stronger(old: tuple[PriorityPoint, ...], new: tuple[PriorityPoint, ...]) -> tuple[PriorityPoint, ...]:
    """Return the points that give the higher priority.

    The new ones if equal. The posts that gave the old ones may be too many to be looked at again. A notice of an emergency stays.
    """
    kept, other = (new, old) if total_of(new) >= total_of(old) else (old, new)
    noticed = {one.name for one in kept}
    return (*kept, *(one for one in other if one.name == "emergency" and one.name not in noticed))


def distinct_voices(members: Iterable[PostFeatures]) -> list[FirstReport]:
    """Group posts by citizen, in order of their first posts.

    One voice for each author, for all posts without an author, and for everyone who copies a text, as a brigade does.
    """
    voices: list[FirstReport] = []
    of_author: dict[str | None, FirstReport] = {}
    of_text: dict[int, FirstReport] = {}
    for one in sorted(members, key=lambda features: (features.at, features.post_id)):
        voice = of_author.get(one.author) or (None if one.thing.service else of_text.get(one.fingerprint))
        if voice is None:
            voice = next((known for known in voices[:COMPARED] if _are_copies(known.first, one)), None)
        if voice is None:
            voice = FirstReport(one)
            voices.append(voice)
        voice.authors.add(one.author)
        of_author.setdefault(one.author, voice)
        of_text.setdefault(one.fingerprint, voice)
    return voices


_copies: dict[tuple[int, int], bool] = {}
PAIRS_KEPT = 65_536
"""Pairs of texts whose likeness is kept: with each new post of an incident the same pairs are compared again."""


def _are_copies(one: PostFeatures, other: PostFeatures) -> bool:
    if one.thing.service and other.thing.service:  # their authors decide, not their words alone
        return is_near_copy(one, other)
    pair = one.fingerprint, other.fingerprint
    found = _copies.get(pair)
    if found is None:
        if len(_copies) >= PAIRS_KEPT:
            _copies.clear()
        found = _copies[pair] = is_near_copy(one, other)
    return found


def _complains(one: PostFeatures) -> bool:
    return one.intent == "complaint"


def _harm(members: Iterable[PostFeatures]) -> list[str]:
    found: dict[str, str] = {}
    for one in members:
        for word in harm_words(one.post.text, one.language):
            found.setdefault(fold(word), word)
    return list(found.values())


def _citizens(city: City, count: int) -> PriorityPoint | None:
    rules = city.priority
    points = rules.many if count >= rules.many_from else rules.citizens if count >= rules.citizens_from else 0
    return PriorityPoint(name="citizens", points=points, evidence=str(count)) if points else None


def _growth(city: City, members: Sequence[PostFeatures], voices: Sequence[FirstReport]) -> PriorityPoint | None:
    """Compare the citizens of the last 24 hours with the 24 before.

    The first day of an incident does not count: there is nothing that it grew from.
    """
    newest = max(one.at for one in members)
    ages = [newest - voice.first.at for voice in voices]
    last, before = sum(age < DAY_S for age in ages), sum(DAY_S <= age < 2 * DAY_S for age in ages)
    if max(ages) < DAY_S or last < city.priority.growth_from or last < 2 * before:
        return None
    return PriorityPoint(name="growth", points=city.priority.growth, evidence=f"{last}|{before}")


def _vulnerable_places(city: City, members: Iterable[PostFeatures]) -> list[str]:
    gazetteer = gazetteer_of(city)
    keys = dict.fromkeys(key for one in members for key in sorted(one.keys))
    groups = frozenset(city.priority.vulnerable_places)
    return list(dict.fromkeys(gazetteer.name_of(key) for key in keys if gazetteer.groups_of(key) & groups))


def _evidenced(name: str, points: int, evidence: Sequence[str]) -> PriorityPoint | None:
    if not evidence:
        return None
    return PriorityPoint.model_validate({"name": name, "points": points, "evidence": ", ".join(evidence[:SHOWN])})
