"""Test the rules of priority: points, evidence, and the profile's settings."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.city import City, load_city
from core.errors import ConfigurationError
from core.records.annotation import Annotation, Place
from core.records.post import Post
from core.records.priority import PriorityPoint, total_of
from tests.support.triage_facts import ALCALA, MADRID, NOON, post, reading
from tests.unit.core.test_city import GOOD
from triage.decide import build_features, decide
from triage.incident_matching.weights import load
from triage.urgency.harm import _alternatives, harm_words
from triage.urgency.priority import distinct_voices, points_of, stronger

SCHOOL = Place(
    text="Colegio Javier de Miguel",
    kind="landmark",
    key="landmark:13-3:colegio-publico-javier-miguel",
    name="Colegio Público Javier de Miguel",
    sure=0.9,
)
DAY = timedelta(days=1)


def points(*posts: Post, city: City = MADRID, topic: str = "waste_cleaning", place: Place | None = ALCALA, **more: Any) -> dict[str, Any]:
    members = [build_features(city, load().vocabulary, one, reading(one, place=place)) for one in posts]
    found = points_of(city, topic, sorted(members, key=lambda one: one.at), **more)
    return {one.name: (one.points, one.evidence) for one in found}


def people(count: int, at: timedelta = timedelta(0), first: int = 0) -> list[Post]:
    return [
        post(f"p{n:02d}", NOON + at + timedelta(minutes=n), text=hashlib.sha256(bytes([n])).hexdigest())
        for n in range(first, first + count)
    ]


def rules(**changed: Any) -> City:
    return MADRID.model_copy(update={"priority": MADRID.priority.model_copy(update=changed)})


def test_a_post_about_people_in_danger_gives_the_points_of_harm_with_its_words() -> None:
    found = points(post("a", text="Socavón en la calle de Alcalá, una señora se ha caído"))
    assert found["harm"] == (2, "socavón, se ha caído")


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Es un peligro para los niños", "es", ("peligro",)),
        ("No hay peligro, pero está sucio", "es", ()),
        ("Sin riesgo para nadie", "es", ()),
        ("Un socavon. UN SOCAVÓN, y dos Socavones", "es", ("socavon", "socavones")),
        ("És un perill per als vianants", "ca", ("perill",)),
        ("É un perigo para a xente", "gl", ("perigo",)),
        ("Arriskutsua da", "eu", ("arriskutsua",)),
        ("Broken glass everywhere, a child got hurt", "en", ("broken glass", "hurt")),
        ("Otra farola rota", "es", ()),
    ],
)
def test_words_of_harm_are_found_by_language_and_not_when_denied(text: str, language: str, words: tuple[str, ...]) -> None:
    assert harm_words(text, language) == words


def test_of_two_phrases_that_begin_alike_the_longer_is_looked_for_first() -> None:
    assert _alternatives(["caída", "caída de*", "ay"]) == [r"caida de\S*", "caida", "ay"]


def test_an_emergency_is_named_and_adds_no_points() -> None:
    calm, burning = (points(post("a", text="Hay basura")), points(post("a", text="Hay un incendio y es un peligro, está ardiendo")))
    assert burning == {**calm, "emergency": (0, "")}


@pytest.mark.parametrize(("count", "given"), [(2, None), (3, (1, "3")), (9, (1, "9")), (10, (2, "10"))])
def test_different_people_give_points_from_the_numbers_of_the_profile_on(count: int, given: tuple[int, str] | None) -> None:
    assert points(*people(count)).get("citizens") == given


def test_a_brigade_that_copies_a_text_with_small_changes_is_one_citizen() -> None:
    text = "Exigimos al ayuntamiento que limpie ya la calle de Alcalá porque está llena de basura y nadie hace nada desde hace semanas"
    brigade = [post(f"b{n:02d}", NOON + timedelta(hours=1, minutes=n), text=f"{text} {'ya' * (n % 3)} {n}") for n in range(30)]
    assert points(*people(2), *brigade)["citizens"] == (1, "3")


def test_a_brigade_is_one_citizen_also_beside_many_people() -> None:
    """Compare near copies also beyond the eight surest voices."""
    text = "Exigimos al ayuntamiento que limpie ya la calle de Alcalá porque está llena de basura y nadie hace nada desde hace semanas"
    brigade = [post(f"b{n:02d}", NOON + timedelta(hours=1, minutes=n), text=f"{text} {n}") for n in range(30)]
    members = [build_features(MADRID, load().vocabulary, one, reading(one)) for one in [*people(9), *brigade]]
    assert len(distinct_voices(members)) == 10


def test_posts_without_an_author_are_one_citizen() -> None:
    anonymous = [one.model_copy(update={"author": None}) for one in people(12)]
    assert "citizens" not in points(*anonymous)


def test_growth_counts_new_people_of_a_later_day_only() -> None:
    first_day, later = people(4), people(8, DAY + timedelta(hours=2), first=10)
    assert points(*first_day, *later)["growth"] == (1, "8|4")
    assert "growth" not in points(*people(9))
    assert "growth" not in points(*first_day, *people(7, DAY + timedelta(hours=2), first=10))
    again = [one.model_copy(update={"author": "author-p00"}) for one in later]
    assert "growth" not in points(*first_day, *again)
    assert "growth" not in points(*first_day, *later, whole=False)


def test_a_school_of_the_gazetteer_gives_the_points_of_a_vulnerable_place() -> None:
    assert points(post("a"), place=SCHOOL)["place"] == (1, "Colegio Público Javier de Miguel")
    assert "place" not in points(post("a"))
    assert "place" not in points(post("a"), place=SCHOOL, city=rules(vulnerable_places=("hospital",)))


def test_a_case_opened_again_twice_is_more_urgent() -> None:
    assert points(post("a"), reopened=2)["reopened"] == (1, "2")
    assert "reopened" not in points(post("a"), reopened=1)


@pytest.mark.parametrize("rule", ["complaint", "topic", "harm", "citizens", "place", "reopened"])
def test_each_rule_is_turned_off_by_zero(rule: str) -> None:
    posts = [one.model_copy(update={"text": f"{one.text}, un peligro"}) for one in people(3)]
    on = points(*posts, topic="water_sewage", place=SCHOOL, reopened=2)
    off = points(*posts, topic="water_sewage", place=SCHOOL, reopened=2, city=rules(**{rule: 0}))
    assert off == {name: value for name, value in on.items() if name != rule}
    assert rule in on


def test_the_priority_is_one_plus_the_points_and_five_at_most() -> None:
    some = tuple(PriorityPoint(name="harm", points=2) for _ in range(3))
    assert [total_of(some[:n]) for n in range(4)] == [1, 3, 5, 5]


def test_points_never_sink_with_a_new_post_and_the_notice_of_an_emergency_stays() -> None:
    old = (PriorityPoint(name="citizens", points=2, evidence="12"), PriorityPoint(name="emergency", points=0))
    new = (PriorityPoint(name="complaint", points=1),)
    assert stronger(old, new) == old
    assert [one.name for one in stronger(new, old)] == ["citizens", "emergency"]
    assert stronger((PriorityPoint(name="emergency", points=0),), new)[-1].name == "emergency"


def test_of_equal_points_the_new_ones_are_kept() -> None:
    old, new = (PriorityPoint(name="complaint", points=1),), (PriorityPoint(name="topic", points=1, evidence="noise"),)
    assert stronger(old, new) == new


def test_voices_are_in_the_order_of_their_first_posts_and_of_ids_in_the_same_second() -> None:
    posts = [one.model_copy(update={"created_at": NOON}) for one in people(3)]
    members = [build_features(MADRID, load().vocabulary, one, reading(one)) for one in reversed(posts)]
    assert [voice.first.post_id for voice in distinct_voices(members)] == [one.post_id for one in posts]


def test_the_case_of_a_decision_carries_its_points() -> None:
    one = post("a", text="Hay cristales rotos en la calle de Alcalá")
    read_post: tuple[Post, Annotation] = (one, reading(one))
    [decision] = decide(MADRID, [read_post])
    assert decision.case is not None
    assert [(point.name, point.points) for point in decision.case.priority_points] == [("complaint", 1), ("harm", 2)]
    assert decision.case.priority == 4


@pytest.mark.parametrize(
    ("line", "message"),
    [("harm = 9", "less than or equal to 4"), ('urgent_topics = ["lifts"]', "unknown topic lifts"), ("citizen = 1", "citizens_from")],
)
def test_a_mistake_in_the_rules_is_refused_with_its_key(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "town.toml"
    path.write_text(f"{GOOD}\n[priority]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message) as refused:
        load_city(path)
    assert "priority" in str(refused.value)
