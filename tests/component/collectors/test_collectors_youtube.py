"""Test the YouTube collector on a stub, through real HTTP, without waiting.

Replies: `test_collectors_youtube_replies.py`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from collectors import youtube
from core.config.protocols import load_collector
from core.config.settings import Settings
from core.errors import BudgetSpentError, SourceError
from core.records.collection import Budget
from core.records.post import Raw, Reach
from ledger.database import open_ledger
from ledger.ingest import spending
from pipeline.budget import budget_of
from pipeline.context import Context
from pipeline.sources import Source
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply, Request
from tests.support.stubs.youtube import CHANNEL, KEY, VIDEO, YoutubeStub, comment, id_of, refusal
from tests.support.worlds import CITY, YOUTUBE_SECRETS as SECRETS, YoutubeWorld

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
OTHER = "UC" + "o" * 22


@pytest.fixture
def stub() -> Iterator[YoutubeStub]:
    with YoutubeStub() as running:
        yield running


@pytest.fixture
def world(stub: YoutubeStub) -> YoutubeWorld:
    return YoutubeWorld(stub)


def asked(stub: YoutubeStub, path: str) -> int:
    return sum(request.path == f"/youtube/v3/{path}" for request in stub.requests)


def test_comments_switched_off_or_a_channel_that_is_gone_do_not_stop_the_others(stub: YoutubeStub) -> None:
    stub.closed = {OTHER: refusal(403, "commentsDisabled"), VIDEO: refusal(404, "videoNotFound")}
    world = YoutubeWorld(stub, channels=(OTHER, CHANNEL), videos=(VIDEO,))
    world.say(burst(3, NOW))
    done = run(world, None, NOW)
    assert len(done.ids) == 3
    assert f"channel {OTHER}: its comments are switched off" in str(done.error)
    assert f"video {VIDEO}: YouTube has no such channel, video or comment" in str(done.error)
    assert not done.error.fatal  # type: ignore[union-attr]


def test_a_used_up_quota_ends_the_run_after_one_refusal_and_nothing_is_lost(stub: YoutubeStub) -> None:
    world = YoutubeWorld(stub, channels=(CHANNEL, OTHER))
    world.say(burst(450, NOW))
    world.faults(Faults(replies={3: refusal(403, "quotaExceeded")}))
    cut = run(world, None, NOW)
    assert len(cut.ids) == 200
    assert "midnight in California" in str(cut.error)
    assert cut.error.retry_after == 3600  # type: ignore[union-attr]  # 20 hours: more than a slot is held
    assert len(stub.requests) == 3
    world.faults(Faults())
    assert len({*cut.ids, *run(world, cut.cursor, NOW + timedelta(days=1)).ids}) == 450


def test_a_stale_token_begins_again_at_the_top_without_loss(world: YoutubeWorld) -> None:
    world.say(burst(450, NOW))
    capped = run(world, None, NOW, pages=2)
    world.stub.search.posts = [said for said in world.stub.search.posts if said.number != 450 - 199]
    again = run(world, capped.cursor, NOW + timedelta(minutes=30))
    assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
    assert len({*capped.ids, *again.ids}) == 450


@pytest.mark.parametrize(
    ("reply", "fatal", "words"),
    [
        (refusal(400, "keyInvalid"), True, "ESCUCHA_YOUTUBE_API_KEY"),
        (refusal(403, "accessNotConfigured"), True, "YouTube Data API v3 is enabled"),
        (refusal(403, "forbidden"), False, "refuses to show it (403, forbidden)"),
        (Reply({"error": {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}, 403), False, "wait 60 s"),
        (Reply(b"<html>busy</html>", 503, {"Content-Type": "text/html"}), False, "no usable answer"),
        (Reply({"error": {"code": 500}}, 500), False, "no usable answer (500)"),
        (Reply({}, 302, {"Location": "http://169.254.169.254/"}), False, "no usable answer (302)"),
        (Reply(b'{"items": ['), False, "no usable answer"),
        (Reply([1]), False, "not a list of comments"),
        (Reply({"items": 7}), False, "not a list of comments"),
        (Reply(cut=True), False, "no usable answer"),
    ],
    ids=["key", "not enabled", "403", "too fast", "503 html", "500", "redirect", "half json", "a list", "items", "cut"],
)
def test_a_refusal_is_an_error_in_words_after_one_request(world: YoutubeWorld, reply: Reply, fatal: bool, words: str) -> None:
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert refused.error is not None
    assert refused.error.fatal is fatal
    assert words in str(refused.error)
    assert KEY not in str(refused.error)
    assert len(world.stub.requests) == 1


def test_the_key_stands_in_no_address(world: YoutubeWorld) -> None:
    run(world, None, NOW)
    assert KEY not in str([(request.path, request.query) for request in world.stub.requests])


def test_every_request_is_paid_for_before_it_is_sent_and_the_day_has_an_end(world: YoutubeWorld, tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", b"0123456789abcdef")
    source = Source("youtube", load_collector("youtube", "test"), world.options.model_copy(update={"daily_requests": 3}), SECRETS, [])
    context = Context(CITY, Settings(home=tmp_path), b"0123456789abcdef", ledger, {"youtube": source}, CITY.path)
    world.say(burst(450, datetime.now(UTC)))
    read = collector_runs.Run()
    pages = world.collect(None, budget_of(context, source))
    with pytest.raises(BudgetSpentError, match="3 requests are used up for today"):
        read.took_all(pages)
    assert len(read.ids) == 300
    assert [gap.reason for gap in read.gaps] == ["budget"]
    assert len(world.stub.requests) == spending.spent(ledger, "youtube", datetime.now(UTC)).day_requests == 3
    ledger.close()


def test_gone_asks_twice_before_it_believes_that_a_comment_is_deleted(world: YoutubeWorld) -> None:
    said = burst(60, NOW)
    world.say(said)
    world.stub.deleted = {id_of(said[0]), id_of(said[55])}
    ids = [id_of(one) for one in said]
    found = youtube.find_deleted(CITY, world.options, SECRETS, ids, Budget(now=NOW, until=NOW))
    assert [one for one, is_gone in found.items() if is_gone is True] == [id_of(said[0]), id_of(said[55])]
    assert len(found) == 60
    assert asked(world.stub, "comments") == 4  # two lists, two alone


def test_gone_tells_of_the_others_when_one_comment_is_not_shown(world: YoutubeWorld) -> None:
    world.say(burst(3, NOW))
    shut, there, deleted = (id_of(Said(n, NOW)) for n in (1, 2, 3))
    world.stub.deleted = {deleted}
    world.stub.shut = {shut}
    found = youtube.find_deleted(CITY, world.options, SECRETS, [shut, there, deleted], Budget(now=NOW, until=NOW))
    assert found == {there: Reach(likes=4), deleted: True}


@pytest.mark.parametrize("after", [1, 2])
def test_gone_hands_over_what_it_learned_before_the_quota_was_gone(world: YoutubeWorld, after: int) -> None:
    world.say(burst(3, NOW))
    there, *deleted = (id_of(Said(n, NOW)) for n in (1, 2, 3))
    world.stub.deleted = set(deleted)
    answer = world.stub.answer

    def spent(request: Request) -> Reply:
        return answer(request) if len(world.stub.requests) <= after else refusal(403, "quotaExceeded")

    world.stub.answer = spent  # type: ignore[method-assign]
    found = youtube.find_deleted(CITY, world.options, SECRETS, [there, *deleted], Budget(now=NOW, until=NOW))
    assert found == {there: Reach(likes=4)} | dict.fromkeys(deleted[: after - 1], True)
    with pytest.raises(SourceError, match="midnight in California"):  # nothing was learned: that is told
        youtube.find_deleted(CITY, world.options, SECRETS, deleted, Budget(now=NOW, until=NOW))


def test_an_edited_reply_of_the_city_itself_carries_what_is_known_of_it() -> None:
    item = comment(
        "Ugx1.2",
        "2026-11-24T10:00:00Z",
        "Ya está arreglado",
        parentId="Ugx1",
        updatedAt="2026-11-24T11:00:00Z",
        authorChannelId={"value": CHANNEL},
    )
    del item["snippet"]["videoId"]
    raw = youtube.parse({"item": item, "place": "p", "received_at": NOW.isoformat(), "own": [CHANNEL], "video": VIDEO})
    assert isinstance(raw, Raw)
    assert raw.edited_at == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert (raw.own, raw.kind, raw.thread_id, raw.reply_to) == (True, "reply", "Ugx1", "Ugx1")
    assert raw.url == f"https://www.youtube.com/watch?v={VIDEO}&lc=Ugx1.2"


def test_check_says_what_it_found_or_why_not(world: YoutubeWorld) -> None:
    assert youtube.check(CITY, world.options, SECRETS) == (f"YouTube answers: the newest comment under {CHANNEL} does not exist yet")
    world.say([Said(1, NOW)])
    assert youtube.check(CITY, world.options, SECRETS).endswith("is of 2026-11-24T12:00:00Z")
    with pytest.raises(SourceError, match="ESCUCHA_YOUTUBE_API_KEY"):
        youtube.check(CITY, world.options, youtube.Secrets(youtube_api_key=SecretStr("wrong")))


@pytest.mark.parametrize("table", [{}, {"channels": ["@madrid"]}, {"videos": ["https://youtu.be/x"]}], ids=str)
def test_a_table_without_anything_to_watch_or_with_no_id_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        youtube.Options.model_validate(table)
