"""Every number of a report against a ledger counted by hand (tests/support/report_facts.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.profile.reports import Scope
from dashboards.expected import rows
from dashboards.panels import PANELS, Window
from ledger import read
from ledger.database import Ledger, open_ledger
from reports.build.aggregate import count
from reports.build.examples import Choice
from reports.build.period import Interval, last_closed
from reports.build.response_times import timeliness
from reports.build.selection import Selection
from reports.build.statistics import Answering, CountChange, Numbers, Unread
from tests.support.ledger_facts import SALT
from tests.support.made_facts import post as fact
from tests.support.report_facts import CITY, NOW, ROADS, WASTE, fill, small_ledger

WEEK: Interval = last_closed("0 7 * * MON", CITY.zone, NOW)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = small_ledger(tmp_path_factory.mktemp("ledger"))
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def numbers(ledger: Ledger) -> Numbers:
    return count(ledger, CITY.zone, WEEK, {"mastodon": ["MASTODON_TOKEN"]})


def changes(found: tuple[CountChange, ...]) -> list[tuple[str, int, int]]:
    return [(one.name, one.now, one.before) for one in found]


def test_posts_and_complaints(numbers: Numbers) -> None:
    # Now: 1 to 5 and 9. Not 6 (of the archive), 7 (the city's own), 8 (about another town), 10 (after the end). Before: 11, 12.
    # Complaints: 1 2 3; 11.
    assert changes((numbers.posts, numbers.complaints)) == [("posts", 6, 2), ("complaints", 3, 1)]
    assert numbers.replayed_posts == 1  # 6


def test_sentiments_and_intents(numbers: Numbers) -> None:
    # negative 1 2 3, before 11; neutral 5; positive 4, before 12; 9 is not labelled yet.
    assert changes(numbers.sentiments) == [("negative", 3, 1), ("neutral", 1, 0), ("positive", 1, 1), ("unread", 1, 0)]
    assert [one for one in changes(numbers.intents) if one[1:] != (0, 0)] == [("complaint", 3, 1), ("question", 1, 0), ("praise", 1, 1)]


def test_topics_and_places_with_what_they_were_before(numbers: Numbers) -> None:
    # Roads: 1 2, before 11. Bins: 3. Sol (Centro): 3, before 11. Alcalá (Salamanca): 1 2.
    assert changes(numbers.topics) == [("roads_pavements", 2, 1), ("waste_cleaning", 1, 0)]
    assert changes(numbers.districts) == [("Salamanca", 2, 0), ("Centro", 1, 1)]
    assert changes(numbers.places) == [("Calle de Alcalá", 2, 0), ("Puerta del Sol", 1, 1)]
    assert changes(numbers.sources) == [("x", 6, 2)]


def test_days_are_the_citys(numbers: Numbers) -> None:
    # Eight dates from Monday 7:00 to Monday 7:00: 1 on the 16th, 2 on the 17th, 3, 4 one a day, 9 on the 21st, 5 on the 22nd.
    assert [(one.day.day, one.counts) for one in numbers.days] == [
        (16, {"negative": 1}),
        (17, {"negative": 1}),
        (18, {"negative": 1}),
        (19, {"positive": 1}),
        (20, {}),
        (21, {"unread": 1}),
        (22, {"neutral": 1}),
        (23, {}),
    ]


def test_cases_received_closed_and_open(numbers: Numbers) -> None:
    # Received: A B C G; before: D E. Closed: A. Open at the end: B C D E (G lives on in another). To review: post 4. F is of the archive.
    assert (numbers.cases.now, numbers.cases.before) == (4, 2)
    assert (numbers.closed, numbers.open_at_end, numbers.in_review) == (1, 4, 1)


def test_answer_times_of_all(numbers: Numbers) -> None:
    # Answered in the week: A 4 h, B 58 h, E 120 h. Median 58; 90 %: place 0.9 x 2 = 1.8, so 58 + 0.8 x 62 = 107.6.
    # It turned out in the week: A in time (16th, 14:00), B late (19th, 10:00), D late (16th, 9:00). E turned out on the 13th.
    # F is of the archive and in no number. Overdue without an answer: D. Closed: A. Open: B C D E.
    counts = {"closed": 1, "open": 4}
    assert numbers.all_departments == Answering(
        department=None, received=4, replayed=1, answered=3, median_hours=58.0, p90_hours=107.6, due=3, in_time=1, overdue=1, **counts
    )


def test_answer_times_of_each_department(numbers: Numbers) -> None:
    # Roads: A B C; 4 h and 58 h: median 31, 90 %: 4 + 0.9 x 54 = 52.6; A in time, B late. Waste: G; E 120 h; D late and overdue.
    roads, waste = numbers.departments
    assert roads == Answering(
        department=ROADS,
        received=3,
        replayed=1,
        answered=2,
        closed=1,
        open=2,
        median_hours=31.0,
        p90_hours=52.6,
        due=2,
        in_time=1,
        overdue=0,
    )
    assert waste == Answering(
        department=WASTE, received=1, replayed=0, answered=1, open=2, median_hours=120.0, p90_hours=120.0, due=1, in_time=0, overdue=1
    )


def test_what_was_left_out_is_told_with_its_reason(numbers: Numbers) -> None:
    assert numbers.unread == (
        Unread(source="mastodon", reason="off", count=None),
        Unread(source="archive", reason="bad_json", count=2),
        Unread(source="x", reason="waiting", count=1),
        Unread(source="x", reason="lost:look_back", count=1),
        Unread(source="archive", reason="replayed", count=1),
        Unread(source="x", reason="elsewhere", count=1),
        Unread(source="x", reason="own", count=1),
    )


def test_a_report_of_one_district_tells_what_waits_too(ledger: Ledger) -> None:
    found = count(ledger, CITY.zone, WEEK, chosen=Selection(Scope(district="Nowhere")))
    assert found.posts.now == 0
    assert Unread(source="x", reason="waiting", count=1) in found.unread


def test_examples_are_one_complaint_a_topic_and_the_praise(numbers: Numbers) -> None:
    # Roads: 1 and 2 are cases of the same score; the greater id is 2.
    assert [(one.intent, one.topic, one.text, one.case_key, one.replay) for one in numbers.examples] == [
        ("complaint", "roads_pavements", "Mensaje número 2", "C-B", False),
        ("complaint", "waste_cleaning", "Mensaje número 3", "C-C", False),
        ("praise", "culture_sports_events", "Mensaje número 4", None, False),
    ]


def test_the_report_and_the_dashboard_count_alike(ledger: Ledger, numbers: Numbers) -> None:
    view = Window(now=WEEK.end, zone=CITY.zone, since=WEEK.start, replay=False)
    posts = list(read.post_records(ledger))
    topics = rows(PANELS["complaints_by_topic"], posts, [], view)
    assert {str(topic): n for topic, n in topics} == {one.name: one.now for one in numbers.topics if one.now}
    drawn = rows(PANELS["posts_by_sentiment"], posts, [], view)
    assert sum(int(n or 0) for _day, sentiment, n in drawn if sentiment == "negative") == numbers.sentiments[0].now


def test_every_case_turns_out_in_exactly_one_interval(ledger: Ledger) -> None:
    moments = {case.case_key: timeliness(case) for case in read.case_records(ledger)}
    assert moments["C-A"][1] is True
    assert [key for key, (_at, is_in_time) in sorted(moments.items()) if is_in_time] == ["C-A"]


def test_the_report_of_the_week_before_does_not_know_the_week_after(ledger: Ledger) -> None:
    # On the 16th, 6:00: D and E are open; E is overdue since the 13th; nothing was answered yet.
    earlier = count(ledger, CITY.zone, last_closed("0 7 * * MON", CITY.zone, WEEK.start))
    assert (earlier.posts.now, earlier.posts.before, earlier.open_at_end) == (2, 1, 2)
    assert earlier.all_departments == Answering(
        department=None, received=2, replayed=0, answered=0, open=2, median_hours=None, p90_hours=None, due=1, in_time=0, overdue=1
    )


def test_an_empty_ledger_counts_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    numbers = count(ledger, CITY.zone, WEEK)
    ledger.close()
    assert (numbers.posts.now, numbers.cases.now, numbers.topics, numbers.examples, numbers.unread) == (0, 0, (), (), ())
    assert numbers.all_departments.median_hours is None


def test_counting_reads_post_after_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment more than a handful of posts are alive: examples and the one being counted."""
    import weakref

    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    fill(ledger)
    seen: list[weakref.ref[object]] = []
    most = 0
    real = read.post_records

    def watched(*arguments: object, **filters: object) -> Iterator[object]:
        nonlocal most
        for post in real(*arguments, **filters):  # type: ignore[arg-type]
            many = [post.model_copy(update={"post_id": f"{n:032x}"}) for n in range(3)]
            for copy in many:
                seen.append(weakref.ref(copy))
            while many:
                yield many.pop()
            most = max(most, sum(one() is not None for one in seen))

    monkeypatch.setattr(read, "post_records", watched)
    numbers = count(ledger, CITY.zone, WEEK)
    ledger.close()
    assert numbers.posts.now == 18
    assert most <= 6  # three examples kept, and at most the ones in hand


def test_what_was_written_to_the_council_and_not_in_public_is_never_quoted() -> None:
    public = fact("a", source="mastodon", topic="noise", intent="complaint", actionable_score=0.6)
    letter = fact("b", source="mailbox", topic="noise", intent="complaint", actionable_score=0.99)
    choice = Choice()
    for one in (letter, public):
        choice.consider(one)
    assert [example.post_id for example in choice.examples()] == [public.post_id]
