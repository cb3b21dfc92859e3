"""Filling a search engine that fails on purpose: a scripted server that keeps its promises or breaks them, one step a request."""

import threading
from collections.abc import Iterator

import pytest

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from search import queries
from search.connection.engine import Engine, connect
from search.index import bulk, writer
from tests.support.made_facts import case, post
from tests.support.scripted_engine import (
    ENOUGH_S,
    Scripted,
    Step,
    Talk,
    commit_then_answer_for_fewer,
    commit_then_cut_the_answer,
    commit_then_lose_the_answer,
    commit_then_truncate,
    per_item,
    reset_before_reading_is_over,
    slow_above,
    whole,
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.fixture
def engine(server: Scripted) -> Engine:
    return connect(Settings(elasticsearch_url=f"http://127.0.0.1:{server.server_port}"))


class Waits(list[float]):
    """Collects how long we would have slept."""


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def retries(waits: Waits) -> writer.RetryPolicy:
    return writer.RetryPolicy(sleep=waits.append, jitter=lambda: 1.0)


POSTS = [post("a"), post("b"), post("c")]


@pytest.mark.parametrize(
    "step",
    [
        whole(429),
        whole(503),
        whole(502, "text/html", b"<html>Bad Gateway</html>"),
        whole(504),
        whole(200, "text/html", b"<html>Please log in to the Wi-Fi</html>"),
        whole(200, "application/json", b"<html>"),
        whole(200, "application/octet-stream", b"\x00"),
        reset_before_reading_is_over,
        commit_then_lose_the_answer,
        commit_then_cut_the_answer,
        commit_then_truncate,
        commit_then_answer_for_fewer,
    ],
    ids=["429", "503", "502 page", "504", "login page", "page as json", "bytes", "reset", "lost", "cut", "truncated", "fewer"],
)
def test_a_failed_request_is_sent_again_and_ends_with_each_document_once(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, waits: Waits, step: Step
) -> None:
    server.script = [step, step]
    assert writer.write(engine, POSTS, [case("C1")], retries=retries).ok == {"a", "b", "c", "C1"}
    assert server.versions == {"a": 1, "b": 1, "c": 1, "C1": 1}
    assert (server.packets, waits) == ([4, 4, 4], [0.5, 1.0])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 403])
def test_only_the_documents_that_failed_are_sent_again(server: Scripted, engine: Engine, retries: writer.RetryPolicy, status: int) -> None:
    server.script = [per_item(status, {"b", "c"}), per_item(status, {"c"})]
    written = writer.write(engine, POSTS, [], retries=retries)
    assert (written.ok, written.retry, written.refused) == ({"a", "b", "c"}, set(), {})
    assert server.packets == [3, 2, 1]


def test_what_the_mapping_refuses_is_never_sent_again_and_its_reason_has_no_text(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy
) -> None:
    reason = "failed to parse field [lat] of type [double] in document with id 'b'. Preview of field's value: 'vive en el 3.º B'"
    server.script = [per_item(400, {"b"}, {"type": "document_parsing_exception", "reason": reason})]
    written = writer.write(engine, POSTS, [], retries=retries)
    told = "document_parsing_exception: failed to parse field [lat] of type [double] in document with id 'b'."
    assert (written.ok, written.refused) == ({"a", "c"}, {"b": told})
    assert server.packets == [3]


def test_a_newer_version_in_the_engine_counts_as_done(server: Scripted, engine: Engine, retries: writer.RetryPolicy) -> None:
    server.versions = {"b": 9}
    assert writer.write(engine, POSTS, [], retries=retries).ok == {"a", "b", "c"}
    assert server.versions == {"a": 1, "b": 9, "c": 1}


def test_a_packet_that_is_too_large_is_halved_until_it_fits(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, waits: Waits
) -> None:
    server.script = [whole(413, "text/html", b"<html>Request Entity Too Large</html>")] * 2
    posts = [post(f"{n}") for n in range(8)]
    assert len(writer.write(engine, posts, [], retries=retries).ok) == 8
    assert (server.packets, waits) == ([8, 4, 2, 2, 4], [])


def test_one_document_that_is_too_large_is_refused_and_the_rest_goes_in(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy
) -> None:
    server.script = [whole(413), whole(413)]
    written = writer.write(engine, POSTS, [], retries=retries)
    assert written.refused == {"a": "too large for the search engine (HTTP 413)"}
    assert written.ok == {"b", "c"}


