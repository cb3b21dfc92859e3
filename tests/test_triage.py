"""Triage: what becomes a case, what a person must look at, what neither, and when two posts are one incident."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.case import Case
from core.city import City, load_city
from core.decision import Decision, KnownIncident
from core.post import Post
from core.reading import Label, Place, Reading
from triage.decide import accept, decide

MADRID = load_city(Path(__file__).resolve().parents[1] / "cities" / "madrid.toml")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
"""Tuesday, 12:00 in Madrid."""
ALCALA = Place(
    text="calle de Alcalá", kind="street", key="street:1", name="Calle de Alcalá", district="Salamanca", sure=0.9
)
ATOCHA = Place(text="Atocha", kind="street", key="street:2", name="Calle de Atocha", district="Centro", sure=0.9)
LAVAPIES = Place(text="Lavapiés", kind="barrio", key="barrio:1-2", name="Embajadores", district="Centro", sure=0.9)
CENTRO = Place(text="Centro", kind="district", key="district:1", name="Centro", district="Centro", sure=0.95)
RUBBISH, TREES = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
"""Directions of two texts that have nothing in common."""
SIMILAR = (0.92, 0.3919, 0.0)
"""At a cosine of 0.92 from RUBBISH: above `similar` of the profile, below what copies reach."""


def post(name: str, at: datetime = NOON, **more: object) -> Post:
    fields = {
        "post_id": name.ljust(32, "0"),
        "source": "archive",
        "text": f"Hay basura en la calle de Alcalá {name}",
        "created_at": at,
    }
    return Post.model_validate(fields | {"received_at": at, "author": f"author-{name}"} | more)


def reading(
    of: Post, score: float = 0.95, topic: str = "waste_cleaning", place: Place | None = ALCALA, direction: Iterable[float] = RUBBISH,
    relevance: bool = True, model: str = "m@1", places: tuple[Place, ...] | None = None,
) -> Reading:  # fmt: skip
    named = places if places is not None else (place,) if place else ()
    labels = {
        "actionable": Label(question="actionable", value=score >= 0.5, score=score, model=model),
        "relevance": Label(question="relevance", value=relevance, score=0.9 if relevance else 0.1, model="m@1"),
        "topic": Label(question="topic", value=topic, score=0.9, model="m@1"),
        "intent": Label(question="intent", value="complaint", score=0.9, model="m@1"),
        "places": Label(question="places", value=named, score=0.9, model="m@1"),
    }
    return Reading(
        post_id=of.post_id, embedding=np.array(list(direction), dtype="<f2").tobytes(), labels=labels, model="m@1"
    )


def decide_all(
    *posts: tuple[Post, Reading], known: Iterable[KnownIncident] = (), city: City = MADRID
) -> list[Decision]:
    return decide(city, posts, list(known))


def known_of(
    decision: Decision, *members: tuple[Post, Reading], closed_at: datetime | None = None, state: str = "new"
) -> KnownIncident:
    assert decision.incident is not None
    assert decision.case is not None
    case = Case.model_validate(decision.case.model_dump() | {"state": state})
    return KnownIncident(incident=decision.incident, case=case, members=members, closed_at=closed_at)


@pytest.mark.parametrize(
    ("score", "outcome", "reason"),
    [
        (0.80, "in_case", "act: actionable 0.80 >= 0.80"),
        (0.79, "in_review", "review: actionable 0.79 between 0.50 and 0.80"),
        (0.50, "in_review", "review: actionable 0.50 between 0.50 and 0.80"),
        (0.49, "no_case", "below: actionable 0.49 < 0.50"),
    ],
)
def test_the_thresholds_of_the_profile_decide(score: float, outcome: str, reason: str) -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, score=score)))
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_what_the_city_writes_itself_never_makes_a_case() -> None:
    one = post("a", own=True)
    [decision] = decide_all((one, reading(one)))
    assert (decision.outcome, decision.reason) == ("no_case", "own: written by the city itself")


def test_a_repost_never_makes_a_case() -> None:
    one = post("a", kind="repost")
    assert decide_all((one, reading(one)))[0].outcome == "no_case"


def test_a_post_about_another_madrid_makes_no_case() -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, relevance=False)))
    assert (decision.outcome, decision.reason) == ("no_case", "relevance: not about Madrid (score 0.10)")


def test_a_persons_correction_outweighs_the_score() -> None:
    one = post("a")
    [yes] = decide_all((one, reading(one, score=1.0, model="person")))
    [no] = decide_all((one, reading(one, score=0.0, model="person")))
    assert (yes.outcome, no.outcome) == ("in_case", "no_case")


def test_a_new_case_knows_department_due_date_and_place() -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one)))
    case = decision.case
    assert decision.opens
    assert case is not None
    assert case.department == "Limpieza y residuos"
    # 48 working hours of 12 a day from Tuesday 12:00: 8 h Tuesday, 12 Wednesday, Thursday and Friday (44), 4 on Monday
    assert case.due_at == datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
    assert (case.place, case.district) == ("Calle de Alcalá", "Salamanca")
    assert case.key == "C-20261124-a00000000000"
    assert case.post_ids == (one.post_id,)


def test_sixty_posts_of_one_incident_give_one_case_with_sixty_posts() -> None:
    posts = [post(f"{n:02d}x", NOON + timedelta(minutes=n)) for n in range(60)]
    decisions = decide_all(*((one, reading(one)) for one in posts))
    assert sum(d.opens for d in decisions) == 1
    assert {d.case.key for d in decisions if d.case} == {decisions[0].case.key if decisions[0].case else ""}
    last = decisions[-1].case
    assert last is not None
    assert len(last.post_ids) == 60
    assert last.priority == 4  # 1 + complaint + ten authors or more (2)


def test_a_thousand_posts_of_one_author_gain_no_priority() -> None:
    posts = [post(f"{n:04d}", NOON + timedelta(seconds=n), author="same") for n in range(1000)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


@pytest.mark.parametrize(
    "other",
    [{"topic": "noise", "direction": SIMILAR}, {"place": ATOCHA}, {"direction": TREES}, {"place": None}],
    ids=["another service", "another place", "another thing", "no place"],
)
def test_what_differs_is_another_incident(other: dict[str, object]) -> None:
    first, second = post("a"), post("b")
    decisions = decide_all((first, reading(first)), (second, reading(second, **other)))  # type: ignore[arg-type]
    assert [d.opens for d in decisions] == [True, True]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"direction": RUBBISH}, {"direction": SIMILAR}, True),
        ({"topic": "waste_cleaning"}, {"topic": "roads_pavements"}, True),
        ({"place": None}, {"place": None}, True),
        ({"place": None}, {"place": None, "direction": SIMILAR}, False),
        ({"places": (ALCALA, CENTRO)}, {"places": (ATOCHA, CENTRO)}, False),
        ({"places": (CENTRO,)}, {"places": (CENTRO,), "direction": SIMILAR}, True),
        ({"places": (ALCALA, ATOCHA)}, {"places": (ALCALA, LAVAPIES), "direction": SIMILAR}, True),
        ({"places": (ALCALA.model_copy(update={"sure": 0.4}),)}, {"place": ALCALA}, False),
    ],
    ids=[
        "similar texts about one place",
        "copies that the reader gave to two services",
        "copies without a place",
        "similar texts without a place",
        "two streets of one district",
        "one district and nothing finer",
        "a third of the places in common",
        "a place that is not sure",
    ],
)
def test_how_similar_two_posts_must_be_depends_on_their_places(
    one: dict[str, object], other: dict[str, object], together: bool
) -> None:
    first, second = post("a"), post("b")
    decisions = decide_all((first, reading(first, **one)), (second, reading(second, **other)))  # type: ignore[arg-type]
    assert [d.opens for d in decisions] == [True, not together]


def test_similar_posts_of_one_conversation_are_one_incident_though_one_names_no_place() -> None:
    first, second, elsewhere = post("a", thread="t"), post("b", thread="t"), post("c", thread="u")
    decisions = decide_all(
        (first, reading(first)),
        (second, reading(second, place=None, direction=SIMILAR)),
        (elsewhere, reading(elsewhere, place=None, direction=(0.92, -0.3919, 0.0))),
    )
    assert [d.opens for d in decisions] == [True, False, True]


def test_the_first_sentence_says_what_place_a_post_is_about() -> None:
    first = post("a", text="Basura en la calle de Alcalá. La de Atocha ya está limpia.")
    second = post("b", text="Basura en Atocha. Y también en la calle de Alcalá.")
    opened, other = decide_all(
        (first, reading(first, places=(ATOCHA, ALCALA))),
        (second, reading(second, places=(ATOCHA, ALCALA), direction=SIMILAR)),
    )
    assert [opened.case.place if opened.case else "", other.case.place if other.case else ""] == [
        "Calle de Alcalá",
        "Calle de Atocha",
    ]
    assert other.opens


def test_texts_almost_equal_are_one_incident_where_only_their_rest_names_the_common_place() -> None:
    first = post("a", text="Basura en la calle de Alcalá. La de Atocha ya está limpia.")
    second = post("b", text="Basura en Atocha. Y también en la calle de Alcalá.")
    decisions = decide_all(*((one, reading(one, places=(ATOCHA, ALCALA))) for one in (first, second)))
    assert [d.opens for d in decisions] == [True, False]


def test_a_post_joins_the_most_similar_of_two_incidents() -> None:
    first, second, third = post("a"), post("b"), post("c")
    further = (0.8, 0.6, 0.0)
    decisions = decide_all(
        (first, reading(first)), (second, reading(second, direction=further)), (third, reading(third, direction=(0.83, 0.5577, 0.0)))
    )  # fmt: skip
    assert [d.opens for d in decisions] == [True, True, False]
    assert decisions[2].incident is not None
    assert decisions[2].incident.post_ids == (second.post_id, third.post_id)


def test_readings_of_two_models_are_never_compared() -> None:
    first, second = post("a"), post("b")
    other_model = reading(second, direction=(1.0, 0.0, 0.0, 0.0)).model_copy(update={"model": "m@2"})
    assert [d.opens for d in decide_all((first, reading(first)), (second, other_model))] == [True, True]


def test_a_replayed_post_never_joins_what_people_say_now() -> None:
    live, replayed = post("a"), post("b", replayed_from=NOON)
    assert [d.opens for d in decide_all((live, reading(live)), (replayed, reading(replayed)))] == [True, True]


def test_a_thousand_incidents_are_each_found_again() -> None:
    angles = np.linspace(0, np.pi / 2, 1000)
    places = [ALCALA.model_copy(update={"key": f"street:{n}"}) for n in range(1000)]
    posts = [post(f"{n:04d}{again}") for again in "ab" for n in range(1000)]
    read = [
        reading(one, place=places[n % 1000], direction=(float(np.cos(angles[n % 1000])), float(np.sin(angles[n % 1000])), 0.0))
        for n, one in enumerate(posts)
    ]  # fmt: skip
    decisions = decide_all(*zip(posts, read, strict=True))
    assert [d.opens for d in decisions] == [True] * 1000 + [False] * 1000
    assert all(d.incident and len(d.incident.post_ids) == 2 for d in decisions[1000:])


def test_the_same_words_weeks_later_are_another_incident() -> None:
    first, second = post("a"), post("b", NOON + timedelta(days=8))
    assert [d.opens for d in decide_all((first, reading(first)), (second, reading(second)))] == [True, True]


def test_a_post_joins_the_known_open_case() -> None:
    first, second = post("a"), post("b", NOON + timedelta(days=1))
    [opened] = decide_all((first, reading(first)))
    [joined] = decide_all((second, reading(second)), known=[known_of(opened, (first, reading(first)))])
    assert not joined.opens
    assert joined.case is not None
    assert joined.case.post_ids == (first.post_id, second.post_id)


def test_a_new_post_reopens_a_case_closed_a_few_days_ago_and_opens_a_new_one_later() -> None:
    first, second = post("a"), post("b", NOON + timedelta(days=5))
    [opened] = decide_all((first, reading(first)))
    recent = known_of(opened, (first, reading(first)), closed_at=NOON + timedelta(days=4), state="resolved")
    [again] = decide_all((second, reading(second)), known=[recent])
    assert (again.opens, again.reopens, again.case.state if again.case else "") == (False, True, "assigned")
    long_ago = known_of(opened, (first, reading(first)), closed_at=NOON - timedelta(days=20), state="resolved")
    assert decide_all((second, reading(second)), known=[long_ago])[0].opens


def test_a_person_accepts_a_doubtful_post() -> None:
    one = post("a")
    decision = accept(MADRID, one, reading(one, score=0.6), [], "ana")
    assert (decision.outcome, decision.opens, decision.reason) == ("in_case", True, "person: ana accepted it")


def test_the_same_input_gives_the_same_decision() -> None:
    posts = [(one, reading(one)) for one in (post("a"), post("b"), post("c"))]
    assert decide_all(*posts) == decide_all(*posts)


def test_replayed_posts_stay_in_the_case_book() -> None:
    outside = MADRID.model_copy(update={"contact_centre": MADRID.contact_centre.model_copy(update={"system": "rt"})})
    live, replayed = post("a"), post("b", replayed_from=NOON, text="otra cosa")
    decisions = decide_all((live, reading(live)), (replayed, reading(replayed, topic="noise")), city=outside)
    assert [d.case.system for d in decisions if d.case] == ["rt", "casebook"]
