"""Cases that people put together: built from chosen posts, voted on again, and compared with the evidence for each."""

import pytest

from core.records.case import Case
from tests.unit.triage.test_triage_incidents import MADRID, said
from tests.unit.triage.test_triage_people import LEAK_AGAIN, before
from triage import decide
from triage.decide import Triage, build_features
from triage.incident_matching.weights import load
from triage.incidents.by_hand import case_from, like_cases, revoted
from triage.incidents.evidence import evidence
from triage.location import metres

POTHOLE = "Hay un socavón enorme en la calle de Alcalá 200, casi se cae una señora."


def opened(*posts: tuple[object, object]) -> Case:
    decided = decide(MADRID, list(posts))  # type: ignore[arg-type]
    case = decided[-1].case
    assert case is not None
    return case


def test_a_case_built_by_hand_holds_the_chosen_posts_and_its_key_depends_on_them() -> None:
    posts = [said("b", LEAK_AGAIN, 20), said("a")]
    case, incident = case_from(MADRID, posts, "ana")
    assert case.post_ids == incident.post_ids == ("a".ljust(32, "0"), "b".ljust(32, "0"))
    assert case.key.startswith("C-20261124-a00000000000-")
    assert case.reason == "person: ana split it from another case"
    assert (case.state, case.topic) == ("new", opened(*posts).topic)
    again, other = case_from(MADRID, posts, "ana")[0], case_from(MADRID, posts, "ana", salt="2")[0]
    assert (again.key == case.key, other.key == case.key) == (True, False)


def test_a_new_vote_follows_the_posts_and_keeps_what_a_person_set() -> None:
    case = opened(said("a"))
    moved = case.model_copy(update={"topic": "noise", "department": "Medio ambiente", "place": "Sol", "district": "Centro"})
    free = revoted(MADRID, moved, [said("a")])
    assert (free.topic, free.department, free.place, free.due_at) == (case.topic, case.department, case.place, case.due_at)
    kept = revoted(MADRID, moved, [said("a")], ("topic", "department", "place"))
    assert (kept.topic, kept.department, kept.place, kept.district) == ("noise", "Medio ambiente", "Sol", "Centro")
    routed = revoted(MADRID, moved, [said("a")], ("topic",))
    assert (routed.topic, routed.department) == ("noise", MADRID.department("noise").name)


def test_a_similar_case_is_found_with_its_probability_and_never_one_that_was_ruled_out() -> None:
    known = before(said("a"))
    case = next(iter(known.decided.values())).case
    assert case is not None
    assert like_cases(MADRID, case, known) == []  # it is not like itself


def test_evidence_names_place_words_days_and_authors() -> None:
    weights = load()
    first = build_features(MADRID, weights.vocabulary, *said("a"))
    second = build_features(MADRID, weights.vocabulary, *said("b", LEAK_AGAIN, 26))
    other = build_features(MADRID, weights.vocabulary, *said("c", POTHOLE, 2))
    same = evidence([first], [second])
    assert same.same_topic
    assert same.days == pytest.approx(abs(first.at - second.at) / 86_400, abs=0.05)
    assert set(same.words) & {"agua", "tubería", "reventón", "calle"}
    assert evidence([first], [other]).words == () or "tubería" not in evidence([first], [other]).words
    assert evidence([first], [first]).authors == (1 if first.author else 0)


def test_distances_are_metres_on_the_ground() -> None:
    assert round(metres((40.4168, -3.7038), (40.4168, -3.7038))) == 0
    assert 84_000 < metres((40.0, -3.0), (40.0, -2.0)) < 86_000
    assert 110_000 < metres((40.0, -3.0), (41.0, -3.0)) < 112_000


def test_the_case_of_an_incident_is_that_of_the_ledger() -> None:
    known = before(said("a"))
    key = next(iter(known.decided.values())).belongs_to
    assert key is not None
    run = Triage(MADRID, known)
    assert run.incidents.case_of(key).incident_key == key
    with pytest.raises(KeyError, match="I-none"):
        run.incidents.case_of("I-none")
