"""A new case, or one post more in a case: title, department, priority, due date and reason."""

from core.calendar import due
from core.case import OPEN, Case, Incident
from core.city import City
from core.post import Post
from core.reading import Reading
from triage.about import main_place
from triage.same import Open

TITLE_CHARACTERS = 90
URGENT_TOPICS = frozenset({"water_sewage", "safety_police"})
"""A leak or a danger grows by the hour; this is no emergency triage: emergencies are called in by telephone."""
MANY = ((10, 2), (3, 1))
"""Distinct authors from which a case gains priority."""


def new_incident(post: Post, reading: Reading) -> Incident:
    """The incident that this post is the first to report; its key comes from the post, so that a second run makes the same."""
    place = main_place(post, reading)
    return Incident(
        key=f"I-{post.created_at:%Y%m%d}-{post.post_id[:12]}",
        topic=str(reading.value("topic")),
        place_key=place.key if place else None,
        first_at=post.created_at,
        last_at=post.created_at,
        post_ids=(post.post_id,),
    )


def new_case(city: City, post: Post, reading: Reading, reason: str) -> Open:
    """The case of a new incident."""
    incident = new_incident(post, reading)
    place = main_place(post, reading)
    department = city.department(incident.topic)
    system = city.contact_centre.system if post.replayed_from is None else "casebook"
    case = Case(
        key=f"C-{post.created_at:%Y%m%d}-{post.post_id[:12]}",
        incident_key=incident.key,
        title=title(post.text, place.name if place else None),
        topic=incident.topic,
        department=department.name,
        priority=_priority(incident.topic, reading, authors=1),
        reason=reason,
        post_ids=(post.post_id,),
        received_at=post.received_at,
        due_at=due(city, post.received_at, department.answer_within),
        place=place.name if place else None,
        district=place.district if place else None,
        barrio=place.barrio if place else None,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        system=system,
        replay=post.replayed_from is not None,
    )
    return Open(incident, case, {post.author} if post.author else set())


def append(to: Open, post: Post, reading: Reading) -> bool:
    """Put one more post into a case, in place; True when that opens a closed case again."""
    if post.author:
        to.authors.add(post.author)
    to.posts += 1
    ids = tuple(dict.fromkeys((*to.incident.post_ids, post.post_id)))
    first, last = min(to.incident.first_at, post.created_at), max(to.incident.last_at, post.created_at)
    to.incident = to.incident.model_copy(update={"post_ids": ids, "first_at": first, "last_at": last})
    reopens = to.case.state not in OPEN
    priority = max(to.case.priority, _priority(to.case.topic, reading, len(to.authors)))
    to.case = to.case.model_copy(
        update={"post_ids": ids, "priority": priority, **({"state": "assigned"} if reopens else {})}
    )
    if reopens:
        to.closed_at = None
    return reopens


def title(text: str, place: str | None) -> str:
    """One line: the place, and the first words of the text."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = f"{place}: {words}" if place and place.lower() not in words.lower() else words
    if len(line) <= TITLE_CHARACTERS:
        return line
    return line[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def _priority(topic: str, reading: Reading, authors: int) -> int:
    complains = reading.value("intent") == "complaint"
    many = next((gain for needed, gain in MANY if authors >= needed), 0)
    return min(5, 1 + complains + (topic in URGENT_TOPICS) + many)
