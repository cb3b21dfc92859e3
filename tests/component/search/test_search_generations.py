"""Test generations of the index: switches, kills, deletions, dropped months."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import UnavailableError
from core.records.post import StoredReach
from core.records.read_models import CaseRecord
from ledger import indexing, leases, read
from ledger.database.writing import writing
from ledger.ingest.reach import update_reach
from ledger.retention.forget import erase_post, forget_older
from pipeline import all_steps as pipeline, index_generation
from pipeline.context import Context
from pipeline.steps import verify as pipeline_verify
from pipeline.steps.index import index
from search import queries
from search.connection.engine import Engine
from search.index import bulk, contents, documents, generations, switch, templates, writer
from search.index.documents import post_document
from search.index.templates import CASES, POSTS
from tests.component.desk.test_desk_painter import NOW
from tests.support.killing import KilledError
from tests.support.made_facts import post
from tests.support.seeded import fill, open_seeded

pytest_plugins = ("tests.support.engines",)

POSTS_MADE = 12
POINTS = (
    "index.generation.begun",
    "index.generation.month",
    "index.generation.equal",
    "index.generation.unlisted",
    "index.generation.switched",
    "index.generation.listed",
    "index.generation.dropped",
)


@pytest.fixture
def context(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Index twelve posts and their cases."""
    made = open_seeded(tmp_path, POSTS_MADE, NOW)
    made.settings = made.settings.model_copy(update={"elasticsearch_url": engine.url})
    monkeypatch.setattr(writer.RetryPolicy, "wait", lambda self, attempt: False)
    writer.drop_all(engine)
    pipeline.index(made)
    yield made
    made.ledger.close()


