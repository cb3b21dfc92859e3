"""The Mastodon collector against a stub and against mastodon_mock with its faults, through Mastodon.py as it is."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, types_base
from mastodon.return_types import Status
from pydantic import SecretStr, ValidationError

from collectors import mastodon
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget
from core.records.post import Raw, Rejected
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, run
from tests.support.running import free_ports
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.mastodon import MastodonStub, snowflake, status
from tests.support.stubs.server import Reply, Request
from tests.support.worlds import CITY, MASTODON_OPEN as OPEN, MastodonWorld


@pytest.fixture
def stub() -> Iterator[MastodonStub]:
    with MastodonStub() as running:
        yield running


@pytest.fixture
def world(stub: MastodonStub) -> MastodonWorld:
    return MastodonWorld(stub)


@pytest.mark.parametrize(
    "forgets", [False, True, "everything"], ids=["honest server", "nothing for an unknown id", "everything for an unknown id"]
)
@pytest.mark.parametrize("deleted", [{1}, {30}, {1, 2, 3, 15, 29, 30}, set(range(1, 31))], ids=["oldest", "newest", "six", "all"])
def test_known_messages_that_were_deleted_do_not_blind_the_reader(deleted: set[int], forgets: bool | str) -> None:
    with MastodonStub(forgets=forgets) as stub:
        world = MastodonWorld(stub)
        first = collector_runs.started(world)
        stub.deleted = deleted
        world.say(burst(90, NOW, first=100))
        second = run(world, first.cursor, NOW)
        assert collector_runs.new_ids([second], first) == [90]
        world.say(burst(5, NOW + timedelta(minutes=5), first=300))
        third = run(world, second.cursor, NOW + timedelta(minutes=10))
        assert collector_runs.new_ids([third], collector_runs.merged(first, second)) == [5]


def test_a_first_read_over_a_cap_goes_on_below_and_then_upwards() -> None:
    with MastodonStub(forgets=True) as stub:
        world = MastodonWorld(stub)
        world.say(burst(130, NOW))
        capped = run(world, None, NOW, pages=2)
        assert len(capped.ids) == 80
        assert [(gap.reason, gap.older_than) for gap in capped.gaps] == [
            ("page_cap", str(snowflake(Said(51, NOW - timedelta(seconds=79)))))
        ]
        stub.deleted = {51}  # the id below which it would go on
        world.say(burst(20, NOW + timedelta(minutes=5), first=200))
        again = run(world, capped.cursor, NOW + timedelta(minutes=10))
        assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
        assert len(set(capped.ids) | set(again.ids)) == 150


def test_the_first_read_ends_at_the_look_back(world: MastodonWorld) -> None:
    world.say(burst(100, NOW - timedelta(days=3)))
    world.say(burst(10, NOW, first=200))
    # ten and thirty that are older; then a page of nothing but older ones ends it, and 30 are never asked for
    assert len(run(world, None, NOW).ids) == 80


@pytest.mark.parametrize("closed", [401, 403, 422])
def test_a_closed_server_is_said_after_the_open_one_was_read(stub: MastodonStub, closed: int) -> None:
    with MastodonStub() as other:
        other.closed = closed
        stub.timeline.posts = burst(3, NOW)
        options = mastodon.Options(servers=(other.url, stub.url), hashtags=("madrid", "lineamadrid"))
        pages = mastodon.collect(CITY, options, OPEN, None, Budget(now=NOW, until=NOW))
        done = collector_runs.Run()
        with pytest.raises(SourceError, match=rf"{other.url} returned \d+: its timelines are not public") as refused:
            done.took_all(pages)
        assert "ESCUCHA_MASTODON_TOKENS" in str(refused.value)
        assert len(set(done.ids)) == 3
        # the closed one is asked once, not for every hashtag
        assert sum("/timelines/" in request.path for request in other.requests) == 1


def test_a_broken_line_is_tried_again_a_few_times(world: MastodonWorld) -> None:
    world.say(burst(3, NOW))
    world.faults(Faults(replies={1: Reply(cut=True)}))
    assert len(run(world, None, NOW).ids) == 3
    world.faults(Faults(replies=dict.fromkeys(range(1, 6), Reply(cut=True))))
    assert "no usable answer (MastodonNetworkError: the connection was cut)" in str(run(world, None, NOW).error)


@pytest.mark.parametrize(
    ("reply", "rest"),
    [
        (Reply({"error": "x"}, 500), None),
        (Reply(b"<html>busy</html>", 503, {"Content-Type": "text/html"}), 60),
        (Reply(b"<html>busy</html>", 503, {"Content-Type": "text/html", "Retry-After": "900"}), 900),
        (Reply(b'[{"id": "1", "con'), None),
        (Reply(b"<html>hello</html>", 200, {"Content-Type": "text/html"}), None),
        (Reply({"statuses": []}), None),
    ],
    ids=["500", "503 html", "503 with a rest", "truncated json", "200 html", "an object"],
)
def test_an_answer_that_cannot_be_used_is_an_error_in_words(world: MastodonWorld, reply: Reply, rest: float | None) -> None:
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert refused.ids == []
    assert refused.error is not None
    assert world.stub.url in str(refused.error)
    assert refused.error.retry_after == rest


def test_a_token_goes_to_its_own_server_only(stub: MastodonStub) -> None:
    with MastodonStub() as other:
        secrets = mastodon.Secrets(mastodon_tokens={other.url: SecretStr("token-of-test")})
        options = mastodon.Options(servers=(other.url, stub.url), hashtags=("madrid",))
        list(mastodon.collect(CITY, options, secrets, None, Budget(now=NOW, until=NOW)))
        assert {request.headers.get("Authorization") for request in other.requests} == {"Bearer token-of-test"}
        assert {request.headers.get("Authorization") for request in stub.requests} == {None}


def test_the_same_message_on_two_servers_is_one(stub: MastodonStub) -> None:
    with MastodonStub() as other:
        stub.timeline.posts = other.timeline.posts = burst(4, NOW)
        options = mastodon.Options(servers=(other.url, stub.url), hashtags=("madrid",))
        pages = list(mastodon.collect(CITY, options, OPEN, None, Budget(now=NOW, until=NOW)))
        ids = [raw.native_id for page in pages for raw in page.raws]
        assert (len(ids), len(set(ids))) == (8, 4)


def parsed(item: dict[str, Any]) -> Raw | Rejected:
    return mastodon.parse({"item": item, "place": "p", "received_at": NOW.isoformat(), "server": "https://s.example"})


def test_html_becomes_text_and_a_local_name_gets_its_server() -> None:
    item = status(Said(1, NOW)) | {
        "spoiler_text": "Basura",
        "content": "<p>¿Otra vez? 3 &lt; 4<br>La calle <b>Mayor</b></p><p>Adiós</p><script>alert(1)</script>",
    }
    item["account"] |= {"acct": "MADRID"}
    raw = parsed(item)
    assert isinstance(raw, Raw)
    assert raw.text == "Basura\n¿Otra vez? 3 < 4\nLa calle Mayor\nAdiós"
    assert raw.handle == "MADRID@s.example"  # not the city: anybody can be called MADRID somewhere


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "post"),
        ({"in_reply_to_id": "12"}, "reply"),
        ({"quote": {"state": "accepted"}}, "quote"),
        ({"content": "", "reblog": {"content": "<p>de otra persona</p>"}}, "repost"),
    ],
    ids=["post", "reply", "quote", "boost"],
)
def test_replies_quotes_and_boosts_are_marked(changed: dict[str, Any], kind: str) -> None:
    raw = parsed(status(Said(1, NOW)) | changed)
    assert isinstance(raw, Raw)
    assert raw.kind == kind


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"visibility": "private"}, "not_public"),
        ({"visibility": "direct"}, "not_public"),
        ({"content": "<p></p>"}, "empty_text"),
        ({"created_at": None}, "bad_field: created_at"),
        ({"account": None}, "bad_field: account"),
        ({"content": "x" * 10_000_000}, "too_large"),
    ],
)
def test_what_is_not_public_or_not_readable_is_counted(changed: dict[str, Any], reason: str) -> None:
    rejected = parsed(status(Said(1, NOW)) | changed)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


def test_a_date_in_the_future_is_a_wrong_clock() -> None:
    raw = parsed(status(Said(1, NOW, claimed=datetime(2099, 1, 1, tzinfo=UTC))))
    assert isinstance(raw, Raw)
    assert raw.created_at == NOW


def test_only_the_servers_we_ask_are_asked_what_is_gone(stub: MastodonStub) -> None:
    here, deleted, elsewhere = (f"{stub.url}/api/v2/instance", f"{stub.url}/users/a/statuses/2", "https://other.example/3")
    options = mastodon.Options(servers=(stub.url,))
    found = mastodon.find_deleted(CITY, options, OPEN, [here, deleted, elsewhere], Budget(now=NOW, until=NOW))
    assert found == {here: False, deleted: True}


def test_a_server_that_does_not_answer_is_asked_once_what_is_gone_and_the_others_are_asked_about_theirs(stub: MastodonStub) -> None:
    class Dead(MastodonStub):
        def answer(self, request: Request) -> Reply:
            return Reply(cut=True)

    with Dead() as dead:
        there, gone = f"{stub.url}/api/v2/instance", f"{stub.url}/users/a/statuses/2"
        uris = [f"{dead.url}/1", f"{dead.url}/2", there, f"{dead.url}/3", gone]
        options = mastodon.Options(servers=(dead.url, stub.url))
        assert mastodon.find_deleted(CITY, options, OPEN, uris, Budget(now=NOW, until=NOW)) == {there: False, gone: True}
        assert len(dead.requests) == 1


def test_check_says_what_each_server_shows(stub: MastodonStub) -> None:
    with MastodonStub() as other:
        other.closed = 422
        stub.timeline.posts = burst(2, NOW)
        words = mastodon.check(CITY, mastodon.Options(servers=(stub.url, other.url)), OPEN)
        assert f"{stub.url} shows messages with #madrid, the newest is of 2026-11-24T12:00:00.000Z" in words
        assert f"{other.url} returned 422: its timelines are not public" in words
        with pytest.raises(SourceError, match="are not public"):
            mastodon.check(CITY, mastodon.Options(servers=(other.url,)), OPEN)


def test_names_and_handles_become_hashtags_once() -> None:
    assert mastodon.query(CITY, mastodon.Options()) == ["madrid", "lineamadrid"]
    city = CITY.model_copy(update={"questions": {"relevance": {"names": ["Las Rozas"]}}, "handles": ()})
    assert mastodon.query(city, mastodon.Options()) == ["lasrozas"]
    assert mastodon.query(city, mastodon.Options(hashtags=("LasRozas",))) == ["LasRozas"]


@pytest.mark.parametrize("server", ["mastodon.social", "ftp://x", "https://", "https://x/api"])
def test_what_is_no_servers_address_is_refused_with_the_profile(server: str) -> None:
    with pytest.raises(ValidationError, match="is not a server's address"):
        mastodon.Options(servers=(server,))


def test_no_post_is_cast_to_the_classes_of_the_library(world: MastodonWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast cost 60 % of the CPU time of a read, and its result is not used."""
    cast: list[object] = []
    real: Callable[..., object] = types_base.try_cast

    def counted(kind: object, value: object, *more: object) -> object:
        cast.append(kind)
        return real(kind, value, *more)

    monkeypatch.setattr(types_base, "try_cast", counted)
    world.say(burst(100, NOW))
    assert len(run(world, None, NOW).ids) == 100
    assert Status not in cast


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """mastodon_mock, a server of other people's making, with its faults."""
    (port,) = free_ports(1)
    command = [str(Path(sys.executable).with_name("mastodon_mock")), "serve", "--in-memory", "--port", port]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/api/v1/instance")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def _until_it_answers(url: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("mastodon_mock did not start within two minutes")


