"""The YouTube collector against a stub, through real HTTP; nobody sleeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from collectors import youtube
from core.config.protocols import load_collector
from core.config.settings import Settings
from core.errors import BudgetSpentError, SourceError
from core.records import Json
from core.records.collection import Budget, Gap
from core.records.post import Raw
from ledger.database import open_ledger
from ledger.ingest import spending
from pipeline.budget import budget_of
from pipeline.context import Context, Source
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


def replies(thread: Said, count: int) -> list[dict[str, Any]]:
    moment = thread.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        comment(f"{id_of(thread)}.{n}", moment, f"Aquí también ({n})", parentId=id_of(thread)) for n in range(count)
    ]


def asked(stub: YoutubeStub, path: str) -> int:
    return sum(request.path == f"/youtube/v3/{path}" for request in stub.requests)


def test_replies_that_stand_beside_their_comment_cost_nothing_more(world: YoutubeWorld) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = world.stub.beside[id_of(said)] = replies(said, 3)
    done = run(world, None, NOW)
    assert done.ids == [id_of(said), *(f"{id_of(said)}.{n}" for n in range(3))]
    assert asked(world.stub, "comments") == 0


def test_the_other_replies_are_asked_for_page_by_page_and_again_only_when_there_are_more(world: YoutubeWorld) -> None:
    said = Said(1, NOW - timedelta(hours=1))
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 250)
    world.stub.beside[id_of(said)] = replies(said, 5)
    first = run(world, None, NOW)
    assert len(set(first.ids)) == 251
    assert asked(world.stub, "comments") == 3
    second = run(world, first.cursor, NOW + timedelta(minutes=30))
    assert asked(world.stub, "comments") == 3  # nothing new: nothing asked
    world.stub.replies[id_of(said)] = replies(said, 252)
    third = run(world, second.cursor, NOW + timedelta(hours=1))
    assert collector_runs.new_ids([third], first) == [2]


def test_replies_that_a_full_run_could_not_read_are_read_by_the_next_ones(world: YoutubeWorld) -> None:
    said = burst(30, NOW)
    world.say(said)
    world.stub.replies |= {id_of(one): replies(one, 10) for one in said}
    done = collector_runs.runs(world, None, NOW, 12, pages=4)
    assert len({native_id for each in done for native_id in each.ids}) == 30 + 300
    assert done[0].pages == 4
    assert done[-1].cursor["streams"][f"channel {CHANNEL}"]["owed"] == {}  # type: ignore[index,call-overload]


@pytest.mark.parametrize("killed_after", range(1, 5))
def test_a_kill_between_the_replies_loses_none(world: YoutubeWorld, killed_after: int) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 250)
    killed = run(world, None, NOW, kill_after=killed_after)
    rest = run(world, killed.cursor, NOW + timedelta(minutes=1))
    assert len({*killed.ids, *rest.ids}) == 251


def test_a_comment_deleted_before_its_replies_were_read_is_handed_over_as_deleted(world: YoutubeWorld) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 10)
    world.stub.closed[id_of(said)] = refusal(404, "commentNotFound")
    pages = list(world.collect(None, Budget(now=NOW, until=NOW)))
    assert [page.deleted for page in pages] == [(), (id_of(said),)]
    assert pages[-1].cursor["streams"][f"channel {CHANNEL}"]["owed"] == {}  # type: ignore[index,call-overload]


REPLIES = f"channel {CHANNEL} replies"


def owed(cursor: Any) -> dict[str, Any]:
    return cursor["streams"][f"channel {CHANNEL}"]["owed"]  # type: ignore[no-any-return]


def crowded(world: YoutubeWorld) -> tuple[Said, Said]:
    """Two comments with ten replies each; those of the first, YouTube will not show."""
    closed, open_ = Said(1, NOW - timedelta(hours=1)), Said(2, NOW - timedelta(hours=2))
    world.say([closed, open_])
    world.stub.replies = {id_of(one): replies(one, 10) for one in (closed, open_)}
    world.stub.closed[id_of(closed)] = refusal(400, "processingFailure")
    return closed, open_


@pytest.mark.parametrize("reply", [refusal(400, "processingFailure"), refusal(403, "forbidden"), Reply({}, 500)])
def test_replies_that_are_refused_for_ever_are_a_gap_and_keep_nothing_else_from_being_read(
    world: YoutubeWorld, reply: Reply
) -> None:
    closed, open_ = crowded(world)
    world.stub.closed[id_of(closed)] = reply
    ids: set[str] = set()
    cursor: Json | None = None
    gaps: list[Gap] = []
    for n in range(8):
        world.say([Said(100 + n, NOW + timedelta(minutes=30 * n))])
        done = run(world, cursor, NOW + timedelta(minutes=30 * n + 1))
        assert (done.error, done.filled) == (None, [])
        ids, cursor, gaps = ids | set(done.ids), done.cursor, [*gaps, *done.gaps]
    assert ids == {id_of(closed), *(f"{id_of(open_)}.{n}" for n in range(10)), id_of(open_)} | {
        id_of(Said(100 + n, NOW)) for n in range(8)
    }
    assert [(gap.stream, gap.reason) for gap in gaps] == [(REPLIES, "refused")] * 5
    assert owed(cursor) == {}  # five runs are enough: they are asked for no more


def test_replies_that_were_refused_for_a_while_are_read_in_the_end_and_close_their_gap(world: YoutubeWorld) -> None:
    closed, _ = crowded(world)
    first = run(world, None, NOW)
    assert [gap.stream for gap in first.gaps] == [REPLIES]
    world.stub.closed = {}
    second = run(world, first.cursor, NOW + timedelta(minutes=30))
    assert second.filled == [REPLIES]
    assert set(second.ids) >= {f"{id_of(closed)}.{n}" for n in range(10)}


def test_a_gap_stays_open_when_some_of_its_replies_were_given_up(world: YoutubeWorld) -> None:
    closed, open_ = crowded(world)
    world.stub.closed[id_of(open_)] = refusal(403, "forbidden")
    done = collector_runs.runs(world, None, NOW, 4)
    late = Said(3, NOW)
    world.say([late])
    world.stub.replies[id_of(late)] = replies(late, 10)
    world.stub.closed[id_of(late)] = refusal(403, "forbidden")
    fifth = run(world, done[-1].cursor, NOW + timedelta(hours=1))
    assert list(owed(fifth.cursor)) == [id_of(late)]
    world.stub.closed = {}
    healed = run(world, fifth.cursor, NOW + timedelta(hours=2))
    assert (owed(healed.cursor), healed.filled) == ({}, [])
    assert not any(one.startswith(f"{id_of(closed)}.") for one in healed.ids)


def test_an_outage_gives_up_no_replies(world: YoutubeWorld) -> None:
    closed, _ = crowded(world)
    first = run(world, None, NOW)
    answer, world.stub.answer = world.stub.answer, lambda request: Reply({}, 500)  # type: ignore[method-assign]
    out = collector_runs.runs(world, first.cursor, NOW + timedelta(minutes=30), 8)
    assert {str(one.error) for one in out} == {"YouTube gave no usable answer (500); tried again later"}
    world.stub.answer, world.stub.closed = answer, {}  # type: ignore[method-assign]
    healed = run(world, out[-1].cursor, NOW + timedelta(hours=5))
    assert set(healed.ids) >= {f"{id_of(closed)}.{n}" for n in range(10)}


def test_a_channel_that_is_watched_no_more_takes_the_gap_of_its_replies_with_it(world: YoutubeWorld) -> None:
    crowded(world)
    first = run(world, None, NOW)
    world.options = world.options.model_copy(update={"channels": (OTHER,)})
    pages = list(world.collect(first.cursor, Budget(now=NOW, until=NOW)))
    assert pages[0].dropped == (f"channel {CHANNEL}", REPLIES)


@pytest.mark.parametrize("at_the_top", [True, False], ids=["newest first", "oldest first"])
def test_a_reply_that_comes_while_the_others_are_being_read_is_read_too(world: YoutubeWorld, at_the_top: bool) -> None:
    said = Said(1, NOW - timedelta(hours=1))
    world.say([said])
    there = world.stub.replies[id_of(said)] = replies(said, 250)
    first = run(world, None, NOW, pages=2)  # the comments, and a hundred of the replies
    (late,) = replies(said, 251)[250:]
    there.insert(0 if at_the_top else len(there), late)
    rest = collector_runs.runs(world, first.cursor, NOW + timedelta(minutes=30), 6, pages=2)
    assert len({*first.ids, *(one for each in rest for one in each.ids)}) == 252
    assert owed(rest[-1].cursor) == {}


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
def test_a_refusal_is_an_error_in_words_after_one_request(
    world: YoutubeWorld, reply: Reply, fatal: bool, words: str
) -> None:
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


def test_every_request_is_paid_for_before_it_is_sent_and_the_day_has_an_end(
    world: YoutubeWorld, tmp_path: Path
) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", b"0123456789abcdef")
    source = Source(
        "youtube",
        load_collector("youtube", "test"),
        world.options.model_copy(update={"daily_requests": 3}),
        SECRETS,
        [],
    )
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
    assert [one for one, is_gone in found.items() if is_gone] == [id_of(said[0]), id_of(said[55])]
    assert len(found) == 60
    assert asked(world.stub, "comments") == 4  # two lists, two alone


def test_gone_tells_of_the_others_when_one_comment_is_not_shown(world: YoutubeWorld) -> None:
    world.say(burst(3, NOW))
    shut, there, deleted = (id_of(Said(n, NOW)) for n in (1, 2, 3))
    world.stub.deleted = {deleted}
    world.stub.shut = {shut}
    found = youtube.find_deleted(CITY, world.options, SECRETS, [shut, there, deleted], Budget(now=NOW, until=NOW))
    assert found == {there: False, deleted: True}


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
    assert found == {there: False} | dict.fromkeys(deleted[: after - 1], True)
    with pytest.raises(SourceError, match="midnight in California"):  # nothing was learned: that is told
        youtube.find_deleted(CITY, world.options, SECRETS, deleted, Budget(now=NOW, until=NOW))


def test_an_edited_reply_of_the_city_itself_carries_what_is_known_of_it() -> None:
    item = comment("Ugx1.2", "2026-11-24T10:00:00Z", "Ya está arreglado", parentId="Ugx1", updatedAt="2026-11-24T11:00:00Z",
                   authorChannelId={"value": CHANNEL})  # fmt: skip
    del item["snippet"]["videoId"]
    raw = youtube.parse({"item": item, "place": "p", "received_at": NOW.isoformat(), "own": [CHANNEL], "video": VIDEO})
    assert isinstance(raw, Raw)
    assert raw.edited_at == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert (raw.own, raw.kind, raw.thread_id, raw.reply_to) == (True, "reply", "Ugx1", "Ugx1")
    assert raw.url == f"https://www.youtube.com/watch?v={VIDEO}&lc=Ugx1.2"


def test_check_says_what_it_found_or_why_not(world: YoutubeWorld) -> None:
    assert youtube.check(CITY, world.options, SECRETS) == (
        f"YouTube answers: the newest comment under {CHANNEL} does not exist yet"
    )
    world.say([Said(1, NOW)])
    assert youtube.check(CITY, world.options, SECRETS).endswith("is of 2026-11-24T12:00:00Z")
    with pytest.raises(SourceError, match="ESCUCHA_YOUTUBE_API_KEY"):
        youtube.check(CITY, world.options, youtube.Secrets(youtube_api_key=SecretStr("wrong")))


@pytest.mark.parametrize("table", [{}, {"channels": ["@madrid"]}, {"videos": ["https://youtu.be/x"]}], ids=str)
def test_a_table_without_anything_to_watch_or_with_no_id_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        youtube.Options.model_validate(table)
