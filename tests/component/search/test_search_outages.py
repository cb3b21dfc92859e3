"""An index that is closed, read-only or gone is an outage: nothing is marked refused, the step fails, and verify is red."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import EscuchaError, IndexRefusedError, UnavailableError
from escucha.commands.common import report_engine_left
from escucha.commands.status import format_text, status
from ledger import read, reconciliation
from pipeline import all_steps as pipeline
from pipeline.context import Context
from pipeline.steps import index, verify as pipeline_verify
from search.connection.engine import Engine, connect, embedded_running, stop_embedded
from search.index import bulk, generations, mapping, switch, templates, writer
from search.index.generations import index_name, of_generation
from search.index.templates import POSTS
from tests.component.desk.test_desk_painter import NOW
from tests.support.made_facts import post
from tests.support.seeded import fill, open_seeded

pytest_plugins = ("tests.support.engines",)

POSTS_MADE = 12


@pytest.fixture
def context(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Twelve posts and their cases, all in the engine."""
    made = open_seeded(tmp_path, POSTS_MADE, NOW)
    made.settings = made.settings.model_copy(update={"elasticsearch_url": engine.url})
    monkeypatch.setattr(writer.RetryPolicy, "wait", lambda self, attempt: False)
    pipeline.index(made)
    yield made
    made.ledger.close()


def more(context: Context) -> None:
    """Posts that wait for the engine."""
    fill(context.ledger, context.city, 4, NOW, source="other")


def ok(context: Context) -> dict[str, bool | None]:
    return {line.name: line.ok for line in pipeline.verify(context)}


def months(engine: Engine) -> list[str]:
    return sorted(engine.client.indices.get_settings(index="escucha-posts-*", expand_wildcards="all").body)


def close(engine: Engine) -> None:
    """What one foreign page did by one POST."""
    for month in months(engine):
        engine.client.indices.close(index=month)


def read_only(engine: Engine) -> None:
    """What an engine does when its disk is full."""
    for month in months(engine):
        engine.client.indices.put_settings(index=month, settings={"index.blocks.read_only_allow_delete": True})


def writable(engine: Engine) -> None:
    for month in months(engine):
        engine.client.indices.put_settings(index=month, settings={"index.blocks.read_only_allow_delete": None})


def test_a_closed_index_is_an_outage_and_verify_is_red(context: Context, engine: Engine) -> None:
    assert ok(context)[reconciliation.DOCUMENTS] is True
    more(context)
    waiting = read.steps(context.ledger).index_pending
    assert waiting
    close(engine)
    with pytest.raises(UnavailableError, match=r"escucha-posts-.* is closed: .* `escucha index --rebuild`"):
        pipeline.index(context)
    steps = read.steps(context.ledger)
    assert (steps.index_refused, steps.index_pending) == (0, waiting)
    assert ok(context)[reconciliation.DOCUMENTS] is False


