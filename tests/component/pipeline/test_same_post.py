"""One message, however often it comes: changed, shared, quoted, answered, or written by the city itself; with the real reader."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from core.config.city import load_city
from core.privacy.pseudonyms import post_id
from core.records.collection import Page
from core.records.post import Raw
from core.records.read_models import CaseRecord, PostRecord
from ledger import read, reconciliation
from nlp.annotator import Annotator
from pipeline import all_steps as steps
from tests.support.played import NOW, Played, raw
from tests.support.seeded import MADRID, SALT

pytest_plugins = ("tests.support.played_fixtures",)
Make = Callable[..., Played]
RUBBISH = "Llevan tres semanas sin recoger los contenedores de la calle de Alcalá 200, huele fatal y hay ratas."
AGAIN = "Los contenedores de la calle de Alcalá 200 siguen sin recoger y hay ratas por todas partes."
LAMP = "La farola de la plaza de Lavapiés lleva un mes fundida, no se ve nada por la noche."
THANKS = "Enhorabuena por el festival de este año, ha sido precioso."


@cache
def annotator() -> Annotator:
    return Annotator(load_city(MADRID))


@pytest.fixture
def town(played: Make) -> Played:
    """A house that acts from a score of 0.4 on, so that the texts above decide and not their calibration."""
    made = played()
    city = made.context.city
    made.context.city = city.model_copy(update={"triage": city.triage.model_copy(update={"act": 0.4, "review": 0.3})})
    vars(made.context)["annotator"] = annotator()
    return made


def say(town: Played, *raws: Raw) -> dict[str, int]:
    """One pass over these messages, an hour after the one before."""
    counts = town.collect(Page(raws=raws, cursor={"at": 1}), after=timedelta(hours=1))
    steps.classify(town.context)
    steps.triage(town.context)
    assert [line for line in reconciliation.balance_sheet(town.ledger, None) if line.ok is False] == []
    return counts


def post(town: Played, native_id: str) -> PostRecord:
    found = read.post_record(town.ledger, post_id(SALT, "x", native_id))
    assert found is not None
    return found


def cases(town: Played) -> list[CaseRecord]:
    return list(read.case_records(town.ledger))


def edited(native_id: str, text: str, minutes: int) -> Raw:
    return raw(native_id, text=text, edited_at=NOW + timedelta(minutes=minutes))


def test_a_changed_text_is_labelled_again_and_its_case_is_kept(town: Played) -> None:
    say(town, raw("1", text=RUBBISH))
    before, (case,) = post(town, "1"), cases(town)
    assert (before.topic, before.decision, before.case_key) == ("waste_cleaning", "in_case", case.case_key)
    assert say(town, edited("1", LAMP, 5))["updated"] == 1
    after = post(town, "1")
    assert (after.text, after.topic) == (LAMP, "street_lighting")
    assert after.edited_at == NOW + timedelta(minutes=5)
    assert (after.decision, after.case_key) == ("in_case", case.case_key)
    assert after.version > before.version
    assert [one.case_key for one in cases(town)] == [case.case_key]


def test_a_text_changed_to_nothing_to_act_on_keeps_its_case_for_a_person_to_close(town: Played) -> None:
    say(town, raw("1", text=RUBBISH))
    say(town, edited("1", THANKS, 5))
    assert post(town, "1").intent == "praise"
    assert (post(town, "1").decision, len(cases(town))) == ("in_case", 1)


def test_a_text_changed_to_a_complaint_becomes_a_case(town: Played) -> None:
    say(town, raw("1", text=THANKS))
    assert cases(town) == []
    say(town, edited("1", RUBBISH, 5))
    assert [case.topic for case in cases(town)] == ["waste_cleaning"]


def test_a_post_changed_twice_ends_with_its_last_text_and_an_older_one_that_comes_late_changes_nothing(town: Played) -> None:
    say(town, raw("1", text=RUBBISH))
    assert say(town, edited("1", THANKS, 5), edited("1", LAMP, 9))["updated"] == 1
    assert post(town, "1").text == LAMP
    counts = say(town, edited("1", THANKS, 5), raw("1", text=RUBBISH))
    assert (counts["updated"], counts["duplicate"]) == (0, 2)
    assert post(town, "1").text == LAMP


@pytest.mark.parametrize(
    "own",
    [{"own": True}, {"handle": "@MADRID", "handle_is_unique": True}, {"handle": "lineamadrid", "handle_is_unique": True}],
    ids=["marked", "handle", "case"],
)
def test_what_the_city_writes_itself_is_read_and_never_a_case(town: Played, own: dict[str, Any]) -> None:
    say(town, raw("1", text=RUBBISH, **own))
    assert (post(town, "1").own, post(town, "1").topic) == (True, "waste_cleaning")
    assert (post(town, "1").decision, post(town, "1").reason) == ("no_case", "own: written by the city itself")
    assert cases(town) == []


def test_a_storm_of_reposts_makes_no_second_case_whichever_comes_first(town: Played) -> None:
    shared = [raw(f"r{n}", text=f"RT @vecina: {RUBBISH}", kind="repost") for n in range(40)]
    say(town, *shared[:20])
    assert cases(town) == []
    say(town, raw("1", text=RUBBISH))
    say(town, *shared[20:])
    (case,) = cases(town)
    assert case.posts == 1
    assert {post(town, f"r{n}").decision for n in range(40)} == {"no_case"}


def test_the_first_complaint_of_a_burst_is_a_case_before_the_last_post_is_read(
    town: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "escucha")
    monkeypatch.setattr("pipeline.steps.classify.BATCH", 2)
    first = raw("1", text=RUBBISH, created_at=NOW - timedelta(hours=2))
    town.collect(Page(raws=(first, *(raw(f"t{n}", text=f"{THANKS} {n}") for n in range(5))), cursor={"at": 1}))
    seen = []

    def look_and_read(posts: Any) -> Any:
        seen.append(len(cases(town)))
        return annotator().annotate(posts)

    vars(town.context)["annotator"] = SimpleNamespace(model=annotator().model, annotate=look_and_read)
    counts = steps.classify_and_triage(town.context)
    assert seen == [0, 1, 1]
    assert [line.split(", ")[-1] for line in caplog.messages if line.startswith("classify: ")] == [
        f"{share} % of what waits" for share in (33, 66, 100)
    ]
    assert (counts["classified"], counts["decided"], counts["cases"]) == (6, 6, 1)
    assert [line for line in reconciliation.balance_sheet(town.ledger, None) if line.ok is False] == []


def test_a_quote_with_words_of_its_own_is_a_post_of_its_own_and_joins_the_case(town: Played) -> None:
    say(town, raw("1", text=RUBBISH))
    say(town, raw("2", text=f"También aquí. {AGAIN}", kind="quote"))
    assert post(town, "2").kind == "quote"
    assert [case.posts for case in cases(town)] == [2]


def test_a_conversation_is_kept_whatever_part_of_it_comes_first(town: Played) -> None:
    hours = timedelta(hours=1)
    reply = raw("3", text="Igual en mi calle", kind="reply", thread_id="1", reply_to="2", created_at=NOW - hours)
    say(town, reply)
    say(
        town,
        raw("1", text=RUBBISH, thread_id="1", created_at=NOW - 3 * hours),
        raw("2", text="¿En qué número?", kind="reply", thread_id="1", reply_to="1", created_at=NOW - 2 * hours),
        raw("9", text=LAMP, thread_id="9"),
    )
    conversation = read.thread(town.ledger, post_id(SALT, "x", "1"))
    assert [one.post_id for one in conversation] == [post_id(SALT, "x", n) for n in ("1", "2", "3")]
    assert [one.reply_to for one in conversation] == [None, post_id(SALT, "x", "1"), post_id(SALT, "x", "2")]


def test_the_same_message_found_by_two_queries_is_one_post(town: Played) -> None:
    page = [Page(raws=(raw("1", text=RUBBISH),), cursor={"at": n}) for n in (1, 2)]
    counts = town.collect(*page)
    assert (counts["stored"], counts["duplicate"]) == (1, 1)
