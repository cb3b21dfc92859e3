"""Test how an episode starts, grows and ends as one warning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from trends.lifecycle import Known, compare
from trends.records import Episode

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUIET = 6 * HOUR
MAYOR = ("place", "service:noise|street|Calle Mayor")
ONE = Episode(MAYOR, NOON, NOON + HOUR / 2, NOON + HOUR, False, 5, 0.01, HOUR, 5, 9.0, ("a", "b", "c", "d", "e"))


def known(**more: object) -> Known:
    values = {
        "number": 1,
        "subject": ONE.subject,
        "start": ONE.start,
        "last_at": ONE.last_at,
        "ended": False,
        "post_ids": frozenset(ONE.post_ids),
        "announced": 5,
    } | more
    return Known(**values)  # type: ignore[arg-type]


def changes(before: list[Known], *found: Episode) -> list[tuple[int | None, tuple[str, ...]]]:
    return [(None if one.known is None else one.known.number, one.changes) for one in compare(before, found, QUIET)]


def test_a_new_episode_starts_and_the_same_again_changes_nothing() -> None:
    assert changes([], ONE) == [(None, ("started",))]
    assert changes([known()], ONE) == [(1, ())]
    assert changes([], replace(ONE, ended=True)) == [(None, ("started", "ended"))]


def test_a_follow_up_is_due_at_twice_the_people() -> None:
    assert changes([known()], replace(ONE, people=9)) == [(1, ())]
    assert changes([known()], replace(ONE, people=10)) == [(1, ("grew",))]
    assert changes([known()], replace(ONE, people=10, ended=True)) == [(1, ("grew", "ended"))]


def test_an_ended_warning_stays_ended() -> None:
    assert changes([known(ended=True)], replace(ONE, people=50, ended=True)) == [(1, ())]


def test_the_same_posts_under_another_subject_are_the_same_warning() -> None:
    """Move the start and the subject, as a late post does."""
    late = replace(
        ONE, subject=("place", "service:noise|district|Centro"), start=NOON - HOUR, post_ids=("z", *ONE.post_ids), also=(ONE.subject,)
    )
    assert changes([known()], late) == [(1, ())]


def test_another_event_in_the_same_street_next_week_is_another_warning() -> None:
    later = replace(ONE, start=NOON + 99 * HOUR, detected_at=NOON + 100 * HOUR, last_at=NOON + 101 * HOUR, post_ids=("x", "y"))
    assert changes([known()], later) == [(None, ("started",))]
