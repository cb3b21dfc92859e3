"""Test that early warning finds planted rises and nothing else."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from trends.chance import surprise
from trends.records import Episode, Rules, Sighting, Subject
from trends.rhythm import Clock, Rhythm, cap_of
from trends.subjects import cells_of, subjects_of, text_key, words_of
from trends.warnings import find_episodes

CLOCK = Clock(ZoneInfo("Europe/Madrid"), lambda day: day == date(2026, 10, 12))
END = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
RULES = Rules()
NOISE: Subject = ("service", "noise")
MAYOR: Subject = ("place", "service:noise|street|Calle Mayor")


def sighting(n: int, at: datetime, *subjects: Subject, person: str | None = None, source: str = "x") -> Sighting:
    key = f"{source}-{n:06d}"
    return Sighting(key, at, key if person is None else person, key, source, subjects)


def usual_month(each_hour: int = 1) -> list[Sighting]:
    """Return 40 even days of other services, from 8 to 22."""
    found = []
    for n in range(40 * 24):
        at = END - n * HOUR
        if 8 <= at.astimezone(CLOCK.zone).hour < 22:
            found += [sighting(n * 10 + m, at - m * MINUTE, ("service", ("roads", "waste")[(n + m) % 2])) for m in range(each_hour)]
    return found


def burst(count: int, *subjects: Subject, start: datetime = END - HOUR, first: int = 900_000) -> list[Sighting]:
    return [sighting(first + n, start + n * MINUTE, *subjects) for n in range(count)]


def found_in(sightings: list[Sighting], now: datetime = END, rules: Rules = RULES) -> list[Episode]:
    return find_episodes(sightings, now, END - 3 * DAY, CLOCK, rules)


def test_a_burst_in_a_street_is_one_episode_with_its_posts_and_is_found_at_the_third_person() -> None:
    posts = burst(9, NOISE, MAYOR)
    [one] = found_in([*usual_month(), *posts])
    assert (one.start, one.detected_at) == (posts[0].at, posts[2].at)
    assert (one.counted, one.people, one.ended) == (3, 9, False)
    assert one.post_ids == tuple(post.post_id for post in posts)
    assert (one.subject, one.also) == (MAYOR, ())  # nine people are few for noise in the whole city
    assert one.expected < 0.1


def test_neighbours_who_name_different_streets_tell_of_one_event() -> None:
    points = [(40.4168, -3.7038), (40.4180, -3.7012), (40.4156, -3.7049), (40.4172, -3.7021)]
    posts = [
        replace(one, subjects=subjects_of("noise", [("street", f"Calle {n}")], (), (), points[n])) for n, one in enumerate(burst(4, NOISE))
    ]
    [found] = found_in([*usual_month(), *posts])
    assert found.subject[0] == "near"
    assert found.post_ids == tuple(one.post_id for one in posts)
    assert all(found.subject in one.subjects for one in posts)
    apart = [replace(one, subjects=subjects_of("noise", [], (), (), (40.3 + n / 20, -3.7))) for n, one in enumerate(posts[:3])]
    assert found_in([*usual_month(), *apart]) == []


def test_a_word_of_everyday_is_no_event_and_a_new_one_is() -> None:
    usual = [replace(one, subjects=(*one.subjects, ("word", "barrio"))) if n % 50 == 0 else one for n, one in enumerate(usual_month(2))]
    assert "word" not in {one.subject[0] for one in found_in([*usual, *burst(9, ("word", "barrio"))])}
    assert [one.subject for one in found_in([*usual, *burst(9, ("word", "apagon"))])] == [("word", "apagon")]


def test_a_source_that_was_silent_and_returns_is_no_rise() -> None:
    written = [
        sighting(300_000 + day * 20 + n, END - day * DAY - n * HOUR / 2, NOISE, source="y")
        for day in [*range(2), *range(20, 40)]
        for n in range(20)
    ]
    assert found_in([*usual_month(), *written]) == []
    assert found_in([*usual_month(), *(one for one in written if END - one.at < 10 * DAY)]) != []  # the first posts of noise are one


def test_an_ordinary_month_gives_nothing() -> None:
    assert found_in(usual_month(3)) == []


def test_one_author_and_one_text_count_once() -> None:
    posts = burst(12, MAYOR)
    assert found_in([*usual_month(), *(replace(one, person="p") for one in posts)]) == []
    assert found_in([*usual_month(), *(replace(one, text_key="same") for one in posts)]) == []
    assert found_in([*usual_month(), *(replace(one, person="") for one in posts)]) == []  # unknown authors are one


def test_an_episode_ends_when_its_count_is_usual_again() -> None:
    posts = burst(9, MAYOR, start=END - 9 * HOUR)
    [one] = found_in([*usual_month(), *posts])
    assert one.ended
    assert one.last_at == posts[-1].at
    [before] = found_in([*usual_month(), *posts], now=posts[-1].at + HOUR)
    assert not before.ended
    assert (before.subject, before.start) == (one.subject, one.start)


def test_more_posts_of_everything_are_told_apart_from_an_event() -> None:
    """Report the volume of a network, and none of its services."""
    extra = [sighting(700_000 + n, END - 10 * HOUR + n * MINUTE, ("service", ("roads", "waste")[n % 2])) for n in range(600)]
    found = found_in([*usual_month(9), *extra])
    assert [one.subject[0] for one in found] == ["all"]
    assert ("volume", "x") in found[0].also


def test_without_a_week_of_history_nothing_is_reported() -> None:
    young = [one for one in usual_month() if END - one.at < 5 * DAY]
    assert found_in([*young, *burst(12, MAYOR)]) == []


def test_a_larger_budget_finds_smaller_events() -> None:
    history = [*usual_month(), *(sighting(800_000 + n, END - (n + 1) * DAY, MAYOR) for n in range(35))]
    some = [*history, *burst(4, MAYOR, start=END - 7 * HOUR)]
    strict, lax = (found_in(some, rules=Rules(false_alarms_per_week=budget)) for budget in (1e-5, 10.0))
    assert strict == []
    assert [one.subject for one in lax] == [MAYOR]


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_posts_changes_nothing(chance: object) -> None:
    posts = [*usual_month(), *burst(9, NOISE, MAYOR), *burst(6, ("word", "apagon"), start=END - 20 * HOUR, first=950_000)]
    expected = found_in(posts)
    assert len(expected) == 2
    chance.shuffle(posts)  # type: ignore[attr-defined]
    assert found_in(posts) == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 300), st.floats(0.001, 50), st.floats(0.05, 100))
def test_surprise_grows_with_the_count_and_falls_with_what_is_expected(count: int, mean: float, size: float) -> None:
    assert surprise(count + 1, mean, size) >= surprise(count, mean, size) - 1e-9
    assert surprise(count, mean * 1.5, size) <= surprise(count, mean, size) + 1e-9


def test_the_rhythm_has_quiet_nights_and_a_holiday_is_a_sunday() -> None:
    hours = Counter((at.date(), at.hour) for at in (one.at.astimezone(CLOCK.zone) for one in usual_month(3)))
    days = sorted({day for day, _hour in hours})[1:-1]
    rhythm = Rhythm(CLOCK, hours, days)
    night, noon = (datetime(2026, 11, 18, hour, tzinfo=UTC) for hour in (2, 11))
    assert rhythm.between(night, night + HOUR) < 0.25 * rhythm.between(noon, noon + HOUR)
    assert CLOCK.day_type(date(2026, 10, 12)) == CLOCK.day_type(date(2026, 10, 11)) == 2
    whole = rhythm.between(noon, noon + 7 * DAY)
    assert abs(whole - sum(rhythm.of_day(date(2026, 11, 18) + n * DAY) for n in range(7))) < 1e-6


def test_days_of_an_event_do_not_raise_what_is_usual() -> None:
    assert cap_of([1, 2, 1, 0, 2, 1, 400]) < 7


def test_the_subjects_of_a_post() -> None:
    text = "¡Sin agua en la calle Mayor! @user http://x.example Sin AGUA"
    assert words_of(text) == ("agua", "calle", "mayor")
    assert text_key("¡Sin agua! http://a.example") == text_key("sin AGUA @otro")
    found = subjects_of("water_sewage", [("street", "Calle Mayor"), ("unresolved", "x")], ("agua",), ["leak"], (40.4168, -3.7038))
    cells = [f"{row}|{column}" for row, column in cells_of((40.4168, -3.7038))]
    assert len(set(cells)) == 4
    assert found == (
        ("object", "leak"),
        ("service", "water_sewage"),
        *(("near", f"object:leak|{one}") for one in cells),
        ("place", "object:leak|street|Calle Mayor"),
        *(("near", f"service:water_sewage|{one}") for one in cells),
        ("place", "service:water_sewage|street|Calle Mayor"),
        ("word", "agua"),
    )
    assert subjects_of("other", [("street", "Calle Mayor")], ()) == ()  # a street alone is no subject