def test_an_engine_that_is_too_slow_for_a_packet_gets_halves(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, waits: Waits
) -> None:
    server.script = [slow_above(2)]
    posts = [post(f"{n}") for n in range(4)]
    written = writer.write(engine.within(ENOUGH_S), posts, [], retries=retries, targets=["g1-00000000"])
    assert len(written.ok) == 4
    assert (server.packets, waits) == ([4, 2, 2], [0.5])


def test_an_engine_that_answers_nothing_in_time_is_given_up(server: Scripted, engine: Engine, waits: Waits) -> None:
    server.script = [slow_above(0)]
    retries = writer.RetryPolicy(tries=3, sleep=waits.append, jitter=lambda: 1.0)
    posts = [post(f"{n}") for n in range(4)]
    written = writer.write(engine.within(ENOUGH_S), posts, [], retries=retries, targets=["g1-00000000"])
    assert (written.ok, len(written.retry)) == (set(), 4)
    own, of_the_socket = "no complete answer within", "timed out"
    assert own in written.why or of_the_socket in written.why
    assert (server.packets, waits) == ([4, 2, 1], [0.5, 1.0])


def test_patience_ends_and_what_is_left_waits_for_another_time(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_DOCUMENTS", 2)
    server.script = [per_item(200, set()), *[whole(503)] * 6]
    posts = [post(f"{n}") for n in range(7)]
    written = writer.write(engine, posts, [], retries=retries)
    assert (written.ok, written.retry) == ({"0", "1"}, {"2", "3", "4", "5", "6"})
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert server.packets == [2] * 7, "the packets behind the one that failed were not tried: they would wait as long"


def test_an_engine_that_is_gone_gives_everything_back(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Talk, "protocol_version", "HTTP/1.0")  # no connection stays open
    assert engine.answers()
    server.shutdown()
    server.server_close()
    written = writer.write(engine, POSTS, [], retries=retries, targets=["g1-00000000"])
    assert (written.ok, written.retry) == (set(), {"a", "b", "c"})
    assert not engine.answers()


def test_waits_are_shortened_by_chance_so_that_workers_do_not_march_in_step(waits: Waits) -> None:
    retries = writer.RetryPolicy(tries=9, sleep=waits.append, jitter=lambda: 0.0)
    assert [retries.wait(n) for n in range(9)] == [True] * 8 + [False]
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0]


@pytest.mark.parametrize(("status", "says"), [(401, "ESCUCHA_ELASTICSEARCH_API_KEY"), (403, "lacks a privilege")])
def test_a_closed_door_stops_at_once_and_says_what_to_set(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy, waits: Waits, status: int, says: str
) -> None:
    server.script = [whole(status)]
    with pytest.raises(ConfigurationError, match=says):
        writer.write(engine, POSTS, [], retries=retries)
    assert waits == []


def test_an_engine_that_makes_no_indices_says_which_setting_to_change(
    server: Scripted, engine: Engine, retries: writer.RetryPolicy
) -> None:
    server.script = [per_item(404, {"a"}, {"type": "index_not_found_exception", "reason": "no such index"})]
    with pytest.raises(ConfigurationError, match=r"action\.auto_create_index"):
        writer.write(engine, POSTS, [], retries=retries)


def test_packets_are_small(server: Scripted, engine: Engine, retries: writer.RetryPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_BYTES", 2_500)
    posts = [post(f"{n}", text="x" * 1_000) for n in range(4)] + [post("long", text="x" * 9_000)]
    assert len(writer.write(engine, posts, [], retries=retries).ok) == 5
    assert server.packets == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (whole(429), UnavailableError),
        (whole(503), UnavailableError),
        (whole(200, "text/html", b"<html>"), UnavailableError),
        (whole(200, "application/json", b"{"), UnavailableError),
        (reset_before_reading_is_over, UnavailableError),
        (whole(200, text=b'{"timed_out":false,"_shards":{"total":3,"successful":2,"failed":1}}'), UnavailableError),
        (whole(200, text=b'{"timed_out":true,"_shards":{"total":3,"successful":3,"failed":0}}'), UnavailableError),
        (whole(400), EscuchaError),
        (whole(401), ConfigurationError),
    ],
    ids=["429", "503", "page", "truncated", "reset", "a shard is missing", "timed out", "refused", "unknown user"],
)
def test_a_question_gets_a_whole_answer_or_an_error_of_ours(server: Scripted, engine: Engine, step: Step, error: type[Exception]) -> None:
    server.script = [step]
    with pytest.raises(error):
        queries.run(engine, "posts", {"size": 0})
