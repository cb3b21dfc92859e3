"""Every panel gives the ledger's numbers: counted by hand, and the same from every search engine."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.records.read_models import CaseRecord, PostRecord
from dashboards import es_query, expected as compute
from dashboards.boards.profile import DISTRICT_PAGE, SERVICE
from dashboards.panels import DASHBOARDS, PANELS, Window
from dashboards.spec.clock import Hours
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Layer, Panel, Percentiles, Row
from dashboards.spec.split import Split
from search import queries
from search.connection.engine import Engine
from search.index import generations, writer
from tests.support.made_facts import case, many_cases, many_posts, post

pytest_plugins = ("tests.support.engines",)

MADRID = ZoneInfo("Europe/Madrid")
AUTUMN = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=MADRID)
"""28 days that hold the night of 25 October, which has 25 hours in Madrid."""
SPRING = Window(now=datetime(2026, 4, 10, 5, tzinfo=UTC), zone=MADRID)
"""And those of 29 March, which has 23."""
FIELDS = {"posts": PostRecord.model_fields.keys(), "cases": CaseRecord.model_fields.keys()}


def count(key: str, view: Window, *facts: PostRecord | CaseRecord) -> list[Row]:
    posts = [one for one in facts if isinstance(one, PostRecord)]
    cases = [one for one in facts if isinstance(one, CaseRecord)]
    return [row for row in compute.rows(PANELS[key], posts, cases, view) if row[-1]]


def asked(engine: Engine, panel: Panel, view: Window) -> list[Row]:
    return es_query.rows(panel, queries.run(engine, panel.index, es_query.body(panel, view)), view)


def test_there_are_nine_dashboards_with_the_panels_the_city_asked_for() -> None:
    wanted = ["now", "service", "district", "conversation", "cases", "answers", "health", "campaign", "trust"]
    assert [one.key for one in DASHBOARDS] == wanted
    assert len(PANELS) >= 45
    assert list(PANELS) == [panel.key for one in DASHBOARDS for panel in one.panels], "a key is there twice"


LENSES: dict[str, dict[str, Any]] = {"autumn": {"now": AUTUMN.now}, "spring without replay": {"now": SPRING.now, "replay": False}}


@pytest.mark.parametrize("lens", LENSES)
def test_every_panel_agrees_with_the_ledger_on_a_seeded_crowd(engine: Engine, lens: str) -> None:
    view = Window(zone=MADRID, **LENSES[lens])
    posts, cases = many_posts(1_400, view.now, seed=7), many_cases(500, view.now, seed=8)
    written = writer.write(engine, posts, cases)
    assert (len(written.ok), written.refused) == (1_900, {})
    writer.refresh(engine)
    for panel in PANELS.values():
        expected = compute.rows(panel, posts, cases, view)
        answer = queries.run(engine, panel.index, es_query.body(panel, view))
        assert es_query.rows(panel, answer, view) == expected, panel.key
        assert es_query.totals(panel, answer, view) == compute.totals(panel, posts, cases, view), panel.key
        assert any(row[-1] for row in expected), f"{panel.key} proves nothing: it has no number"


@pytest.mark.parametrize(
    ("filters", "earlier", "within"),
    [((("district", "Centro"), ("sentiment", "negative")), (42, 14), False), ((("topic", "noise"),), None, True)],
    ids=["filters and another comparison", "an area"],
)
@pytest.mark.slow
def test_every_panel_agrees_with_the_ledger_under_a_lens(
    engine: Engine, filters: tuple[tuple[str, str], ...], earlier: tuple[int, int] | None, within: bool
) -> None:
    posts, cases = many_posts(1_400, AUTUMN.now, seed=7), many_cases(500, AUTUMN.now, seed=8)
    ids = frozenset(one.post_id for one in posts[::2]), frozenset(one.case_key for one in cases[::3])
    view = Window(
        now=AUTUMN.now,
        zone=MADRID,
        filters=filters,
        earlier=None if earlier is None else (AUTUMN.midnight(earlier[0]), AUTUMN.midnight(earlier[1])),
        within=ids if within else None,
    )
    writer.write(engine, posts, cases)
    writer.refresh(engine)
    told = 0
    for panel in [*PANELS.values(), *SERVICE.panels, *DISTRICT_PAGE.panels]:
        expected = compute.rows(panel, posts, cases, view)
        answer = queries.run(engine, panel.index, es_query.body(panel, view))
        assert es_query.rows(panel, answer, view) == expected, panel.key
        assert es_query.totals(panel, answer, view) == compute.totals(panel, posts, cases, view), panel.key
        told += any(row[-1] for row in expected)
        without = compute.rows(panel, posts, cases, Window(now=view.now, zone=MADRID))
        assert expected != without or panel.index == "cases" or not any(row[-1] for row in without), panel.key
    assert told > 25


def test_one_request_asks_all_panels_of_a_dashboard(engine: Engine) -> None:
    posts, cases = many_posts(300, AUTUMN.now, seed=1), many_cases(100, AUTUMN.now, seed=2)
    writer.write(engine, posts, cases)
    writer.refresh(engine)
    panels = list(PANELS.values())
    answers = queries.run_many(engine, [(panel.index, es_query.body(panel, AUTUMN)) for panel in panels])
    found = [es_query.rows(panel, answer, AUTUMN) for panel, answer in zip(panels, answers, strict=True)]
    assert found == [compute.rows(panel, posts, cases, AUTUMN) for panel in panels]


@pytest.mark.parametrize("state", ["empty indices", "no indices"])
def test_an_empty_engine_gives_the_rows_of_an_empty_ledger(engine: Engine, state: str) -> None:
    if state == "empty indices":
        writer.write(engine, [post("a")], [case("C1")])
        writer.write(engine, [], [], ["a"])
        index = f"escucha-cases-{generations.read_state(engine).serving}-2026.11"
        engine.client.delete(index=index, id="C1", version=9, version_type="external")
        writer.refresh(engine)
    for panel in PANELS.values():
        assert asked(engine, panel, AUTUMN) == compute.rows(panel, [], [], AUTUMN), panel.key


def test_percentiles_of_more_values_than_are_counted_exactly_are_within_one_percent(engine: Engine) -> None:
    answered = AUTUMN.now - timedelta(days=1)
    hours = [round(1.002**n, 6) for n in range(3_000)]  # 3,000 different times from 1 to 400 hours
    cases = [case(f"{n}", answered_at=answered, answer_hours=one) for n, one in enumerate(hours)]
    writer.write(engine, [], cases)
    writer.refresh(engine)
    assert len(cases) > es_query.EXACT_VALUES
    found = asked(engine, PANELS["answer_times"], AUTUMN)
    # places 1499.5 and 2699.1
    half, nine = (hours[1499] + hours[1500]) / 2, hours[2699] + 0.1 * (hours[2700] - hours[2699])
    assert [tuple(keys) for *keys, _ in found] == [("Vías públicas", "p50"), ("Vías públicas", "p90")]
    assert [row[-1] for row in found] == pytest.approx([half, nine], rel=0.01)


def field_of(split: Split) -> str:
    field = getattr(split, "field", None)
    assert isinstance(field, str), f"{type(split).__name__} names no field"
    return field


@pytest.mark.parametrize("panel", PANELS.values(), ids=lambda panel: panel.key)
def test_a_panel_asks_only_for_fields_that_exist(panel: Panel) -> None:
    names = {field_of(split) for layer in panel.layers for split in layer.split if not isinstance(split, Groups)}
    names |= {layer.window for layer in panel.layers if layer.window}
    for layer in panel.layers:
        names |= {field for _id, _name, _kind, field, _more in (layer.measure.lens_numbers() if layer.measure else ())}
        names |= {found for one in layer.where for found in re.findall(r"field='(\w+)'", repr(one))}
    names |= {field for field, _ in panel.latest.columns} if panel.latest else set()
    assert names
    assert names <= FIELDS[panel.index]


# The numbers below are counted by hand. 3 November 2026 is a Tuesday; Madrid is one hour ahead of UTC.


def test_a_post_before_midnight_in_utc_belongs_to_the_next_day_of_the_city() -> None:
    late = post("a", created_at=datetime(2026, 11, 3, 23, 30, tzinfo=UTC), sentiment="negative")
    assert count("posts_by_sentiment", AUTUMN, late) == [("2026-11-04", "negative", 1)]


def test_both_hours_between_two_and_three_of_the_long_night_belong_to_its_day() -> None:
    night = [post(str(n), created_at=datetime(2026, 10, 25, n, 30, tzinfo=UTC), sentiment="neutral") for n in (0, 1)]
    assert [one.created_at.astimezone(MADRID).hour for one in night] == [2, 2]
    assert count("posts_by_sentiment", AUTUMN, *night) == [("2026-10-25", "neutral", 2)]


def test_an_hour_of_day_is_the_citys_and_all_24_have_a_row() -> None:
    at = [datetime(2026, 11, 3, 23, 59, tzinfo=UTC), datetime(2026, 10, 16, 22, 0, tzinfo=UTC)]  # 00:59 and 00:00 in Madrid
    facts = [post(str(n), created_at=moment, intent="complaint") for n, moment in enumerate(at)]
    facts += [post("q", created_at=at[0], intent="question"), post("noon", intent="complaint")]
    rows = compute.rows(PANELS["complaints_by_hour"], facts, [], AUTUMN)
    assert [key for key, _ in rows] == [f"{hour:02}" for hour in range(24)]
    assert [row for row in rows if row[-1]] == [("00", 2), ("13", 1)]


def test_the_hour_that_comes_twice_is_one_and_the_one_that_is_left_out_is_empty() -> None:
    night = [post(str(n), created_at=datetime(2026, 10, 25, n, 30, tzinfo=UTC), intent="complaint") for n in (0, 1)]
    assert count("complaints_by_hour", AUTUMN, *night) == [("02", 2)]
    short = [post(str(n), created_at=datetime(2026, 3, 29, n, 30, tzinfo=UTC), intent="complaint") for n in (0, 1)]
    assert count("complaints_by_hour", SPRING, *short) == [("01", 1), ("03", 1)]


def test_hours_agree_in_zones_of_half_hours_and_through_clock_changes(engine: Engine) -> None:
    posts = many_posts(2_000, AUTUMN.now, seed=3)
    posts += [
        post(f"n{n}", created_at=datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=10 * n), intent="complaint") for n in range(60)
    ]
    writer.write(engine, posts, [])
    writer.refresh(engine)
    panel = PANELS["complaints_by_hour"]
    for zone in ("Atlantic/Canary", "Asia/Kolkata", "America/St_Johns"):
        view = Window(now=AUTUMN.now, zone=ZoneInfo(zone))
        expected = compute.rows(panel, posts, [], view)
        assert asked(engine, panel, view) == expected, zone
        assert sum(n for _, n in expected if isinstance(n, int)) > 100


def test_percentiles_of_a_split_whose_buckets_are_added_are_refused() -> None:
    hours, measure = Hours(field="opened_at"), Percentiles(field="answer_hours")
    with pytest.raises(ValueError, match="percentiles cannot be added"):
        Layer(key="cases", name="cases", window="opened_at", split=(hours,), measure=measure)


def test_the_window_is_today_and_27_days_before_and_a_day_without_posts_is_a_zero() -> None:
    rows = compute.rows(PANELS["posts_by_sentiment"], [post("a", sentiment="positive")], [], AUTUMN)
    assert [row[0] for row in rows[::3]][:1] == ["2026-10-14"]
    assert len(rows) == 28 * 3
    assert rows[-1] == ("2026-11-10", "positive", 0)
    edge = AUTUMN.start  # 14 October, 00:00 in Madrid
    inside, outside = post("a", created_at=edge, source="in"), post("b", created_at=edge - timedelta(seconds=1))
    assert count("posts_by_source", AUTUMN, inside, outside) == [("in", 1)]


def test_unread_posts_are_counted_apart_and_the_citys_own_and_other_peoples_cities_not_at_all() -> None:
    facts = [
        post("a"),
        post("b", sentiment="negative", relevance=True),
        post("c", sentiment="negative", relevance=False),
        post("d", sentiment="negative", own=True),
    ]
    day = "2026-11-03"
    assert count("posts_by_sentiment", AUTUMN, *facts) == [(day, "negative", 1), (day, "__missing__", 1)]


def test_services_of_equal_count_stand_in_the_order_of_their_keys() -> None:
    facts = [post(str(n), topic=topic, intent="complaint") for n, topic in enumerate(["noise", "water_sewage", "noise", "waste_cleaning"])]
    assert count("complaints_by_topic", AUTUMN, *facts) == [("noise", 2), ("waste_cleaning", 1), ("water_sewage", 1)]


def test_rising_services_compare_this_week_with_the_mean_of_the_four_before() -> None:
    ago = [1, 2, 6, 7, 20, 34, 35]  # 3 in the last 7 days; 7, 20 and 34 days ago are the 4 weeks before; 35 is too old
    noise = [post(f"n{n}", topic="noise", created_at=AUTUMN.midnight(n)) for n in ago]
    steady = [post(f"w{n}", topic="waste_cleaning", created_at=AUTUMN.midnight(n)) for n in (1, 8, 15, 22, 29)]
    assert compute.rows(PANELS["rising_topics"], [*steady, *noise], [], AUTUMN) == [
        ("noise", "week", 3),
        ("noise", "before", 0.75),
        ("waste_cleaning", "week", 1),
        ("waste_cleaning", "before", 1.0),
    ]


def test_cases_are_opened_on_one_day_and_resolved_on_another_and_a_rejected_one_is_not_resolved() -> None:
    done = datetime(2026, 11, 5, 9, tzinfo=UTC)
    facts = [
        case("1"),
        case("2", state="resolved", is_open=False, closed_at=done),
        case("3", state="rejected", is_open=False, closed_at=done),
        case("4", state="resolved", is_open=False, closed_at=done, opened_at=datetime(2026, 8, 1, tzinfo=UTC)),
    ]
    assert count("opened_and_resolved", AUTUMN, *facts) == [("2026-11-03", "opened", 3), ("2026-11-05", "resolved", 2)]


def test_open_cases_have_an_age_and_closed_ones_none() -> None:
    ages = {"1": 0.5, "2": 1, "3": 2.9, "4": 10, "5": 30.1}
    facts = [case(key, opened_at=AUTUMN.now - timedelta(days=days)) for key, days in ages.items()]
    facts.append(case("6", is_open=False, state="resolved"))
    assert [row[1:] for row in count("open_by_age", AUTUMN, *facts)] == [("1", 2), ("3", 1), ("30", 1), ("older", 1)]


def test_answer_times_are_the_median_and_the_time_nine_in_ten_were_answered_in() -> None:
    answered = datetime(2026, 11, 5, tzinfo=UTC)
    facts = [case(str(n), answered_at=answered, answer_hours=hours) for n, hours in enumerate((1.0, 2.0, 3.0, 4.0, 100.0))]
    # place 0.9 * 4 = 3.6: 4 + 0.6 * (100 - 4)
    assert count("answer_times", AUTUMN, *facts, case("x")) == [
        ("Vías públicas", "p50", 3.0),
        ("Vías públicas", "p90", pytest.approx(61.6)),
    ]


def test_a_case_that_is_overdue_without_an_answer_counts_as_late_and_one_not_yet_due_does_not_count() -> None:
    facts = [
        case("1", within_due=True, answered_at=AUTUMN.now),
        case("2", within_due=False, answered_at=AUTUMN.now),
        case("3"),  # due on 6 November, unanswered
        case("4", due_at=AUTUMN.now + timedelta(hours=1)),
    ]
    assert count("within_due", AUTUMN, *facts) == [("Vías públicas", "in_time", 1), ("Vías públicas", "late", 2)]


def test_replayed_facts_are_left_out_when_the_public_looks() -> None:
    public = Window(now=AUTUMN.now, zone=MADRID, replay=False)
    assert count("posts_by_source", public, post("a", replay=True), post("b", source="feeds")) == [("feeds", 1)]
    assert count("open_by_age", public, case("1", replay=True)) == []


def test_the_latest_actionable_posts_come_newest_first_and_no_more_than_twenty() -> None:
    facts = [post(f"{n:02}", actionable=True, created_at=AUTUMN.now - timedelta(hours=n), text=str(n)) for n in range(30)]
    facts.append(post("no", actionable=False, created_at=AUTUMN.now))
    rows = compute.rows(PANELS["latest_actionable"], facts, [], AUTUMN)
    assert [row[3] for row in rows] == [str(n) for n in range(20)]
    assert rows[0][0] == "2026-11-10T17:30:00Z"
