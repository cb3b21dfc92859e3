"""Make the case of an incident from its posts: what it is about by their vote, title, department, priority, due date and reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.annotation import Place
from core.case import Case, Incident
from core.config.city import City
from core.working_hours import due_at
from triage.eligibility import people
from triage.incident_matching.post_features import PostFeatures, speakers
from triage.kinds import voted_kind

TITLE_CHARACTERS = 90
URGENT_TOPICS = frozenset({"water_sewage", "safety_police"})
"""A leak or a danger grows by the hour; this is no emergency triage: emergencies are called in by telephone."""
MANY = ((10, 2), (3, 1))
"""Distinct authors from which a case gains priority."""
NO_TOPIC = "other"


def incident_key(form: PostFeatures) -> str:
    """Return the key of the incident this post is the first of; a second run makes the same."""
    return f"I-{form.post.created_at:%Y%m%d}-{form.post_id[:12]}"


def incident_of(key: str, members: Sequence[PostFeatures]) -> Incident:
    """Describe an incident by its first and last posts, oldest first."""
    said = speakers(members)
    place = voted_place(said)
    return Incident(
        key=key,
        topic=voted_topic(said),
        place_key=place.key if place else None,
        first_at=members[0].post.created_at,
        last_at=max(form.post.created_at for form in members),
        post_ids=tuple(form.post_id for form in members),
    )


def new_case(city: City, incident: Incident, members: Sequence[PostFeatures], reason: str) -> Case:
    """Open the case of an incident."""
    received_at = min(form.post.received_at for form in members)
    replay = any(form.replay for form in members)
    return Case(
        key=f"C-{incident.key.removeprefix('I-')}",
        incident_key=incident.key,
        **what_about(city, incident, members, received_at),
        priority=priority(incident.topic, members),
        reason=reason,
        post_ids=incident.post_ids,
        received_at=received_at,
        system="casebook" if replay else city.contact_centre.system,
        replay=replay,
    )


def what_about(
    city: City, incident: Incident, members: Sequence[PostFeatures], received_at: object
) -> dict[str, object]:
    """Return the fields of a case that its posts vote on."""
    members = speakers(members)
    place = voted_place(members)
    kind = voted_kind(members)
    department = city.department_of(kind, incident.topic)
    surest = max(members, key=lambda form: (form.actionable, -form.at, form.post_id))
    return {
        "title": title(surest.post.text, place.name if place else None),
        "kind": kind,
        "topic": incident.topic,
        "department": department.name,
        "due_at": due_at(city, received_at, city.answer_within(kind, department)),  # type: ignore[arg-type]
        "place": place.name if place else None,
        "district": place.district if place else None,
        "barrio": place.barrio if place else None,
        "lat": place.lat if place else None,
        "lon": place.lon if place else None,
    }


def voted_topic(members: Iterable[PostFeatures]) -> str:
    """Return the service most posts speak of; one that names none has no vote while another names one."""
    votes: dict[str, float] = defaultdict(float)
    for form in members:
        votes[form.topic] += form.topic_score * (0.25 + form.actionable)
    named = {topic: weight for topic, weight in votes.items() if topic != NO_TOPIC} or votes
    return min(named, key=lambda topic: (-named[topic], topic))


def voted_place(members: Iterable[PostFeatures]) -> Place | None:
    """Return the place most posts name, each as sure as it was resolved; a district only where nothing finer is named."""
    votes: dict[str, float] = defaultdict(float)
    best: dict[str, Place] = {}
    for form in members:
        if form.place is not None and form.place.key is not None:
            votes[form.place.key] += form.place.sure
            best.setdefault(form.place.key, form.place)
            if form.place.sure > best[form.place.key].sure:
                best[form.place.key] = form.place
    fine = [key for key in votes if best[key].kind != "district"] or list(votes)
    return best[min(fine, key=lambda key: (-votes[key], key))] if fine else None


def title(text: str, place: str | None) -> str:
    """One line: the place, and the first words of the text."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = f"{place}: {words}" if place and place.lower() not in words.lower() else words
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def priority(topic: str, members: Sequence[PostFeatures]) -> int:
    """Return 1 to 5: harm, and how many people say so."""
    complains = any(form.intent == "complaint" for form in members)
    many = next((gain for needed, gain in MANY if len(people(members)) >= needed), 0)
    return min(5, 1 + complains + (topic in URGENT_TOPICS) + many)
