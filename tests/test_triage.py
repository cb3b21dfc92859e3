"""Triage: what becomes a case, what a person must look at, what neither; what joins what: `test_triage_incidents.py`."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from decided_before import DecidedBefore

from core.city import City, load_city
from core.decision import Decision
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


def decide_all(*posts: tuple[Post, Reading], known: DecidedBefore | None = None, city: City = MADRID) -> list[Decision]:
    return decide(city, posts, known)


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
    [decision] = decide_all((one, reading(one, score=0.3, relevance=False)))
    assert (decision.outcome, decision.reason) == ("no_case", "relevance: not about Madrid (score 0.10)")


def test_relevance_alone_drops_nothing_that_a_service_could_act_on() -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, score=0.95, relevance=False)))
    assert (decision.outcome, decision.case) == ("in_review", None)
    assert decision.reason == "relevance: not about Madrid (score 0.10), but actionable 0.95"


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
    first = post("00x")
    words = [hashlib.sha256(bytes([n])).hexdigest() for n in range(60)]
    posts = [first] + [
        post(f"{n:02d}x", NOON + timedelta(minutes=n), text=words[n], reply_to=first.post_id) for n in range(1, 60)
    ]
    decisions = decide_all(*((one, reading(one)) for one in posts))
    assert sum(d.opens for d in decisions) == 1
    assert {d.case.key for d in decisions if d.case} == {decisions[0].case.key if decisions[0].case else ""}
    assert [d.outcome for d in decisions] == ["in_case"] * 60
    last = decisions[-1].case
    assert last is not None
    assert last.priority == 4  # 1 + complaint + ten authors or more (2)


def test_a_thousand_posts_of_one_author_gain_no_priority() -> None:
    posts = [post(f"{n:04d}", NOON + timedelta(seconds=n), author="same") for n in range(1000)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


def test_a_replayed_post_never_joins_what_people_say_now() -> None:
    live, replayed = post("a"), post("b", replayed_from=NOON)
    assert [d.opens for d in decide_all((live, reading(live)), (replayed, reading(replayed)))] == [True, True]


def test_the_same_words_weeks_later_are_another_incident() -> None:
    first, second = post("a"), post("b", NOON + timedelta(days=22))
    assert [d.opens for d in decide_all((first, reading(first)), (second, reading(second)))] == [True, True]


def test_a_post_joins_the_known_open_case() -> None:
    first = post("a")
    second = post("b", NOON + timedelta(hours=1), reply_to=first.post_id)
    [opened] = decide_all((first, reading(first)))
    [joined] = decide_all((second, reading(second)), known=DecidedBefore([(first, reading(first))], [opened]))
    assert not joined.opens
    assert joined.case is not None
    assert joined.case.post_ids == (first.post_id, second.post_id)
    assert joined.reason.startswith("joined: answers a post of it with I-20261124-a")


def test_a_new_post_reopens_a_case_closed_a_few_days_ago_and_opens_a_new_one_later() -> None:
    first = post("a")
    second = post("b", NOON + timedelta(days=5), reply_to=first.post_id)
    before, [opened] = [(first, reading(first))], decide_all((first, reading(first)))
    recent = DecidedBefore(before, [opened], state="resolved", closed_at=NOON + timedelta(days=4))
    [again] = decide_all((second, reading(second)), known=recent)
    assert (again.opens, again.reopens, again.case.state if again.case else "") == (False, True, "assigned")
    long_ago = DecidedBefore(before, [opened], state="resolved", closed_at=NOON - timedelta(days=20))
    assert decide_all((second, reading(second)), known=long_ago)[0].opens
    merged = DecidedBefore(before, [opened], state="merged")
    assert decide_all((second, reading(second)), known=merged)[0].opens


def test_a_person_accepts_a_doubtful_post() -> None:
    one = post("a")
    decision = accept(MADRID, one, reading(one, score=0.6), DecidedBefore([], []), "ana")
    assert (decision.outcome, decision.opens, decision.reason) == ("in_case", True, "person: ana accepted it")


def test_the_same_input_gives_the_same_decision() -> None:
    posts = [(one, reading(one)) for one in (post("a"), post("b"), post("c"))]
    assert decide_all(*posts) == decide_all(*posts)


def test_replayed_posts_stay_in_the_case_book() -> None:
    outside = MADRID.model_copy(update={"contact_centre": MADRID.contact_centre.model_copy(update={"system": "rt"})})
    live, replayed = post("a"), post("b", replayed_from=NOON, text="otra cosa")
    decisions = decide_all((live, reading(live)), (replayed, reading(replayed, topic="noise")), city=outside)
    assert [d.case.system for d in decisions if d.case] == ["rt", "casebook"]
