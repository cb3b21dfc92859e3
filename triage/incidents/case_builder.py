"""Build the case of an incident from its posts.

Topic, place and kind by vote; title, department, priority, due date and reason.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.config.citizen_texts import withheld_text
from core.config.city import City
from core.records.annotation import Place
from core.records.case import CASEBOOK, Case, Incident
from core.records.priority import total_of
from core.text import one_line, shorten
from core.working_hours import due_at
from triage.incident_matching.post_features import PostFeatures, defining_posts
from triage.incidents.spots import on_the_map
from triage.kinds import voted_kind
from triage.services import service_of
from triage.topics import NO_TOPIC, vote
from triage.urgency.priority import points_of

TITLE_CHARACTERS = 90
_TO_SOMEONE = re.compile(r"^(?:@\w+[\s,:]+)+")
"""Whom a post is addressed to says nothing about what happened."""


def incident_key(features: PostFeatures) -> str:
    """Return the key of the incident that starts with this post.

    It is deterministic: a second run gives the same key.
    """
    return f"I-{features.post.created_at:%Y%m%d}-{features.post_id[:12]}"


def incident_of(key: str, members: Sequence[PostFeatures]) -> Incident:
    """Describe an incident by its first and last posts, oldest first."""
    voters = defining_posts(members)
    place, voted = voted_place(voters), service_of(vote(voters), voters)
    return Incident(
        key=key,
        topic=voted.topic,
        topic_certainty=voted.certainty,
        place_key=place.key if place else None,
        first_at=members[0].post.created_at,
        last_at=max(features.post.created_at for features in members),
        post_ids=tuple(features.post_id for features in members),
    )


def new_case(city: City, incident: Incident, members: Sequence[PostFeatures], reason: str) -> Case:
    """Build the case of an incident that has none."""
    received_at = min(features.post.received_at for features in members)
    replay = any(features.replay for features in members)
    points = points_of(city, incident.topic, members)
    return Case(
        key=f"C-{incident.key.removeprefix('I-')}",
        incident_key=incident.key,
        **voted_fields(city, incident, members, received_at),
        priority=total_of(points),
        priority_points=points,
        reason=reason,
        post_ids=incident.post_ids,
        received_at=received_at,
        system=CASEBOOK if replay else city.contact_centre.system,
        replay=replay,
    )


def voted_fields(city: City, incident: Incident, members: Sequence[PostFeatures], received_at: object) -> dict[str, object]:
    """Return the fields of a case that its posts vote on.

    A topic that is too uncertain is only a guess: the case goes to the department of `other`, where a person is asked for the service.
    """
    members = defining_posts(members)
    place = voted_place(members)
    spot = on_the_map(place, members) if place else None
    kind = voted_kind(members)
    first = members[0].post
    is_guess = incident.topic_certainty < city.topic_bar(first.source, first.text, first.style)
    topic = NO_TOPIC if is_guess else incident.topic
    department = city.department_of(kind, topic)
    return {
        "title": title(_shown_text(city, members), place.name if place else None),
        "kind": kind,
        "topic": topic,
        "topic_guess": incident.topic if is_guess else None,
        "department": department.name,
        "due_at": due_at(city, received_at, city.answer_within(kind, department)),  # type: ignore[arg-type]
        "place": place.name if place else None,
        "district": spot.district if spot else None,
        "barrio": spot.barrio if spot else None,
        "lat": spot.lat if spot else None,
        "lon": spot.lon if spot else None,
    }


def _shown_text(city: City, members: Sequence[PostFeatures]) -> str:
    """Return the text of the surest post that may be shown.

    Without one, that it is withheld.
    """
    shown = [features for features in members if not features.withheld]
    if not shown:
        return withheld_text(city.languages[0])
    return max(shown, key=lambda features: (features.actionable, -features.at, features.post_id)).post.text


def voted_place(members: Iterable[PostFeatures]) -> Place | None:
    """Return the place with the most votes, weighted by resolution probability.

    A district wins only when no finer place is named; None: no place is resolved.
    """
    votes: dict[str, float] = defaultdict(float)
    best: dict[str, Place] = {}
    for features in members:
        if features.place is not None and features.place.key is not None:
            votes[features.place.key] += features.place.sure
            best.setdefault(features.place.key, features.place)
            if features.place.sure > best[features.place.key].sure:
                best[features.place.key] = features.place
    fine = [key for key in votes if best[key].kind != "district"] or list(votes)
    return best[min(fine, key=lambda key: (-votes[key], key))] if fine else None


def title(text: str, place: str | None) -> str:
    """Return one line: the place, and the first words of the text.

    >>> title("Otra farola rota\\nen la esquina", "Calle Mayor")
    'Calle Mayor: Otra farola rota en la esquina'
    >>> title("@user @Lineamadrid la fuente no cierra", None)
    'la fuente no cierra'
    """
    words = one_line(text)
    words = _TO_SOMEONE.sub("", words) or words
    line = f"{place}: {words}" if place and place.lower() not in words.lower() else words
    return shorten(line, TITLE_CHARACTERS)
