"""A source that has fallen silent is an alarm: once, in words, and on the page of sources until it speaks again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from core.errors import SourceError, SourceIsQuietError
from core.records.collection import Gap, Page
from desk.app import create_app
from escucha.commands.status import format_text, status
from ledger import read
from pipeline.health.freshness import quiet_since
from tests.support.played import Played, raw

pytest_plugins = ("tests.support.played_fixtures",)
Make = Callable[..., Played]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def page(*native_ids: str) -> Page:
    return Page(raws=tuple(raw(one) for one in native_ids), cursor={"at": len(native_ids)})


def test_a_source_that_brought_nothing_for_longer_than_quiet_after_is_an_alarm_once(played: Make) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))
    town.collect(page(), after=23 * HOUR)
    with pytest.raises(SourceIsQuietError, match=r"x: nothing new since .* quiet_after of 24 hours.*--source x"):
        town.collect(page(), after=2 * HOUR)
    assert town.collect(page(), after=HOUR) == {"stored": 0, "duplicate": 0, "updated": 0, "rejected": 0, "withdrawn": 0, "objected": 0}


def test_a_silence_after_the_next_post_is_an_alarm_of_its_own(played: Make) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))
    with pytest.raises(SourceIsQuietError):
        town.collect(page(), after=2 * DAY)
    assert town.collect(page("2"), after=HOUR)["stored"] == 1
    with pytest.raises(SourceIsQuietError):
        town.collect(page(), after=2 * DAY)


def test_posts_that_are_read_again_do_not_break_a_silence(played: Make) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))
    with pytest.raises(SourceIsQuietError):
        town.collect(page("1"), after=25 * HOUR)


def test_a_source_that_was_never_read_or_just_for_the_first_time_is_not_quiet(played: Make) -> None:
    town = played(quiet_after=DAY)
    assert quiet_since(town.context.sources["x"], None, town.clock) is None
    town.collect(page())
    town.collect(page(), after=23 * HOUR)


def test_a_source_that_never_brought_anything_is_quiet_from_its_first_read_on(played: Make) -> None:
    town = played(quiet_after=DAY)
    town.collect(page())
    with pytest.raises(SourceIsQuietError):
        town.collect(page(), after=25 * HOUR)


def test_a_source_without_quiet_after_is_never_quiet(played: Make) -> None:
    town = played()
    town.collect(page("1"))
    town.collect(page(), after=365 * DAY)


def test_a_source_that_refuses_is_a_failure_and_not_a_silence(played: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))

    def refuse(*_: object) -> list[Page]:
        raise SourceError("the key is wrong", fatal=True)

    monkeypatch.setattr(town.context.sources["x"].module, "collect", refuse)
    with pytest.raises(SourceError, match="the key is wrong") as refused:
        town.collect(after=3 * DAY)
    assert refused.value.fatal


@pytest.mark.parametrize("retry_after", [None, 60])
def test_one_stream_that_refuses_does_not_hide_the_silence_of_the_source(
    played: Make, monkeypatch: pytest.MonkeyPatch, retry_after: float | None
) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))

    def refuse(*_: object) -> Iterator[Page]:
        yield page()
        raise SourceError("one server is closed", retry_after=retry_after)

    monkeypatch.setattr(town.context.sources["x"].module, "collect", refuse)
    with pytest.raises(SourceError, match="one server is closed; x: nothing new since") as told:
        town.collect(after=2 * DAY)
    assert told.value.fatal  # a silence is told once: the scheduler must not try again before somebody has heard it
    with pytest.raises(SourceError, match=r"^one server is closed$") as again:
        town.collect(after=HOUR)
    assert not again.value.fatal


def test_a_silence_stands_in_the_status_until_it_ends(played: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = played(quiet_after=DAY)
    monkeypatch.setattr("escucha.commands.status.now", lambda: town.clock)
    town.collect(page("1"))
    assert status(town.context)["sources"]["x"]["quiet_since"] is None
    with pytest.raises(SourceIsQuietError):
        town.collect(page(), after=2 * DAY)
    standing = status(town.context)
    assert standing["sources"]["x"]["quiet_since"] == (town.clock - 2 * DAY).isoformat()
    assert "source x: on, SILENT: nothing new since" in format_text(standing)
    town.collect(page("2"), after=HOUR)
    assert "SILENT" not in format_text(status(town.context))


def test_when_it_was_last_heard_outlives_the_posts(played: Make) -> None:
    town = played(quiet_after=DAY)
    town.collect(page("1"))
    heard = town.clock
    town.collect(Page(cursor={"at": 2}, deleted=("1",)), after=HOUR)
    (state,) = read.sources(town.ledger)
    assert (state.newest, state.heard_at, state.withdrawn) == (None, heard, 1)


@pytest.mark.parametrize(
    ("language", "silent", "lost"),
    [
        ("es", "en silencio demasiado tiempo", "perdido: el perfil ya no lo pide"),
        ("en", "silent for too long", "lost: no longer in the profile"),
    ],
)
def test_the_desk_shows_silences_and_lost_stretches(played: Make, language: str, silent: str, lost: str) -> None:
    town = played(quiet_after=DAY)
    gap = Gap(stream="mentions", newer_than="1", older_than="9", reason="page_cap")
    town.collect(Page(raws=(raw("1"),), cursor={"at": 1}, gap=gap))
    town.collect(Page(cursor={"at": 2}, dropped=("mentions",)))
    client = TestClient(
        create_app(town.context), base_url="http://127.0.0.1", client=("127.0.0.1", 50000), headers={"accept-language": language}
    )
    assert silent not in client.get("/sources").text
    town.clock += 2 * DAY
    page_of_sources = client.get("/sources").text
    assert silent in page_of_sources
    assert lost in page_of_sources
