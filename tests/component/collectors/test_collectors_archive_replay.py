"""An archive that is played again: in its order, over the 90 days that end yesterday."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collectors.archive import replay
from core.config.city import City, load_city
from tests.support.archive_files import MADRID, NOON, ROOT, Reader, line, write


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities/madrid.toml")


def test_an_archive_is_played_in_order_evenly_over_the_90_days_that_end_yesterday(city: City) -> None:
    raws, refused = Reader(city, "samples/decide_madrid.jsonl.gz", replay=True).run()
    days = Counter(raw.created_at.astimezone(MADRID).date() for raw in raws)
    assert (len(raws), refused) == (8389, {})
    assert (min(days), max(days), len(days)) == (date(2026, 8, 26), date(2026, 11, 23), 90)
    assert set(days.values()) == {93, 94}  # 8389 / 90 = 93.2
    assert all(raw.received_at == raw.created_at for raw in raws)
    played = sorted(raws, key=lambda raw: raw.created_at)
    real = [raw.replayed_from for raw in played if raw.replayed_from is not None]
    assert len(real) == 8389
    assert real == sorted(real)


def test_the_hour_is_kept_where_the_order_allows() -> None:
    """90 days, 4 messages each, in the order of their hours: every hour stays."""
    start = datetime(2015, 9, 1, tzinfo=MADRID)
    real = [start + timedelta(days=n // 4, hours=6 + 4 * (n % 4), minutes=n % 7) for n in range(360)]
    played = replay.spread_moments(real, MADRID, date(2026, 11, 23))
    assert [moment.astimezone(MADRID).time() for moment in played] == [moment.time() for moment in real]


def test_an_hour_that_would_break_the_order_is_given_up_and_no_other() -> None:
    """One day of the 90 holds 23:00, 8:00, 9:00, 10:00 of four real days: three can stay, 23:00 is put before them."""
    start = datetime(2015, 9, 1, tzinfo=MADRID)
    real = [start + timedelta(days=n, hours=[23, 8, 9, 10][n % 4]) for n in range(360)]
    played = replay.spread_moments(real, MADRID, date(2026, 11, 23))
    assert [moment.astimezone(MADRID).hour for moment in played[:4]] == [4, 8, 9, 10]


def test_messages_without_an_hour_stand_evenly_in_their_day() -> None:
    real = [datetime(2024, 1, 1 + n // 24, tzinfo=MADRID) for n in range(270)]
    played = replay.spread_moments(real, MADRID, date(2026, 11, 23))
    assert [moment.astimezone(MADRID).strftime("%d %H:%M") for moment in played[:4]] == ["26 06:00", "26 12:00", "26 18:00", "27 06:00"]


@pytest.mark.parametrize("last", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_order_holds_over_the_nights_of_the_clock_change(last: date) -> None:
    real = [datetime(2020, 1, 1, tzinfo=MADRID)] * 9000  # no hours: one every 14 minutes, also from two to three at night
    played = replay.spread_moments(real, MADRID, last)
    assert played == sorted(played)
    assert {moment.astimezone(MADRID).date() for moment in played} == {last - timedelta(days=n) for n in range(90)}


@pytest.mark.parametrize("posts", [0, 1, 89, 90, 91])
def test_few_messages_are_spread_too(posts: int) -> None:
    real = [datetime(2020, 1, 1, 10, n % 60, tzinfo=UTC) + timedelta(hours=n) for n in range(posts)]
    played = replay.spread_moments(real, MADRID, date(2026, 11, 23))
    assert len({moment.astimezone(MADRID).date() for moment in played}) == min(posts, 90)
    assert played == sorted(played)


def test_the_real_order_over_all_files_counts(city: City, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [line("c", created_at="2020-01-03"), line("a", created_at="2020-01-01")])
    write(tmp_path / "b.jsonl", [line("b", created_at="2020-01-02")])
    raws, _ = Reader(city, tmp_path / "*.jsonl", replay=True).run()
    assert [raw.native_id for raw in sorted(raws, key=lambda raw: raw.created_at)] == ["a", "b", "c"]


def test_the_anchor_is_kept_when_the_replay_goes_on_days_later(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", (line(n, created_at=f"2020-01-{n % 28 + 1:02}T10:00:00") for n in range(1100)))
    whole, _ = Reader(city, path, replay=True).run()
    pieces = Reader(city, path, replay=True)
    got = [raw for day in range(5) for raw in pieces.run(pages=1, now=NOON + timedelta(days=day))[0]]
    assert [(raw.native_id, raw.created_at) for raw in got] == [(raw.native_id, raw.created_at) for raw in whole]
    assert pieces.cursor is not None
    assert pieces.cursor["replay"]["anchor"] == "2026-11-23"  # type: ignore[index,call-overload]


def test_what_is_appended_to_a_replayed_archive_is_played_to_the_same_anchor(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(n, created_at="2020-01-01T10:00:00") for n in range(90)])
    reader = Reader(city, path, replay=True)
    reader.run()
    write(path, [line(n, created_at="2020-01-01T10:00:00") for n in range(180)])
    raws, _ = reader.run(now=NOON + timedelta(days=30))
    days = Counter(raw.created_at.astimezone(MADRID).date() for raw in raws)
    assert (len(raws), max(days), set(days.values())) == (180, date(2026, 11, 23), {2})


def test_the_year_9999_does_not_slip_in_under_a_replayed_date(city: City, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [line(1), line(2, created_at="9999-01-01"), line(3, "")])
    raws, refused = Reader(city, path, replay=True).run()
    assert [raw.native_id for raw in raws] == ["1"]
    assert refused == {"a.jsonl:2": "bad_date", "a.jsonl:3": "empty_text"}
