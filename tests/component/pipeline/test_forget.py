"""Forgetting cannot be undone: a wrong clock forgets nothing, a backlog waits for a person, and every usual night passes by itself."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ClockError, TooManyPostsError
from ledger import read
from ledger.database import open_ledger
from ledger.retention.forget import DuePosts
from ledger.system import clock as ledger_clock
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.health import clock
from pipeline.steps import forget
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile
from tests.support.ledger_facts import SALT, arrive, post

MADRID = ROOT / "cities" / "madrid.toml"
DAY = timedelta(days=1)
START = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)


class Town:
    """A town whose clock the test turns: each day some posts come in, and each night the schedule forgets."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.number = START, 0
        monkeypatch.setattr(forget, "now", lambda: self.clock)
        settings = Settings(home=home)
        self.ledger = open_ledger(settings.ledger, SALT)
        city = load_city(MADRID).model_copy(update={"retention": timedelta(days=30)})
        self.context = Context(city, settings, SALT, self.ledger, {}, MADRID)

    def listen(self, posts: int, age: timedelta = timedelta(0)) -> None:
        """Read this many posts now, written so long ago."""
        made = []
        for _ in range(posts):
            self.number += 1
            moment = self.clock - age - timedelta(seconds=1)
            made.append(post(self.number, created_at=moment, received_at=self.clock))
        arrive(self.ledger, made, now=self.clock)

    def live(self, days: int, posts: int = 20) -> int:
        """Live so many days; how many posts the nights forgot, none of them approved."""
        forgotten = 0
        for _ in range(days):
            self.clock += DAY
            self.listen(posts)
            forgotten += self.night()
        return forgotten

    def night(self, approve: int | None = None) -> int:
        return steps.forget(self.context, approve)["forgotten"]

    def posts(self) -> int:
        return read.count_posts(self.ledger)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(tmp_path, monkeypatch)


def test_every_usual_night_passes_without_a_word(town: Town) -> None:
    assert town.live(40) == 20 * 10
    assert town.posts() == 20 * 30


def test_a_storm_is_forgotten_as_it_came_in_without_a_word(town: Town) -> None:
    town.live(5)
    town.clock += DAY
    town.listen(900)
    assert town.live(31) == 20 * 6 + 900


def test_after_a_week_off_the_missed_nights_are_made_up_for_without_a_word(town: Town) -> None:
    town.live(31, posts=100)
    town.clock += 7 * DAY
    town.listen(1)
    assert town.night() == 700


def test_after_a_longer_outage_a_person_has_to_say_that_the_clock_is_right(town: Town) -> None:
    town.live(31)
    town.clock += 11 * DAY
    with pytest.raises(ClockError, match=r"nothing was written .*\(11 days\).*`escucha forget --approve 220`"):
        town.night()
    assert town.night(approve=220) == 220
    assert town.live(2) == 40


@pytest.mark.parametrize("ahead", [400 * DAY, 12 * DAY])
def test_a_clock_that_is_ahead_forgets_nothing(town: Town, ahead: timedelta) -> None:
    town.live(10)
    town.clock += ahead
    with pytest.raises(ClockError, match="the clock is wrong, or Escucha was not running"):
        town.night()
    assert town.posts() == 200


def test_what_was_read_by_the_wrong_clock_does_not_hide_that_it_jumped(town: Town) -> None:
    town.live(10)
    town.clock += 400 * DAY
    for _ in range(20):  # the listen schedules run on for hours before the night comes
        town.clock += timedelta(minutes=10)
        town.listen(1)
    with pytest.raises(ClockError, match="between 2026-03-11 03:30 UTC and 2027-04-15"):
        town.night()
    assert town.posts() == 220


def test_without_any_night_before_the_jump_is_found_among_the_runs(town: Town) -> None:
    for _ in range(5):
        town.clock += DAY
        town.listen(300)
    town.clock += 400 * DAY
    town.listen(1)
    with pytest.raises(ClockError):
        town.night()
    assert town.posts() == 1501


