"""Build, compare and vote on cases that people put together."""

from collections.abc import Collection, Sequence
from zlib import crc32

from core.config.city import City
from core.records import Record
from core.records.annotation import Annotation
from core.records.case import OPEN, Case, Incident
from core.records.decision import KnownPosts, Suggestion
from core.records.post import Post
from core.records.priority import total_of
from core.working_hours import due_at
from triage.decide import Triage, build_features
from triage.incident_matching.matcher import SUGGESTIONS
from triage.incident_matching.post_features import PostFeatures, defining_posts
from triage.incident_matching.weights import load as load_weights
from triage.incidents.case_builder import incident_key, incident_of, new_case, voted_fields
from triage.incidents.evidence import Evidence, evidence
from triage.urgency.priority import points_of, stronger

PLACE = ("place", "district", "barrio", "lat", "lon")


def case_from(city: City, posts: Sequence[tuple[Post, Annotation]], who: str, salt: str = "") -> tuple[Case, Incident]:
    """Build a case and its incident from posts a person split off.

    Args:
        city: the profile.
        posts: the posts with their annotations, in any order; one at least.
        who: the person.
        salt: makes the key differ when the same posts are split off a second time; the same salt gives the same key.
    """
    members = members_of(city, posts)
    ids = ",".join(sorted(one.post_id for one in members))
    key = f"{incident_key(members[0])}-{crc32(f'{salt}:{ids}'.encode()):08x}"
    incident = incident_of(key, members)
    return new_case(city, incident, members, f"person: {who} split it from another case"), incident


def revoted(
    city: City, case: Case, posts: Sequence[tuple[Post, Annotation]], decided: Collection[str] = (), reopened: int = 0, whole: bool = True
) -> Case:
    """Return a case with the fields its posts vote for now.

    Args:
        city: the profile.
        case: the case as it is.
        posts: its posts with their annotations, corrections of people applied.
        decided: which of `topic`, `department`, `place` and `priority` a person set; they stay.
        reopened: how often the case was opened again.
        whole: `posts` are all its posts.
    """
    members = members_of(city, posts)
    incident = incident_of(case.incident_key, members)
    if "topic" in decided:
        incident = incident.model_copy(update={"topic": case.topic, "topic_certainty": 1.0})
    elif case.state != "new" and case.topic_guess is None:
        # People work on it: another vote may give it another service, but takes no service away.
        incident = incident.model_copy(update={"topic_certainty": 1.0})
    new = voted_fields(city, incident, members, case.received_at)
    if "place" in decided:
        new = {name: value for name, value in new.items() if name not in PLACE}
    if "department" in decided:
        department = next((one for one in city.departments if one.name == case.department), None)
        answers = department or city.department_of(new["kind"], incident.topic)  # type: ignore[arg-type]
        within = city.answer_within(new["kind"], answers)  # type: ignore[arg-type]
        new |= {"department": case.department, "due_at": due_at(city, case.received_at, within)}
    return case.model_copy(update=new | _priority_of(city, case, incident.topic, members, decided, reopened, whole))


def prioritised(
    city: City, case: Case, posts: Sequence[tuple[Post, Annotation]], decided: Collection[str] = (), reopened: int = 0, whole: bool = True
) -> Case:
    """Return a case with the priority of its posts, all else unchanged.

    Args:
        city: the profile.
        case: the case as it is.
        posts: its posts with their annotations, corrections of people applied.
        decided: the fields that a person set; a set `priority` stays.
        reopened: how often the case was opened again.
        whole: `posts` are all its posts.
    """
    members = members_of(city, posts)
    return case.model_copy(update=_priority_of(city, case, case.topic_guess or case.topic, members, decided, reopened, whole))


def _priority_of(
    city: City, case: Case, topic: str, members: Sequence[PostFeatures], decided: Collection[str], reopened: int, whole: bool
) -> dict[str, object]:
    """Return priority and points; a priority that a person set stays."""
    points = points_of(city, topic, members, reopened, whole)
    if not whole:  # the posts in between may have given more
        points = stronger(case.priority_points, points)
    return {"priority": case.priority if "priority" in decided else total_of(points), "priority_points": points}


class LikeCase(Record):
    """Hold a similar case and the evidence for it."""

    incident_key: str
    case_key: str
    title: str
    probability: float
    evidence: Evidence


def like_cases(city: City, case: Case, known: KnownPosts) -> list[LikeCase]:
    """Return the open cases most similar to `case`, three at most.

    Cases that a person ruled out are left out.
    """
    run = Triage(city, known)
    own = _forms_of(run, case.incident_key)
    best: dict[str, float] = {}
    for form in {one.post_id: one for one in (own[:1] + own[-1:])}.values():
        never = known.excluded_incidents(form.post_id)
        verdict = run.matcher.match(form, run.index, lambda key: _is_other(run, key, case.incident_key, never))  # noqa: B023
        joined = () if verdict.join is None else (Suggestion(incident=verdict.join, probability=verdict.probability),)
        for one in (*joined, *verdict.suggestions):
            best[one.incident] = max(best.get(one.incident, 0.0), one.probability)
    ranked = sorted(best, key=lambda key: (-best[key], key))[:SUGGESTIONS]
    return [_like_case(run, key, best[key], own) for key in ranked]


def _like_case(run: Triage, key: str, probability: float, own: Sequence[PostFeatures]) -> LikeCase:
    other = run.incidents.case_of(key)
    found = evidence(own, _forms_of(run, key))
    return LikeCase(incident_key=key, case_key=other.key, title=other.title, probability=probability, evidence=found)


def _is_other(run: Triage, key: str, own: str, never: Collection[str]) -> bool:
    return key != own and key not in never and run.incidents.has_case(key) and run.incidents.case_of(key).state in OPEN


def _forms_of(run: Triage, key: str) -> list[PostFeatures]:
    run.index.fetch_incident(key)
    members, _ = run.index.known(key)
    return list(defining_posts(members)) if members else []


def members_of(city: City, posts: Sequence[tuple[Post, Annotation]]) -> list[PostFeatures]:
    """Return the features of the posts of a case, oldest first."""
    words = load_weights().vocabulary
    forms = [build_features(city, words, post, annotation) for post, annotation in posts]
    return sorted(forms, key=lambda form: (form.post.created_at, form.post_id))
