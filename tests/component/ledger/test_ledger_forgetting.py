"""Forgetting: text, author, places and links leave every table and the file; counters and the case's numbers stay."""

from pathlib import Path

import pytest
from sqlalchemy import select

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.privacy.pseudonymise import pseudonymise
from core.records import Record
from core.records.annotation import Annotation, Label, Place
from core.records.post import Raw
from ledger import leases, read, schema
from ledger.cases import corrections, workflow
from ledger.cases.grouping import merging
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from ledger.retention import forget, vacuum
from tests.support.ledger_facts import (
    HOUR,
    LEASE,
    NOW,
    SALT,
    arrive,
    case_key,
    decide,
    into_case,
    opened_case,
    post,
    read_all,
    unbalanced,
    upstream_deleted,
)

pytest_plugins = ("tests.support.ledger_fixtures",)


def everything(ledger: Ledger) -> str:
    """Every cell of every table, as text."""
    with ledger.read() as connection:
        rows = [row for table in schema.metadata.sorted_tables for row in connection.execute(select(table))]
    return "\n".join(repr(tuple(row)) for row in rows)


def _case(ledger: Ledger, key: str) -> Record:
    found = read.case_record(ledger, key)
    assert found is not None
    return found


def test_what_is_older_than_the_retention_is_forgotten_and_the_rest_stays(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2), post(3), post(4)])
    read_all(ledger)
    assert forget.forget_older(ledger, NOW - 2 * HOUR, NOW) == 2
    assert forget.forget_older(ledger, NOW - 2 * HOUR, NOW) == 0
    assert [fact.post_id for fact in read.post_records(ledger)] == [post(1).post_id, post(2).post_id]
    steps = read.steps(ledger)
    assert (steps.erased, steps.classified) == (2, 2)
    assert unbalanced(ledger) == []


def test_more_than_one_piece_is_forgotten_whole(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(1, 1202)])
    assert forget.forget_older(ledger, NOW, NOW) == 1201
    assert unbalanced(ledger) == []


def test_a_stub_holds_a_keyed_hash_the_source_the_run_and_the_reason_and_nothing_else(ledger: Ledger) -> None:
    run_id = arrive(ledger, [post(1)])
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    with ledger.read() as connection:
        (stub,) = connection.execute(select(schema.tombstones)).mappings()
    assert dict(stub) == {"post_id": post(1).post_id, "source": "archive", "run_id": run_id, "reason": "erasure", "at": NOW}


def test_all_posts_of_an_author_are_erased_and_no_other(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2), post(3), post(4)])
    assert forget.erase_author(ledger, f"{1:032x}", "erasure", NOW) == 2
    assert [fact.post_id for fact in read.post_records(ledger)] == [post(2).post_id, post(3).post_id]
    assert not forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert unbalanced(ledger) == []


def test_what_its_network_deleted_is_forgotten_only_in_that_source(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    assert upstream_deleted(ledger, "x", [post(1).post_id], NOW) == 0
    assert upstream_deleted(ledger, "archive", [post(2).post_id, "unheard"], NOW) == 1
    assert upstream_deleted(ledger, "archive", [post(2).post_id, "unheard"], NOW) == 0
    assert [fact.post_id for fact in read.post_records(ledger)] == [post(1).post_id]
    assert unbalanced(ledger) == []


def test_a_case_keeps_its_numbers_when_its_last_post_goes(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2, text="canary uno"), post(1, text="canary dos"))
    workflow.note(ledger, key, "ana", "canary: she called", NOW)
    workflow.change(ledger, key, "answered", "ana", "canary: told her", NOW)
    corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "canary: reads so", NOW)
    before = _case(ledger, key).model_dump()
    assert forget.forget_older(ledger, NOW, NOW) == 2
    after = _case(ledger, key).model_dump()
    gone = {"title": "", "place": None, "barrio": None, "lat": None, "lon": None, "version": after["version"]}
    assert after == before | gone
    assert after["version"] > before["version"]
    assert after["posts"] == 2
    assert read.notes(ledger, key) == []
    assert [(step.state, step.who) for step in read.transitions(ledger, key)] == [("new", "escucha"), ("answered", "ana")]
    assert [(line.who, line.what, line.why) for line in read.audit(ledger, subject=key)] == [("ana", "answered", ""), ("ana", "note", "")]
    assert "canary" not in everything(ledger)
    assert unbalanced(ledger) == []


def test_a_title_made_of_an_erased_post_goes_with_it_and_another_stays(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3, text="canary uno"), post(2, text="dos"), post(1, text="tres"))
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert _case(ledger, key).model_dump(include={"title", "posts"}) == {"title": "Calle de Alcalá: canary uno", "posts": 3}
    forget.erase_post(ledger, post(3).post_id, "erasure", NOW)
    assert _case(ledger, key).model_dump(include={"title", "posts"}) == {"title": "Calle de Alcalá", "posts": 3}
    assert "canary" not in everything(ledger)
    with decisions.known_posts(ledger) as known:
        incident = known.incident(f"I-{post(3).post_id[-12:]}", ends=9)
    assert incident is not None
    assert incident.post_ids == (post(2).post_id,)
    assert unbalanced(ledger) == []


