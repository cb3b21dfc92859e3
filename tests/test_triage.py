"""Triage: what becomes a case, what a person must look at, what neither; when two posts are one: `test_triage_same.py`."""

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
RUBBISH = (1.0, 0.0, 0.0)
"""The direction of all texts that say nothing else."""


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


@pytest.mark.parametrize(
    ("authors", "priority"),
    [(1, 2), (2, 2), (3, 3), (9, 3), (10, 4), (11, 4)],
    ids=["one author", "two", "three gain one", "nine", "ten gain two", "eleven"],
)
def test_a_complaint_of_three_authors_is_more_urgent_and_one_of_ten_still_more(authors: int, priority: int) -> None:
    posts = [post(f"{n:02d}x", NOON + timedelta(minutes=n)) for n in range(authors)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == priority


@pytest.mark.parametrize(
    ("topic", "intent", "priority"),
    [
        ("safety_police", "complaint", 3),
        ("water_sewage", "complaint", 3),
        ("waste_cleaning", "complaint", 2),
        ("noise", "complaint", 2),
        ("safety_police", "question", 2),
        ("waste_cleaning", "question", 1),
    ],
)
def test_a_danger_and_a_leak_are_urgent_from_the_first_post_and_a_complaint_comes_before_a_question(
    topic: str, intent: str, priority: int
) -> None:
    one = post("a")
    said = reading(one, topic=topic)
    said = said.model_copy(
        update={"labels": said.labels | {"intent": said.labels["intent"].model_copy(update={"value": intent})}}
    )
    [decision] = decide_all((one, said))
    assert decision.case is not None
    assert decision.case.priority == priority


def test_no_case_is_more_urgent_than_five() -> None:
    posts = [post(f"{n:02d}x", NOON + timedelta(minutes=n)) for n in range(30)]
    last = decide_all(*((one, reading(one, topic="safety_police")) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 5


def test_a_thousand_posts_of_one_author_gain_no_priority() -> None:
    posts = [post(f"{n:04d}", NOON + timedelta(seconds=n), author="same") for n in range(1000)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


def test_readings_of_two_models_are_never_compared() -> None:
    first, second = post("a"), post("b")
    other_model = reading(second, direction=(1.0, 0.0, 0.0, 0.0)).model_copy(update={"model": "m@2"})
    assert [d.opens for d in decide_all((first, reading(first)), (second, other_model))] == [True, True]


def test_a_replayed_post_never_joins_what_people_say_now() -> None:
    live, replayed = post("a"), post("b", replayed_from=NOON)
    assert [d.opens for d in decide_all((live, reading(live)), (replayed, reading(replayed)))] == [True, True]


def test_the_same_words_weeks_later_are_another_incident() -> None:
    first, second = post("a"), post("b", NOON + timedelta(days=8))
    assert [d.opens for d in decide_all((first, reading(first)), (second, reading(second)))] == [True, True]


@pytest.mark.parametrize(("apart", "opens"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_the_days_of_an_incident_end_with_their_last_moment(apart: timedelta, opens: bool) -> None:
    last = NOON + timedelta(days=MADRID.triage.same_days)
    first, second = post("a"), post("b", last + apart)
    assert decide_all((first, reading(first)), (second, reading(second)))[1].opens is opens
    # and looking back from a known incident, for a post that arrives late
    early = post("c", NOON - timedelta(days=MADRID.triage.same_days) - apart)
    [opened] = decide_all((first, reading(first)))
    [late] = decide_all((early, reading(early)), known=[known_of(opened, (first, reading(first)))])
    assert late.opens is opens


@pytest.mark.parametrize(("late", "reopens"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_a_closed_case_can_be_reopened_until_the_last_moment_of_the_window(late: timedelta, reopens: bool) -> None:
    first, closed_at = post("a"), NOON + timedelta(hours=1)
    [opened] = decide_all((first, reading(first)))
    closed = known_of(opened, (first, reading(first)), closed_at=closed_at, state="resolved")
    received = closed_at + timedelta(days=MADRID.triage.reopen_days) + late
    second = post("b", NOON + timedelta(days=1), received_at=received)
    [decision] = decide_all((second, reading(second)), known=[closed])
    assert (decision.reopens, decision.opens) == (reopens, not reopens)


@pytest.mark.parametrize(("sure", "counts"), [(0.49, False), (0.5, True), (0.79, True)])
def test_a_place_counts_from_a_sureness_of_one_half(sure: float, counts: bool) -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, place=ALCALA.model_copy(update={"sure": sure}))))
    assert decision.case is not None
    assert decision.incident is not None
    assert decision.case.place == ("Calle de Alcalá" if counts else None)
    assert decision.incident.place_key == ("street:1" if counts else None)


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