def at(point: str, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Act each time a run passes this failpoint."""

    def passing(name: str) -> None:
        if name == point:
            act()

    for module in (index_generation, switch):
        monkeypatch.setattr(module, "failpoint", passing)


def visible(engine: Engine) -> tuple[int, int]:
    """Count the posts and cases that a reader sees."""
    writer.refresh(engine)
    found = queries.run_many(engine, [(kind, {"size": 0, "track_total_hits": True}) for kind in ("posts", "cases")])
    return found[0]["hits"]["total"]["value"], found[1]["hits"]["total"]["value"]


def assert_whole(context: Context, engine: Engine) -> None:
    wrong = [line for line in pipeline.verify(context) if line.ok is False]
    assert wrong == []
    state = generations.read_state(engine)
    assert state.building is None
    assert {(generations.parse_name(one) or ("", ""))[1] for one in generations.indices(engine)} == {state.serving}


def test_a_reader_sees_a_whole_index_at_every_moment_of_a_rebuild(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, old = visible(engine), generations.read_state(engine).serving
    seen: list[tuple[int, int]] = []
    for module in (index_generation, switch):
        monkeypatch.setattr(module, "failpoint", lambda name: seen.append(visible(engine)))
    pipeline.index(context, rebuild=True)
    assert whole[0] == POSTS_MADE
    assert len(seen) > len(POINTS)
    assert set(seen) == {whole}
    assert generations.read_state(engine).serving != old
    assert_whole(context, engine)


@pytest.mark.slow
def test_a_killed_rebuild_is_finished_by_two_workers_as_one_generation(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill() -> None:
        raise KilledError

    whole = visible(engine)
    for point in POINTS:
        number = served_number(engine)
        with monkeypatch.context() as killing:
            at(point, killing, kill)
            with pytest.raises(KilledError):
                index(context, rebuild=True, holder="killed")
        assert visible(engine) == whole, point
        leases.release_all(context.ledger, "killed")  # as the next process does (`context.release_dead_workers`)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda holder: index(context, holder=holder), ("one", "two")))
        index(context, holder="later")
        assert served_number(engine) == number + 1, f"exactly one new generation after {point}"
        assert visible(engine) == whole, point
        assert_whole(context, engine)


@pytest.mark.parametrize("reason", ["killed rebuild", "restored ledger", "other schema"])
def test_a_worker_that_looked_before_another_finished_begins_no_second_generation(
    reason: str, context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a worker's look and its first write, another worker fills and switches the generation."""
    number = served_number(engine)
    state = generations.read_state(engine)
    if reason == "killed rebuild":
        assert generations.begin(engine, state, indexing.marker(context.ledger)[1]) is not None
    elif reason == "restored ledger":
        indexing.bump_generation(context.ledger, NOW)
    else:
        generations.store_state(engine, replace(state, serving=f"g{number}-00000000"))
    done: list[bool] = []

    def finish() -> None:
        if not done:
            done.append(True)
            index(context, holder="first")

    at("index.generation.compared", monkeypatch, finish)
    index(context, holder="second")
    assert done
    assert served_number(engine) == number + 1
    assert_whole(context, engine)


def served_number(engine: Engine) -> int:
    """Return the number of the served generation."""
    name = generations.read_state(engine).serving or ""
    return int(name[1 : name.index("-")])


def test_what_comes_in_while_a_generation_is_filled_is_in_both(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {record.post_id for record in read.post_records(context.ledger)}
    gone = min(ids)
    done: list[bool] = []

    def change() -> None:
        if not done:
            done.append(True)
            fill(context.ledger, context.city, 4, NOW, source="other")
            erase_post(context.ledger, gone, "erasure", NOW)
            index(context, holder="other")
            assert visible(engine)[0] == POSTS_MADE + 4 - 1, "the generation that is read has them at once"

    at("index.generation.month", monkeypatch, change)
    pipeline.index(context, rebuild=True)
    assert visible(engine)[0] == POSTS_MADE + 4 - 1
    assert_whole(context, engine)


def test_an_index_of_a_version_without_these_fields_is_read_until_the_next_generation_has_them(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        for fields, new in (("_POST", "followers_band"), ("_CASE", "topic_guess")):
            known = getattr(templates, fields)
            older.setattr(templates, fields, {name: one for name, one in known.items() if name != new})
        writer.drop_all(engine)
        pipeline.index(context)
        before = served_number(engine)
    one = min(record.post_id for record in read.post_records(context.ledger))
    with writing(context.ledger) as connection:
        update_reach(connection, {one: StoredReach(likes=3, followers_band="1k_10k")})
    seen: list[int] = []
    at("index.generation.month", monkeypatch, lambda: seen.append(visible(engine)[0]))
    pipeline.index(context)
    assert set(seen) == {POSTS_MADE}
    assert served_number(engine) == before + 1
    writer.refresh(engine)
    body = {"query": {"term": {"followers_band": "1k_10k"}}}
    assert [hit["_id"] for hit in queries.run(engine, "posts", body)["hits"]["hits"]] == [one]
    assert_whole(context, engine)


def test_an_index_of_a_version_in_which_a_value_meant_something_else_is_filled_anew_by_itself(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases closed without an answer counted as answered until `escucha index --rebuild`."""

    def written_before(record: CaseRecord) -> dict[str, Any]:
        return documents.case_document(record) | {"answered_at": NOW}

    with monkeypatch.context() as older:
        older.setattr(templates, "MEANING", templates.MEANING - 1)
        older.setattr(writer, "case_document", written_before)
        older.setattr(index_generation, "case_document", written_before)
        pipeline.index(context, rebuild=True)
        assert answered(engine) > 0
    pipeline.index(context)
    assert answered(engine) == sum(record.answered_at is not None for record in read.case_records(context.ledger)) == 0
    assert_whole(context, engine)


def answered(engine: Engine) -> int:
    """Count the cases that the index calls answered."""
    writer.refresh(engine)
    body = {"size": 0, "track_total_hits": True, "query": {"exists": {"field": "answered_at"}}}
    found: int = queries.run(engine, "cases", body)["hits"]["total"]["value"]
    return found


def test_a_document_whose_content_was_changed_in_the_engine_is_written_again(context: Context, engine: Engine) -> None:
    name = generations.begin(engine, generations.read_state(engine), indexing.marker(context.ledger)[1])
    assert name is not None
    record = next(iter(read.post_records(context.ledger)))
    month = generations.index_name(POSTS, name, record.month)
    engine.client.index(index=month, id=record.post_id, document=post_document(record) | {"text": "otra cosa"})
    engine.client.index(index=month, id="stranger", document={"post_id": "stranger", "text": "no está en el libro"})
    pipeline.index(context)
    assert engine.client.get(index=month, id=record.post_id)["_source"]["text"] == record.text
    assert "stranger" not in writer.document_ids(engine)
    assert_whole(context, engine)


def test_content_is_compared_as_the_engine_gives_it_back(engine: Engine) -> None:
    full = post("a", lat=40.0, lon=-3.75, topic_score=1.0, corrected=("topic",), text="ñ «€» 🐟", edited_at=NOW)
    writer.write(engine, [full], [])
    name = generations.index_name(POSTS, generations.read_state(engine).serving or "", full.month)
    assert contents.stored_hashes(engine, name, "post_id") == {"a": contents.content_hash(post_document(full))}


def test_a_first_filling_is_not_shown_as_an_empty_index(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.drop_all(engine)

    def ask() -> None:
        with pytest.raises(UnavailableError, match="is being filled"):
            queries.search_posts(engine, "", {})
        assert [line.name for line in pipeline.verify(context) if line.ok is False] == []

    at("index.generation.month", monkeypatch, ask)
    pipeline.index(context)
    assert visible(engine)[0] == POSTS_MADE
    assert_whole(context, engine)


def test_a_deletion_is_sent_to_the_month_of_the_post_only(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def sending(engine: Engine, actions: Any, retries: Any) -> bulk.BulkResult:
        sent.extend(action.line for action in actions if action.is_deletion)
        return bulk.send(engine, actions, retries)

    fill(context.ledger, context.city, 4, NOW - timedelta(days=40), source="older")
    pipeline.index(context)
    victim = next(iter(read.post_records(context.ledger)))
    erase_post(context.ledger, victim.post_id, "erasure", NOW)
    monkeypatch.setattr(writer, "send", sending)
    pipeline.index(context)
    assert len(sent) == 1
    assert victim.month.encode() in sent[0]
    assert_whole(context, engine)


def test_a_month_whose_posts_are_all_forgotten_is_dropped_whole(context: Context, engine: Engine) -> None:
    fill(context.ledger, context.city, 4, NOW - timedelta(days=40), source="older")
    pipeline.index(context)
    months = {name for name in generations.indices(engine) if name.startswith(POSTS)}
    forget_older(context.ledger, NOW - timedelta(days=30), NOW)
    pipeline.index(context)
    left = {name for name in generations.indices(engine) if name.startswith(POSTS)}
    assert len(months - left) == 1
    assert any(name.startswith(CASES) for name in generations.indices(engine))
    assert_whole(context, engine)


def test_verify_names_the_generation_and_a_month_without_the_alias_is_red(context: Context, engine: Engine) -> None:
    name = generations.read_state(engine).serving or ""
    line = pipeline_verify.GENERATION_NAME.format(name)
    assert {one.name: one.ok for one in pipeline.verify(context)}[line] is True
    month = generations.of_generation(engine, name)[0]
    engine.client.indices.update_aliases(actions=[{"remove": {"index": month, "alias": CASES}}])
    assert {one.name: one.ok for one in pipeline.verify(context)}[line] is False
    pipeline.index(context)
    assert_whole(context, engine)
