"""Test what a new case knows, and which posts belong to it as days pass."""

import hashlib
from datetime import UTC, datetime, timedelta

from core.records.decision import Decision
from tests.support.decided_before import DecidedBefore
from tests.support.triage_facts import ALCALA, MADRID, NOON, decide_all, post, reading


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
    posts = [first] + [post(f"{n:02d}x", NOON + timedelta(minutes=n), text=words[n], reply_to=first.post_id) for n in range(1, 60)]
    decisions = decide_all(*((one, reading(one)) for one in posts))
    assert sum(d.opens for d in decisions) == 1
    assert {d.case.key for d in decisions if d.case} == {decisions[0].case.key if decisions[0].case else ""}
    assert [d.outcome for d in decisions] == ["in_case"] * 60
    last = decisions[-1].case
    assert last is not None
    assert last.priority == 4  # 1 + complaint + ten authors or more (2)


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


def test_replayed_posts_stay_in_the_case_book() -> None:
    outside = MADRID.model_copy(update={"contact_centre": MADRID.contact_centre.model_copy(update={"system": "rt"})})
    live, replayed = post("a"), post("b", replayed_from=NOON, text="otra cosa")
    decisions = decide_all((live, reading(live)), (replayed, reading(replayed, topic="noise")), city=outside)
    assert [d.case.system for d in decisions if d.case] == ["rt", "casebook"]


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
