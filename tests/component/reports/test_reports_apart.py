"""What a comparison would mistake for a change in the city: an archive, a new source, one that was not read. Each is named, none leads."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.records.post import Post
from ledger.database import Ledger
from ledger.ingest import cursors
from ledger.processing import annotations
from reports.build.asked import Asked
from reports.build.statistics import Apart
from reports.document.document import Document
from reports.make import build_report, numbers_of
from tests.support.ledger_facts import LEASE, arrive, decide, no_case, post, reading
from tests.support.report_weeks import CITY, MONDAY, NOW, WEEK, filled

SETTINGS = Settings(home=Path("/nowhere"), desk_url="https://escucha.example.org")
CHANGED = (
    "Changed most: Roads and pavements in Centro (posts: 24; 0 in each of 5 earlier periods); likely why: Puerta del Sol (24; usual: 0); "
    "the case “Calle de Alcalá: Un agujero (1)” (15); the word “zanja” (23; usual: 0)."
)
FIRST = (
    "What most people wrote about: Roads and pavements in Calle de Alcalá, Salamanca (people: 15; the case “Un agujero (1)”). "
    "Likely cause: the word “zanja”. What was done: Public roads has not answered yet; it is due by 18 November 2026."
)


NOTHING = "Compared with nothing, as it says nothing about the city:"


def add(ledger: Ledger, source: str, posts: Sequence[Post]) -> None:
    arrive(ledger, posts, source, NOW)
    assert annotations.claim_pending(ledger, "reader", 1000, NOW, LEASE)
    annotations.store_annotations(ledger, "reader", [reading(one, places=(), topic="noise") for one in posts], [], NOW)
    decide(ledger, [no_case(one) for one in posts], NOW)


def many(source: str, n: int, weeks_ago: int = 0, **more: object) -> list[Post]:
    """Return posts of one week by as many people."""
    start = MONDAY - weeks_ago * WEEK
    return [
        post(
            5000 + 1000 * weeks_ago + number,
            source,
            text=f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10 % 10]}{number}uz",
            author=f"{5000 + 1000 * weeks_ago + number:032x}",
            created_at=start + timedelta(minutes=20 * number),
            received_at=start + timedelta(minutes=20 * number),
            **more,
        )
        for number in range(n)
    ]


def report(ledger: Ledger) -> Document:
    return build_report(CITY, SETTINGS, ledger, Asked(kind="weekly"), "en", NOW)


def said(found: Document) -> list[str]:
    return [one.text for one in found.short]


def test_an_archive_that_is_replayed_leads_nothing_and_is_in_no_number(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    before = said(report(ledger))
    add(ledger, "archive", many("archive", 300, replayed_from=MONDAY - 500 * WEEK))
    found = report(ledger)
    ledger.close()
    assert before[:2] == [FIRST, CHANGED]
    apart = f"{NOTHING} an archive that is replayed and is in no number of this report (posts: 300)."
    assert said(found) == [FIRST, CHANGED, apart, *before[2:]]
    paths = [link.path for one in found.short for link in one.links]
    assert not any(path.startswith(("/posts", "/cases?all")) for path in paths), "they list the archive too"
    assert ("Archive", "replayed from an archive", "300") in found.unread.rows


def test_a_source_that_is_new_is_named_second_and_nothing_is_compared_with_it(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    before = said(report(ledger))
    add(ledger, "bluesky", many("bluesky", 300))
    found = report(ledger)
    ledger.close()
    assert said(found)[:3] == [FIRST, CHANGED, f"{NOTHING} new in these days or the ones before: Bluesky (posts: 300)."]
    assert before[3] == "Posts about the city: 29 (9 in the previous interval)."
    assert said(found)[4] == "Posts about the city: 329; comparable: 29 (9 in the previous interval)."
    assert not any("%" in one and "more" in one for one in said(found)), "no percentage across a new source"
    topics = next(table for section in found.sections for table in section.tables if table.title == "Complaints by topic")
    assert topics.headers == ("Topic", "Now", "Not compared", "Before", "Change")
    assert topics.rows[:2] == (("Noise", "300", "300", "0", "="), ("Roads and pavements", "24", "0", "4", "+20"))


def test_a_source_that_is_new_in_the_week_before_is_not_compared_either(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    add(ledger, "bluesky", [*many("bluesky", 20, weeks_ago=1), *many("bluesky", 180)])
    found = said(report(ledger))
    ledger.close()
    assert found[:2] == [FIRST, CHANGED]
    assert "new in these days or the ones before: Bluesky (posts: 180)" in found[2]
    assert found[4] == "Posts about the city: 209; comparable: 29 (9 in the previous interval)."


def test_a_source_that_was_not_read_is_named_and_its_silence_is_no_fall(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    add(ledger, "bluesky", [one for week in range(1, 7) for one in many("bluesky", 30, week)])
    found = said(report(ledger))
    ledger.close()
    assert found[:2] == [FIRST, CHANGED]
    assert found[2] == f"{NOTHING} not read in all of them: Bluesky (posts: 0)."
    assert found[4] == "Posts about the city: 29 (9 in the previous interval)."


@pytest.mark.parametrize(("outcome", "down"), [("the server does not answer", True), ("done", False)])
def test_a_source_that_fails_since_the_week_is_not_compared(tmp_path: Path, outcome: str, down: bool) -> None:
    ledger = filled(tmp_path)
    add(ledger, "bluesky", [one for week in range(-1, 7) for one in many("bluesky", 3, week)])
    after = NOW + timedelta(days=2)
    cursors.end_run(ledger, cursors.begin_run(ledger, "bluesky", after), after, outcome)
    found = numbers_of(CITY, ledger, Asked(kind="weekly"), NOW + WEEK).apart
    ledger.close()
    mastodon = Apart(source="mastodon", why="down", posts=0)
    assert found == ((Apart(source="bluesky", why="down", posts=3), mastodon) if down else (mastodon,))


@pytest.mark.parametrize(("last", "named"), [(2, True), (12, False)])
def test_a_source_that_was_switched_off_is_named_while_its_posts_would_be_compared(tmp_path: Path, last: int, named: bool) -> None:
    ledger = filled(tmp_path)
    add(ledger, "bluesky", [*many("bluesky", 3, last), *many("bluesky", 3, last + 1)])
    found = numbers_of(CITY, ledger, Asked(kind="weekly"), NOW, {"bluesky": ["BLUESKY_PASSWORD"]}).apart
    ledger.close()
    assert found == ((Apart(source="bluesky", why="down", posts=0),) if named else ())


def test_a_source_that_is_read_again_can_be_compared(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    add(ledger, "bluesky", [one for week in range(7) for one in many("bluesky", 3, week)])
    found = said(report(ledger))
    ledger.close()
    assert not any(one.startswith("Compared with nothing") for one in found)
    assert "Posts about the city: 32 (12 in the previous interval)." in found