def fault(base: str, **effect: Any) -> None:
    rule = {"match": {"path": "/api/v1/timelines/*"}, "effect": effect, "count": 1}
    request = urllib.request.Request(f"{base}/api/v1/_mock/faults", json.dumps(rule).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60):
        pass


def read_mock(base: str, cursor: Json | None) -> collector_runs.Run:
    options = mastodon.Options(servers=(base,), hashtags=("madrid",))
    done, now = collector_runs.Run(cursor=cursor), datetime.now(UTC)
    try:
        for page in mastodon.collect(CITY, options, OPEN, cursor, Budget(now=now, until=now)):
            done.took(page)
    except SourceError as error:
        done.error = error
    return done


def test_on_mastodon_mock_every_fault_is_named_and_nothing_is_lost(mock: str) -> None:
    writer = Mastodon(api_base_url=mock, access_token="mock_token", request_timeout=60)  # noqa: S106 (the mock's own)
    for n in range(45):
        writer.status_post(f"Bache número {n} #madrid")
    first = read_mock(mock, None)
    assert len(set(first.ids)) == 45
    for n in range(10):
        writer.status_post(f"Farola número {n} #madrid")
    fault(mock, type="ratelimit", headers={"Retry-After": "100"})
    limited = read_mock(mock, first.cursor)
    assert limited.error is not None
    assert limited.error.retry_after == 100
    fault(mock, type="status", status=503)
    assert "503" in str(read_mock(mock, first.cursor).error)
    fault(mock, type="malformed")
    assert "no usable answer" in str(read_mock(mock, first.cursor).error)
    second = read_mock(mock, first.cursor)
    assert second.error is None
    assert collector_runs.new_ids([second], first) == [10]