def test_a_merged_case_repeats_nothing_of_posts_that_are_erased(ledger: Ledger) -> None:
    """Its posts moved into the other case: who looks for the cases of a post finds that one alone."""
    into, key = opened_case(ledger, post(4, text="uno")), opened_case(ledger, post(1, text="canary dos"), post(2, text="tres"))
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    merging.merge(ledger, key, into, "ana", "canary: the same", NOW)
    assert "canary" in str(_case(ledger, key))
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert _case(ledger, key).model_dump(include={"title"}) == {"title": "Calle de Alcalá"}
    for one in (post(2), post(4)):
        forget.erase_post(ledger, one.post_id, "erasure", NOW)
    assert _case(ledger, key).model_dump(include={"title", "place"}) == {"title": "", "place": None}
    assert "canary" not in everything(ledger)
    assert unbalanced(ledger) == []


def test_posts_join_a_case_of_which_some_are_forgotten(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3), post(2))
    forget.erase_post(ledger, post(3).post_id, "erasure", NOW)
    arrive(ledger, [post(1)])
    read_all(ledger)
    later = into_case(post(3), post(2), post(1))[-1]
    assert later.case is not None
    case = later.case.model_copy(update={"post_ids": (post(2).post_id, post(1).post_id)})
    assert decide(ledger, [later.model_copy(update={"case": case})]) == 1
    assert _case(ledger, key).model_dump(include={"posts", "authors"}) == {"posts": 3, "authors": 2}
    assert unbalanced(ledger) == []


CANARY = "canario9f3a"


def _leave_traces(ledger: Ledger) -> str:
    """A post with its words in every table they can get into; the case's key."""
    told = f"{CANARY} " + "palabras que nadie mas escribe " * 40
    one = post(1, text=told, origin=f"sealed-{CANARY}", thread=f"thread-{CANARY}", author=f"author-{CANARY}")
    arrive(ledger, [one])
    arrive(ledger, [one.model_copy(update={"text": told + " editado", "edited_at": NOW})])
    annotations.claim_pending(ledger, "r", 1000, NOW, LEASE)
    place = Place(text=CANARY, kind="street", key="street:9", name=f"Calle {CANARY}", district="Centro", sure=0.9)
    labels = {
        "topic": Label(question="topic", value="noise", score=0.9, model="r@1"),
        "places": Label(question="places", value=(place,), score=0.9, model="r@1"),
    }
    found = Annotation(post_id=one.post_id, embedding=CANARY.encode(), labels=labels, model="r@1")
    annotations.store_annotations(ledger, "r", [found], [], NOW)
    (decision,) = into_case(one)
    assert decision.case is not None
    title = {"title": f"Calle de Alcalá: {told[:60]}…"}
    assert decide(ledger, [decision.model_copy(update={"case": decision.case.model_copy(update=title)})]) == 1
    workflow.note(ledger, case_key(one), "ana", f"dice {CANARY}", NOW)
    workflow.change(ledger, case_key(one), "answered", "ana", f"respondido a {CANARY}", NOW)
    corrections.correct(ledger, one.post_id, "topic", "other", "ana", f"porque {CANARY}", NOW)
    return case_key(one)


def test_an_erased_post_is_in_no_table_any_more(ledger: Ledger) -> None:
    _leave_traces(ledger)
    assert everything(ledger).count(CANARY) >= 10
    assert forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert CANARY not in everything(ledger)
    assert unbalanced(ledger) == []


def test_an_erased_post_is_in_no_byte_of_the_files_any_more(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    arrive(ledger, [post(n) for n in range(2, 300)])
    _leave_traces(ledger)
    assert any(CANARY.encode() in file.read_bytes() for file in tmp_path.iterdir())
    assert forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert [file.name for file in tmp_path.iterdir() if CANARY.encode() in file.read_bytes()] == []
    ledger.close()


def test_with_a_reader_in_the_way_the_files_are_wiped_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vacuum, "PATIENCE_MS", 50)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    _leave_traces(ledger)
    with ledger.read() as reader:  # somebody's long list
        reader.execute(select(schema.posts)).all()
        assert forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
        assert not vacuum.vacuum_if_due(ledger)
    assert forget.forget_older(ledger, NOW - 1000 * HOUR, NOW) == 0
    assert [file.name for file in tmp_path.iterdir() if CANARY.encode() in file.read_bytes()] == []
    ledger.close()


@pytest.fixture(scope="module")
def madrid() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


def test_nothing_of_a_message_but_its_hidden_form_reaches_a_table(ledger: Ledger, madrid: City) -> None:
    canaries = ("canary_handle", "canary-native-77", "author-canary-5", "612345678", "canary@example.org", "canary.example")
    raw = Raw(
        source="x",
        native_id="canary-native-77",
        text="Hola @canary_handle, soy canary_handle: 612345678, canary@example.org, https://canary.example/x",
        created_at=NOW - HOUR,
        received_at=NOW,
        author_id="author-canary-5",
        handle="@canary_handle",
        thread_id="canary-native-77",
        reply_to="canary-native-77",
        url="https://canary.example/status/77",
    )
    run_id = cursors.begin_run(ledger, "x", NOW)
    store.store_page(ledger, run_id, "x", [pseudonymise(raw, madrid, SALT)], [], {"high": 1}, None, NOW)
    read_all(ledger)
    found = everything(ledger)
    assert [canary for canary in canaries if canary in found] == []
    assert "Hola @user" in found
