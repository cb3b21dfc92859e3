"""A network that changes its answers, through the real ledger and the real steps: red at once, no money, no loss, and a way on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from core.errors import ConfigurationError, EscuchaError, SourceError
from escucha.commands import check, cost, status
from ledger import read, reconciliation
from ledger.ingest import cursors, gaps
from pipeline import all_steps as steps
from pipeline.steps import sync_deletions
from tests.support.collector_runs import burst
from tests.support.deployment import environment, escucha
from tests.support.stubs.x import XStub
from tests.support.x_town import NOW, Town, profile, spent

TABLE = 'query = "Madrid"\nmonthly_budget_usd = 5'


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        running.search.posts = burst(150, NOW - timedelta(minutes=5))
        yield running


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: XStub) -> Iterator[Town]:
    made = Town(tmp_path, monkeypatch, stub)
    yield made
    made.context.__exit__(None, None, None)


def test_a_renamed_field_of_x_is_red_at_once_costs_one_page_and_loses_nothing(town: Town, stub: XStub) -> None:
    stub.renamed = {"text": "words"}
    with time_machine.travel(NOW, tick=False):
        context = town.open(TABLE)
        for _ in range(3):
            with pytest.raises(SourceError, match=r"missing_field: text \(100 times\)") as failed:
                steps.collect(context)
            assert failed.value.fatal, "another try would only put the alarm off"
        assert len(stub.requests) == 1
        assert spent(context).month_usd == 0.5
        (state,) = read.sources(context.ledger)
        assert (state.received, state.stored) == (0, 0)
        assert (cursors.read_cursor(context.ledger, "x") or {})["streams"] == {"Madrid": {}}
        (gap,) = gaps.open_gaps(context.ledger, "x")
        assert gap.reason == "unreadable"
        told = status.format_text(status.status(context))
        assert "source x: STOPPED: x: Madrid: none of the 100 records of page 1 can be parsed: missing_field: text" in told
    stub.renamed = {}
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert steps.collect(context)["stored"] == 150
        assert gaps.open_gaps(context.ledger, "x") == []
        assert "STOPPED" not in status.format_text(status.status(context))
        assert [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False] == []


def test_x_without_threads_authors_and_languages_is_red_at_once_and_nothing_is_stored(town: Town, stub: XStub) -> None:
    """The review's own numbers: 100 of 100 were stored without an author, and the run was green."""
    stub.renamed = {"conversation_id": "conversation", "author_id": "author", "lang": "language"}
    with time_machine.travel(NOW, tick=False):
        context = town.open(TABLE)
        lost = r"page 1 lacks a field .*author_id \(100 of 100 records\), conversation_id \(100 of 100 records\), lang \(100 of 100"
        with pytest.raises(SourceError, match=lost) as failed:
            steps.collect(context)
        assert failed.value.fatal
        (state,) = read.sources(context.ledger)
        assert (state.received, state.stored) == (0, 0)
        assert "source x: STOPPED: x: Madrid: page 1 lacks" in status.format_text(status.status(context))
    stub.renamed = {}
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert steps.collect(context)["stored"] == 150


def test_a_person_s_word_counts_them_as_refused_and_status_names_the_field(town: Town, stub: XStub) -> None:
    stub.renamed = {"text": "words"}
    with time_machine.travel(NOW, tick=False):
        context = town.open(TABLE)
        with pytest.raises(SourceError):
            steps.collect(context)
        assert steps.collect(context, "x", accept_rejects=True)["rejected"] == 150
        told = status.format_text(status.status(context))
        assert "received 150, rejected 150 (missing_field: text 150)" in told
        assert "STOPPED" not in told


def test_the_schedule_does_not_try_again_but_tells() -> None:
    from dags.policy import RetryAfterPolicy  # loads Airflow: not in every worker that collects this file

    decision = RetryAfterPolicy().evaluate(SourceError("x", fatal=True), 1, 3)
    assert "fail" in str(decision.action).lower()


def test_accepting_needs_a_source(tmp_path: Path, stub: XStub) -> None:
    done = escucha("collect", "--accept-rejects", check=False, env=environment(tmp_path, profile(tmp_path, stub, TABLE)))
    assert done.returncode == ConfigurationError.exit_code
    assert "--accept-rejects: name the source with --source" in done.stderr.decode()


def test_whatever_a_network_answers_to_check_cost_and_deletions_is_told_in_words(
    town: Town, stub: XStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = town.open(TABLE)
    source = context.sources["x"]

    def stumbles(*_: object) -> None:
        json.loads('{"a": {}}')["a"]["field"]

    for name in ("check", "cost", "find_deleted"):
        monkeypatch.setattr(source.module, name, stumbles)
    (found,) = check.check(context, "x")
    assert (found.good, found.message) == (False, "its response has a format that this version does not support (KeyError: 'field')")
    with pytest.raises(EscuchaError, match="KeyError: 'field'"):
        cost.estimate(context, "x")
    with pytest.raises(SourceError, match="Nothing was removed"):
        sync_deletions._find_deleted(source, context, ["1"], budget=None)  # type: ignore[arg-type]