def test_an_index_that_is_closed_while_it_is_filled_is_an_outage(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    more(context)
    waiting = read.steps(context.ledger).index_pending
    monkeypatch.setattr(writer, "check_searchable", lambda engine: None)
    close(engine)
    with pytest.raises(UnavailableError, match=r"did not take .* documents now; they stay pending \(index_closed_exception"):
        pipeline.index(context)
    monkeypatch.undo()
    steps = read.steps(context.ledger)
    assert steps.index_refused == 0
    assert 0 < steps.index_pending <= waiting


def test_a_rebuild_replaces_closed_indices_and_finds_everything_again(context: Context, engine: Engine) -> None:
    close(engine)
    pipeline.index(context, rebuild=True)
    assert all(value is not False for value in ok(context).values())


def test_a_rebuild_after_which_not_everything_is_found_fails(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def send_less(engine: Engine, actions: Any, retries: Any) -> bulk.BulkResult:
        """An engine that confirms what it does not keep."""
        bulk.send(engine, actions[1:], retries)
        return bulk.BulkResult({action.doc_id for action in actions})

    monkeypatch.setattr(writer, "send", send_less)
    served = generations.read_state(engine).serving
    with pytest.raises(EscuchaError, match="can be found in"):
        pipeline.index(context, rebuild=True)
    assert generations.read_state(engine).serving == served
    assert ok(context)[reconciliation.DOCUMENTS] is True, "what is read is unchanged"


def test_a_full_disk_refuses_nothing_for_good(context: Context, engine: Engine) -> None:
    more(context)
    read_only(engine)
    try:
        with pytest.raises(UnavailableError):
            pipeline.index(context)
        assert read.steps(context.ledger).index_refused == 0
    finally:
        writable(engine)
    pipeline.index(context)
    assert all(value is not False for value in ok(context).values())


def refusing(ids: int, kind: str) -> Any:
    """An engine that refuses the first so many documents of each packet."""

    def ask(engine: Engine, packet: Any, written: bulk.BulkResult) -> list[bulk.BulkResponse]:
        bad = {"status": 400, "error": {"type": kind, "reason": "no"}}
        good: bulk.BulkResponse = {"status": 200, "error": {}}
        return [bad if n < ids else good for n, _ in enumerate(packet)]

    return ask


def test_a_refusal_is_told_once_counted_and_can_be_tried_again(context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    more(context)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_request", refusing(1, "document_parsing_exception"))
        patched.setattr(writer.RetryPolicy, "wait", lambda self, attempt: False)
        with pytest.raises(IndexRefusedError, match=r"refused 1 documents for good.*--retry-refused"):
            pipeline.index(context)
        pipeline.index(context)  # told once: the next run is green
    assert ok(context)[reconciliation.REFUSED] is False
    standing = status(context)
    assert standing["index_refused"] == {"document_parsing_exception": 1}
    assert "index: refused 1 (document_parsing_exception 1): escucha index --retry-refused" in format_text(standing)
    pipeline.index(context, rebuild=False, retry_refused=True)
    assert read.steps(context.ledger).index_refused == 0
    pipeline.index(context, rebuild=True)
    assert all(value is not False for value in ok(context).values())


@pytest.mark.parametrize(("accept", "refused"), [(None, 0), (7, 7)])
def test_many_refusals_mark_nothing_unless_a_person_says_so(
    context: Context, monkeypatch: pytest.MonkeyPatch, accept: int | None, refused: int
) -> None:
    monkeypatch.setattr(bulk, "_request", refusing(7, "document_parsing_exception"))
    waiting = POSTS_MADE
    fill(context.ledger, context.city, waiting, NOW, source="other")
    pending = read.steps(context.ledger).index_pending
    with pytest.raises(IndexRefusedError, match="refused 7"):
        index.index(context, accept_refused=accept, holder="test")
    steps = read.steps(context.ledger)
    assert steps.index_refused == refused
    assert steps.index_pending == (pending if accept is None else 0)


def test_an_error_we_do_not_know_is_no_fault_of_the_document(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    more(context)
    monkeypatch.setattr(bulk, "_request", refusing(2, "some_new_exception"))
    with pytest.raises(UnavailableError, match="some_new_exception: no"):
        pipeline.index(context)
    steps = read.steps(context.ledger)
    assert (steps.index_refused, steps.index_pending) == (0, 2)


# ---- an older Escucha's months


def older_template(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Make the schema of another version: some fields are missing, some of another type."""
    fields = {name: one for name, one in templates._POST.items() if name != "thread"}
    monkeypatch.setattr(templates, "_POST", fields | changed)


def legacy(engine: Engine) -> str:
    """Make the index of a version before generations; return its name."""
    name = index_name(POSTS, generations.LEGACY, "2026.11")
    body = templates.template(POSTS)["template"]
    engine.client.indices.create(index=name, settings=body["settings"], mappings=body["mappings"], aliases={POSTS: {}})
    return name


def test_an_upgrade_with_one_more_field_refuses_nothing_and_fills_a_new_generation(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        older_template(before)
        pipeline.index(context, rebuild=True)
        old = generations.read_state(engine).serving
    assert ok(context)[pipeline_verify.GENERATION_NAME.format(old)] is False, "the months lack a field: verify is red"
    more(context)
    pipeline.index(context)
    state = generations.read_state(engine)
    assert (state.serving != old, state.building) == (True, None)
    assert read.steps(context.ledger).index_refused == 0
    assert all(value is not False for value in ok(context).values())
    assert {(generations.parse_name(one) or ("", ""))[1] for one in generations.indices(engine)} == {state.serving}


def test_a_document_with_a_field_that_the_index_lacks_is_not_refused_for_good(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        older_template(before)
        writer.drop_all(engine)
        switch.install(engine)
        assert writer.write(engine, [post("b")], []).ok == {"b"}
        answer = writer.write(engine, [post("a", thread="t")], [])
        assert (answer.refused, answer.retry) == ({}, {"a"})
        assert "strict" in answer.why
    switch.update_mappings(engine)
    assert writer.write(engine, [post("a", thread="t")], []).ok == {"a"}
    name = of_generation(engine, generations.read_state(engine).serving or "")[0]
    present = engine.client.indices.get_mapping(index=name).body[name]["mappings"]["properties"]
    assert mapping.additions(present, templates._POST) == {}


def test_months_of_a_version_before_generations_are_read_until_the_new_one_is_whole(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.drop_all(engine)
    older_template(monkeypatch, version={"type": "keyword"})
    name = legacy(engine)
    monkeypatch.undo()
    assert generations.read_state(engine).serving == generations.LEGACY
    monkeypatch.setattr(writer.RetryPolicy, "wait", lambda self, attempt: False)
    pipeline.index(context)
    assert name not in generations.indices(engine)
    assert all(value is not False for value in ok(context).values())


def test_a_field_of_another_type_in_the_current_generation_says_that_a_rebuild_helps(engine: Engine) -> None:
    properties = {**templates._POST, "version": {"type": "keyword"}}
    body = templates.template(POSTS)["template"]
    name = index_name(POSTS, generations.read_state(engine).serving or "", "2026.11")
    engine.client.indices.create(index=name, settings=body["settings"], mappings={"dynamic": "strict", "properties": properties})
    with pytest.raises(EscuchaError, match=r"has version of another type .*--rebuild"):
        switch.update_mappings(engine)


# ---- what a command leaves behind


def test_a_command_says_that_it_leaves_the_engine_and_how_to_end_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    context = open_seeded(tmp_path, 0, NOW)
    caplog.set_level(logging.INFO)
    try:
        with report_engine_left(context.settings):
            connect(context.settings)
        known = embedded_running(context.settings)
        assert known is not None
        assert f"end it with `kill {known.pid}`" in caplog.text
        caplog.clear()
        with report_engine_left(context.settings):
            connect(context.settings)
        assert caplog.text == ""
    finally:
        stop_embedded(context.settings)
        context.ledger.close()


def test_a_404_of_something_in_between_is_no_new_engine(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.toxic import HTTP, toxic

    body = json.dumps({"message": "no route"}).encode()
    hello = json.dumps({"version": {"number": "9.3.0"}}).encode()
    with toxic("closed") as server:
        server.firsts = [HTTP % (len(hello), hello), HTTP.replace(b"200 OK", b"404 Not Found") % (len(body), body)]
        context.settings = context.settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{server.port}"})
        with pytest.raises(UnavailableError, match="in an unexpected format"):
            pipeline.index(context)
    assert read.steps(context.ledger).index_pending == 0, "the view was not thrown away"
