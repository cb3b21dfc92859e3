"""Triage: what becomes a case, what a person must look at, what neither; what joins what: `test_triage_incidents.py`."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config.city import City, load_city
from core.records.annotation import Annotation, Label, Place
from core.records.decision import Decision
from core.records.post import Post
from tests.support.decided_before import DecidedBefore
from triage.decide import accept, decide

SHIPPED = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
MADRID = SHIPPED.model_copy(update={"triage": SHIPPED.triage.model_copy(update={"act": 0.8, "review": 0.5})})
"""With thresholds set by hand; derived ones: `test_thresholds.py`."""
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
) -> Annotation:  # fmt: skip
    named = places if places is not None else (place,) if place else ()
    labels = {
        "actionable": Label(question="actionable", value=score >= 0.5, score=score, model=model),
        "relevance": Label(question="relevance", value=relevance, score=0.9 if relevance else 0.1, model="m@1"),
        "topic": Label(question="topic", value=topic, score=0.9, model="m@1"),
        "intent": Label(question="intent", value="complaint", score=0.9, model="m@1"),
        "places": Label(question="places", value=named, score=0.9, model="m@1"),
    }
    return Annotation(
        post_id=of.post_id, embedding=np.array(list(direction), dtype="<f2").tobytes(), labels=labels, model="m@1"
    )


ANSWERS = (
    "Lleva así desde el lunes y huele fatal", "Pues anda que delante de mi portal", "Han venido ratas esta noche",
    "El contenedor no cierra, normal", "Llamé al 010 y nada", "Yo ya ni salgo con los niños por ahí",
    "Ni un barrendero en toda la semana", "Qué asco de acera, de verdad", "Los del bar sacan cajas cada tarde",
    "Mi madre se resbaló ayer con una bolsa",
)  # fmt: skip
"""What different people say about it: copies of one text would count as one voice."""


def answers(count: int) -> list[Post]:
    """A post and those of other authors who answer it: one incident for certain."""
    first = post("00x")
    return [
        first,
        *(
            post(f"{n:02d}x", NOON + timedelta(minutes=n), reply_to=first.post_id, text=ANSWERS[(n - 1) % len(ANSWERS)])
            for n in range(1, count)
        ),
    ]


def decide_all(
    *posts: tuple[Post, Annotation], known: DecidedBefore | None = None, city: City = MADRID
) -> list[Decision]:
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


def in_basque(one: Post, **more: Any) -> tuple[Post, Annotation]:
    read = reading(one, **more)
    language = Label(question="language", value="eu", score=0.99, model="m@1")
    return one, read.model_copy(update={"labels": {**read.labels, "language": language}})


@pytest.mark.parametrize("score", [0.02, 0.6, 0.99])
def test_a_post_in_basque_goes_to_a_person_whatever_its_score(score: float) -> None:
    [decision] = decide_all(in_basque(post("a"), score=score))
    assert (decision.outcome, decision.case) == ("in_review", None)
    assert decision.reason == "language: posts in eu are not read well enough to decide by"


def test_a_post_in_basque_that_answers_a_known_case_joins_it() -> None:
    first, second = answers(2)
    found = decide_all((first, reading(first)), in_basque(second, score=0.02))
    assert [one.outcome for one in found] == ["in_case", "in_case"]


def test_a_post_in_basque_about_another_madrid_makes_no_work() -> None:
    [decision] = decide_all(in_basque(post("a"), score=0.3, relevance=False))
    assert (decision.outcome, decision.reason) == ("no_case", "relevance: not about Madrid (score 0.10)")


def test_what_a_person_says_of_a_post_in_basque_holds() -> None:
    [decision] = decide_all(in_basque(post("a"), score=1.0, model="person"))
    assert decision.outcome == "in_case"


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


def named_points(decision: Decision) -> set[str]:
    assert decision.case is not None
    return {one.name for one in decision.case.priority_points}


def test_a_new_post_reopens_a_case_closed_a_few_days_ago_and_opens_a_new_one_later() -> None:
    first = post("a")
    second = post("b", NOON + timedelta(days=5), reply_to=first.post_id)
    before, [opened] = [(first, reading(first))], decide_all((first, reading(first)))
    recent = DecidedBefore(before, [opened], state="resolved", closed_at=NOON + timedelta(days=4))
    [again] = decide_all((second, reading(second)), known=recent)
    assert (again.opens, again.reopens, again.case.state if again.case else "") == (False, True, "assigned")
    assert "reopened" not in named_points(again)
    twice = DecidedBefore(before, [opened], state="resolved", closed_at=NOON + timedelta(days=4), reopened=1)
    assert "reopened" in named_points(decide_all((second, reading(second)), known=twice)[0])
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


TITLE = "Hay un socavón enorme que no arregla nadie desde hace un mes y medio en esta calle de aquí"
"""90 characters: a whole title."""


def test_ten_copies_of_one_text_are_one_voice() -> None:
    posts = [one.model_copy(update={"text": "Hay basura en la calle de Alcalá"}) for one in answers(10)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


@pytest.mark.parametrize(
    ("authors", "priority"),
    [(1, 2), (2, 2), (3, 3), (9, 3), (10, 4), (11, 5)],
    ids=["one author", "two", "three gain one", "nine", "ten gain two", "the eleventh says that someone slipped"],
)
def test_a_complaint_of_three_authors_is_more_urgent_and_one_of_ten_still_more(authors: int, priority: int) -> None:
    posts = answers(authors)
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


def test_a_danger_that_ten_people_report_has_the_highest_priority_five() -> None:
    posts = answers(30)
    last = decide_all(*((one, reading(one, topic="safety_police")) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 5


@pytest.mark.parametrize(("sure", "counts"), [(0.49, False), (0.5, True), (0.79, True)])
def test_a_place_counts_from_a_sureness_of_one_half(sure: float, counts: bool) -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, place=ALCALA.model_copy(update={"sure": sure}))))
    assert decision.case is not None
    assert decision.incident is not None
    assert decision.case.place == ("Calle de Alcalá" if counts else None)
    assert decision.incident.place_key == ("street:1" if counts else None)


@pytest.mark.parametrize(
    ("text", "place", "title"),
    [
        ("Una farola  rota\n\ten la\u200b plaza", None, "Una farola rota en la plaza"),
        ("Hay basura", ALCALA, "Calle de Alcalá: Hay basura"),
        ("Hay basura en la CALLE DE ALCALÁ", ALCALA, "Hay basura en la CALLE DE ALCALÁ"),
        (TITLE, None, TITLE),
        (f"{TITLE}.", None, "Hay un socavón enorme que no arregla nadie desde hace un mes y medio en esta calle de…"),
        (
            f"{TITLE} y en otra",
            None,
            "Hay un socavón enorme que no arregla nadie desde hace un mes y medio en esta calle de…",
        ),
        ("a" * 91, None, "a" * 90 + "…"),
    ],
    ids=["blanks", "place first", "place named already", "90 characters", "91", "long", "one word"],
)
def test_the_title_of_a_case_is_one_line_of_place_and_first_words(text: str, place: Place | None, title: str) -> None:
    one = post("a", text=text)
    [decision] = decide_all((one, reading(one, place=place)))
    assert decision.case is not None
    assert decision.case.title == title


def test_incident_and_case_are_named_after_their_first_post_so_that_a_second_run_makes_the_same() -> None:
    one = post("0123456789abcdef")
    [decision] = decide_all((one, reading(one)))
    assert decision.case is not None
    assert decision.incident is not None
    assert decision.incident.key == decision.case.incident_key == "I-20261124-0123456789ab"
    assert decision.case.key == "C-20261124-0123456789ab"
    assert (decision.incident.topic, decision.case.topic) == ("waste_cleaning", "waste_cleaning")


def test_a_case_knows_when_it_was_received_and_where_it_lies() -> None:
    here = ALCALA.model_copy(update={"barrio": "Goya", "lat": 40.42, "lon": -3.67})
    one = post("a", received_at=NOON + timedelta(minutes=5))
    [decision] = decide_all((one, reading(one, place=here)))
    case = decision.case
    assert case is not None
    assert (case.received_at, case.reason) == (one.received_at, "act: actionable 0.95 >= 0.80")
    assert (case.barrio, case.lat, case.lon, case.replay) == ("Goya", 40.42, -3.67, False)


def test_an_incident_reaches_from_its_first_post_to_its_last_in_whatever_order_they_come() -> None:
    first = post("a")
    late = post("b", NOON + timedelta(hours=2), reply_to=first.post_id)
    early = post("c", NOON - timedelta(hours=3), reply_to=first.post_id)
    last = decide_all(*((one, reading(one)) for one in (first, late, early)))[-1]
    assert last.incident is not None
    assert (last.incident.first_at, last.incident.last_at) == (early.created_at, late.created_at)
    assert last.incident.post_ids == (early.post_id, first.post_id, late.post_id)


@pytest.mark.parametrize(
    ("changed", "score", "outcome", "reason"),
    [
        ({"kind": "repost"}, 0.95, "no_case", "repost: counted, never a case of its own"),
        ({}, 1.0, "in_case", "person: marked actionable"),
        ({}, 0.0, "no_case", "person: marked not actionable"),
    ],
)
def test_every_decision_says_why(changed: dict[str, Any], score: float, outcome: str, reason: str) -> None:
    one = post("a", **changed)
    model = "person" if not changed else "m@1"
    [decision] = decide_all((one, reading(one, score=score, model=model)))
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_what_a_person_marked_as_doubtful_is_decided_by_the_person_and_not_by_the_threshold() -> None:
    one = post("a")
    marked = reading(one, score=0.6, model="person")
    [decision] = decide_all((one, marked))
    assert decision.reason == "person: marked actionable"


@pytest.mark.parametrize(
    ("text", "named", "case_place"),
    [
        ("Basura en la calle A. Mañana voy a la calle B.", ("calle B", "calle A"), "calle A"),
        ("Mañana. Basura en la calle A de aquí. Y en la calle B.", ("calle B", "calle A"), "calle A"),
        ("No dice nada de dónde. Está en la calle B o en la calle A.", ("calle B", "calle A"), "calle B"),
        (f"Basura {'x' * 85} calle A calle B", ("calle B", "calle A"), "calle A"),
        ("¿Basura en la calle A? Seguro que en la calle B", ("calle B", "calle A"), "calle A"),
        ("Basura en la calle A! Seguro que en la calle B", ("calle B", "calle A"), "calle A"),
        ("Basura en la calle A.B y la calle B", ("calle B", "calle A"), "calle B"),
        ("Basura en la calle A. Otra vez.", ("calle Z", "calle A"), "calle A"),
        ("Basura en la de siempre.", ("calle Z", "calle A"), "calle Z"),
    ],
    ids=[
        "first sentence",
        "short first word",
        "no place at first",
        "100 characters",
        "question",
        "cry",
        "no end",
        "best in other words",
        "all in other words",
    ],
)
def test_a_case_is_opened_for_the_place_of_the_first_sentence(
    text: str, named: tuple[str, ...], case_place: str
) -> None:
    one = post("a", text=text)
    places = tuple(Place(text=name, kind="street", key=f"street:{name}", name=name, sure=0.9) for name in named)
    [decision] = decide_all((one, reading(one, places=places)))
    assert decision.case is not None
    assert decision.case.place == case_place


def test_a_district_is_the_place_only_where_nothing_finer_is_named() -> None:
    district = Place(
        text="Salamanca", kind="district", key="district:4", name="Salamanca", district="Salamanca", sure=0.95
    )
    one = post("a", text="Salamanca: basura en la calle de Alcalá")
    [both] = decide_all((one, reading(one, places=(district, ALCALA))))
    [alone] = decide_all((one, reading(one, places=(district,))))
    assert [each.case.place for each in (both, alone) if each.case] == ["Calle de Alcalá", "Salamanca"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("calle A sin luz. Y la calle B", "calle A"),
        (f"{'x' * 98} calle A y calle B", "calle A"),
        (f"{'x' * 99} calle A y calle B", "calle B"),
        ("Junto al colec. calle A. Y la calle B", "calle A"),
        ("Junto al colegi. calle A. Y la calle B", "calle B"),
    ],
    ids=["first of all", "at the 100th character", "at the 101st", "a stop at 14 is an abbreviation", "at 15 an end"],
)
def test_where_the_first_sentence_ends(text: str, place: str) -> None:
    one = post("a", text=text)
    named = [Place(text=name, kind="street", key=name, name=name, sure=0.9) for name in ("calle B", "calle A")]
    [decision] = decide_all((one, reading(one, places=tuple(named))))
    assert decision.case is not None
    assert decision.case.place == place
