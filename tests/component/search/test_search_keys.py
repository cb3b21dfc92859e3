"""Test the read-only key, its requests, and the embedded engine's limit."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from escucha.commands import check as check_command, status as status_command
from ledger import read
from pipeline import all_steps as pipeline
from pipeline.context import Context
from search import queries
from search.connection.circuit_breaker import CircuitBreaker
from search.connection.engine import Engine, connect
from search.connection.transport import PlainJsonNode
from search.queries import limits
from tests.component.desk.test_desk_painter import NOW
from tests.support.seeded import open_seeded

pytest_plugins = ("tests.support.engines",)

ROOT = Path(__file__).parents[3]
READS = re.compile(r"(GET|HEAD) /|POST /(escucha-(posts|cases)/_search|_msearch)|GET /escucha-marker/_doc/\w+")
"""What docs/how-to/search-keys.md lets the reader do."""


@pytest.fixture
def context(tmp_path: Path, engine: Engine) -> Iterator[Context]:
    """Make twelve posts and two keys."""
    made = open_seeded(tmp_path, 12, NOW)
    keys = {"elasticsearch_api_key": SecretStr("d3JpdGVy"), "elasticsearch_reader_api_key": SecretStr("cmVhZGVy")}
    made.settings = made.settings.model_copy(update={"elasticsearch_url": engine.url, **keys})
    yield made
    made.ledger.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Record method, path and key of every request."""
    found: list[tuple[str, str]] = []
    perform = PlainJsonNode.perform_request

    def recorded(self: PlainJsonNode, method: str, target: str, *args: Any, **more: Any) -> Any:
        headers = more.get("headers") or args[1]
        found.append((f"{method} {target.partition('?')[0]}", headers.get("authorization", "")))
        return perform(self, method, target, *args, **more)

    monkeypatch.setattr(PlainJsonNode, "perform_request", recorded)
    return found


def test_pages_read_with_the_readers_key_and_do_only_what_it_may(context: Context, sent: list[tuple[str, str]]) -> None:
    pipeline.index(context)
    assert {key for _, key in sent} == {"ApiKey d3JpdGVy"}
    sent.clear()
    ids = [record.post_id for record in read.post_records(context.ledger)]

    def page(engine: Engine) -> None:
        queries.ping(engine)
        queries.search_posts(engine, "farola", {}, facets=["topic"])
        queries.run_many(engine, [("posts", {"size": 0}), ("cases", {"size": 0})])
        queries.similar_posts(engine, ids[0], 3, read.Vectors(context.ledger))

    CircuitBreaker(context.settings).ask(page, 20)
    assert {key for _, key in sent} == {"ApiKey cmVhZGVy"}
    assert [request for request, _ in sent if not READS.fullmatch(request)] == []
    assert len({request for request, _ in sent}) >= 3


def test_without_a_readers_key_pages_use_the_other_one(context: Context, sent: list[tuple[str, str]]) -> None:
    settings = context.settings.model_copy(update={"elasticsearch_reader_api_key": None})
    connect(settings, is_reader=True)
    assert {key for _, key in sent} == {"ApiKey d3JpdGVy"}


def test_the_embedded_engine_warns_before_its_limit_in_log_check_and_status(
    context: Context, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small = replace(engine, embedded=True)
    for module in ("pipeline.steps.index", "escucha.commands.check", "escucha.commands.status"):
        monkeypatch.setattr(f"{module}.connect", lambda *_args, **_more: small)
    monkeypatch.setattr(limits, "EMBEDDED_POSTS", 14)
    monkeypatch.setattr(check_command, "EMBEDDED_POSTS", 14)
    pipeline.index(context)
    assert "holds 12 posts and is made for at most 14" in caplog.text
    assert caplog.records[-1].levelno == logging.WARNING
    found = check_command._engine(context)
    assert (found.good, "made for at most 14" in found.message) == (True, True), "near it: a warning"
    assert "12 posts, generation g" in status_command._engine(context)
    monkeypatch.setattr(limits, "EMBEDDED_POSTS", 11)
    monkeypatch.setattr(check_command, "EMBEDDED_POSTS", 11)
    assert check_command._engine(context).good is False, "beyond it: red"
    monkeypatch.setattr(limits, "EMBEDDED_POSTS", 50_000)
    assert "made for" not in check_command._engine(context).message


def test_the_guide_grants_what_is_needed_and_no_more() -> None:
    guide = (ROOT / "docs" / "how-to" / "search-keys.md").read_text(encoding="utf-8")
    assert '"read"' in guide
    assert Settings.model_fields.keys() >= {"elasticsearch_reader_api_key"}
    assert "ESCUCHA_ELASTICSEARCH_READER_API_KEY" in guide
    assert "all" not in re.findall(r'"privileges": \[([^\]]*)\]', guide)