def test_a_clock_that_is_behind_forgets_nothing_until_somebody_says_it_is_right(town: Town) -> None:
    town.live(3)
    town.clock += 400 * DAY
    town.listen(1)
    town.clock -= 399 * DAY  # somebody set it right; what was read meanwhile bears the wrong time
    with pytest.raises(ClockError, match="the clock is wrong now, or was wrong then"):
        town.night()
    assert town.night(approve=0) == 0
    assert town.live(3) == 0
    town.clock -= 30 * DAY  # and now it is wrong again, but behind: nothing is forgotten too early by that
    assert town.night() == 0


def test_a_night_by_a_clock_far_behind_makes_no_jump_of_the_next_one(town: Town) -> None:
    """What a night writes itself is no moment of the future, and the clock that was accepted never goes back by itself."""
    town.live(3)
    for night in range(3):
        town.clock -= 400 * DAY
        with pytest.raises(ClockError):
            town.night()
        town.clock += 400 * DAY
        assert town.live(1) == 0, night


def test_a_clock_a_little_behind_is_no_fault(town: Town) -> None:
    town.live(3)
    town.clock -= timedelta(minutes=30)
    assert town.night() == 0


def test_a_backlog_waits_for_a_person_who_is_told_how_much_it_is(town: Town) -> None:
    town.live(3)
    town.listen(500, age=60 * DAY)
    with pytest.raises(TooManyPostsError, match=r"500 posts are older .* at most 200 .*`escucha forget --approve 500`"):
        town.night()
    assert town.posts() == 560


def test_approval_counts_exactly_the_oldest_first(town: Town) -> None:
    town.live(3)
    town.listen(700, age=60 * DAY)
    town.listen(50, age=90 * DAY)
    assert steps.forget(town.context, 601)["still due"] == 149
    assert read.count_posts(town.ledger, until=town.clock - 80 * DAY) == 0
    assert town.night(approve=1000) == 149


def test_a_shortened_retention_waits_for_a_person(town: Town) -> None:
    town.live(29)
    town.context.city = town.context.city.model_copy(update={"retention": DAY})
    with pytest.raises(TooManyPostsError):
        town.night()


@pytest.mark.parametrize(("all_posts", "days", "limit"), [(0, 1, 200), (1000, 100, 200), (100_000, 180, 5000), (9000, 10, 2700)])
def test_the_limit_is_a_few_a_small_share_or_three_usual_days(all_posts: int, days: int, limit: int) -> None:
    assert forget.backlog_limit(DuePosts(posts=0, backlog=0, all_posts=all_posts, days=days)) == limit


def test_an_empty_ledger_has_no_opinion_about_the_clock(town: Town) -> None:
    assert town.night() == 0
    assert ledger_clock.newest(town.ledger) == town.clock  # the night itself stands in the audit log


def test_a_source_is_not_read_by_a_clock_behind_its_last_run(town: Town) -> None:
    town.live(2)
    clock.check_not_behind(town.ledger, "archive", town.clock)
    clock.check_not_behind(town.ledger, "feeds", town.clock - 400 * DAY)  # was never read
    with pytest.raises(ClockError, match=r"archive was last collected at 2026-03-03 03:30 UTC: nothing was collected"):
        clock.check_not_behind(town.ledger, "archive", town.clock - 400 * DAY)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime (Debian: apt-get install faketime)")
def test_the_real_command_under_a_clock_400_days_ahead_forgets_nothing(tmp_path: Path) -> None:
    write_posts(tmp_path / "posts.jsonl", 60)
    env = environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))
    escucha("collect", env=env)
    for shift, words in (("+400 days", "the clock is wrong, or Escucha was not running"), ("-400 days", "was wrong then")):
        command = ["faketime", shift, str(ROOT / ".venv" / "bin" / "escucha"), "forget"]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert len(escucha("export", "posts", env=env).stdout.splitlines()) == 60
    done = subprocess.run(
        ["faketime", "+400 days", str(ROOT / ".venv" / "bin" / "escucha"), "forget", "--approve", "7"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert '"forgotten": 7' in done.stdout
    assert len(escucha("export", "posts", env=env).stdout.splitlines()) == 53
