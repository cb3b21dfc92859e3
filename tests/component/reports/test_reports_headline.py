"""The first sentence of a report: what changed most and why, with the numbers, and the spam set apart."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.config.profile.reports import Scope
from core.config.settings import Settings
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from reports.build.asked import Asked
from reports.build.headline import Junk
from reports.build.statistics import Numbers
from reports.document.document import Document
from reports.make import build_report, numbers_of
from reports.publish import write_report
from reports.retract_quotes import retract_quotes
from tests.support.ledger_facts import LEASE, SALT, SOL, arrive, decide, into_case, post, reading
from tests.support.report_weeks import CITY, IN_CASE, MONDAY, NOW, WEEK, filled

WEEKLY = Asked(kind="weekly")
SETTINGS = Settings(home=Path("/nowhere"), desk_url="https://escucha.example.org")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    yield ledger
    ledger.close()


def numbers(ledger: Ledger, asked: Asked = WEEKLY) -> Numbers:
    return numbers_of(CITY, ledger, asked, NOW)


def document(ledger: Ledger, asked: Asked = WEEKLY, language: str = "en") -> Document:
    return build_report(CITY, SETTINGS, ledger, asked, language, NOW)


def test_the_rise_is_named_with_what_is_usual_and_what_accounts_for_it(ledger: Ledger) -> None:
    found = numbers(ledger).headline
    assert found is not None
    # Puerta del Sol lies in Centro, where nothing was written before.
    assert (found.subject, found.now, found.usual, found.low, found.high, found.periods) == (
        ("topic_district", "roads_pavements", "Centro"),
        24,
        0.0,
        0,
        0,
        5,
    )
    assert [(one.kind, one.name, one.now, one.usual) for one in found.reasons] == [
        ("place", "Puerta del Sol", 24, 0.0),
        ("case", "C-000000000001", 15, None),
        ("word", "zanja", 23, 0.0),
    ]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Changed most: Roads and pavements in Centro (posts: 24; 0 in each of 5 earlier periods); likely why: "
            "Puerta del Sol (24; usual: 0); the case “Calle de Alcalá: Un agujero (1)” (15); the word “zanja” (23; usual: 0).",
        ),
        (
            "es",
            "Lo que más ha cambiado: Calzadas y aceras en Centro (mensajes: 24; 0 en cada uno de los 5 periodos anteriores); "
            "causa probable: Puerta del Sol (24; lo habitual: 0); el caso «Calle de Alcalá: Un agujero (1)» (15); "
            "la palabra «zanja» (23; lo habitual: 0).",
        ),
    ],
)
def test_the_change_is_said_in_words(ledger: Ledger, language: str, sentence: str) -> None:
    assert document(ledger, language=language).short[1].text == sentence


def join_privately(ledger: Ledger, source: str) -> None:
    """Let a private message join the case of the last week."""
    facts = {"created_at": MONDAY, "received_at": MONDAY}
    private = post(900, source, text="Una zanja ante mi casa", author="b" * 32, **facts)
    arrive(ledger, [private], source, NOW)
    assert annotations.claim_pending(ledger, "reader", 100, NOW, LEASE)
    annotations.store_annotations(ledger, "reader", [reading(private, places=(SOL,))], [], NOW)
    event = [post(1 + n, "mastodon", text="Un agujero (1)", **facts) for n in range(IN_CASE)]
    decide(ledger, into_case(*event, private)[-1:], NOW)


@pytest.mark.parametrize("source", ["mailbox", "inbox"])
def test_a_case_with_a_private_message_is_named_without_its_title(tmp_path: Path, source: str) -> None:
    ledger, settings = filled(tmp_path), Settings(home=tmp_path)
    (page, *_more) = (one.page for one in write_report(CITY, settings, ledger, "weekly", NOW))
    title = "Calle de Alcalá: Un agujero"
    assert title in page.read_text()
    join_privately(ledger, source)
    found = numbers(ledger).headline
    said = {
        language: " ".join(one.text for one in document(ledger, language=language).short[:2]) for language in ("en", "es", "ca", "gl", "eu")
    }
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    assert retract_quotes(CITY, settings, ledger, NOW) == 0
    ledger.close()
    assert found is not None
    assert [(one.kind, one.name, one.title) for one in found.reasons] == [
        ("place", "Puerta del Sol", ""),
        ("case", "C-000000000001", ""),
        ("word", "zanja", ""),
    ]
    cases = {
        "en": "the case C-000000000001 (15)",
        "es": "el caso C-000000000001 (15)",
        "ca": "el cas C-000000000001 (15)",
        "gl": "o caso C-000000000001 (15)",
        "eu": "C-000000000001 kasua (15)",
    }
    assert {language: f"; {words}; " in said[language] for language, words in cases.items()} == dict.fromkeys(cases, True)
    assert not any(title.encode() in path.read_bytes() for path in page.parent.iterdir())


def test_every_sentence_opens_its_posts(ledger: Ledger) -> None:
    short = document(ledger).short
    week = "first=2026-11-16&last=2026-11-22"
    paths = {link.path for one in short for link in one.links}
    assert {
        f"/posts?topic=roads_pavements&district=Centro&{week}",
        "/cases/C-000000000001",
        f"/posts?of=spam&{week}",
        f"/posts?intent=complaint&{week}",
        f"/cases?all=1&{week}",
    } <= paths
    assert all(one.links for one in short if not one.text.startswith("Cases answered"))


def test_spam_is_named_and_part_of_no_other_number(ledger: Ledger) -> None:
    found = numbers(ledger)
    assert (found.posts.now, found.junk) == (29, Junk(labelled=6, copies=0, usual=0.0))
    text = document(ledger).short[2].text
    assert text == (
        "Set apart as spam, and in no other number of this report: 17% (6/35) of the posts (test posts or advertising: 6; copies: 0; "
        "usual, together: 0)."
    )


@pytest.mark.parametrize(
    ("scope", "subject", "now"),
    [
        (Scope(department="Limpieza y residuos"), ("all", ""), 5),
        (Scope(district="Centro"), ("topic", "roads_pavements"), 24),
        (Scope(topic="roads_pavements", district="Centro", intent="complaint"), ("all", ""), 24),
        (Scope(sentiment="positive"), ("all", ""), 0),
    ],
)
def test_a_scope_counts_its_own_posts_only(ledger: Ledger, scope: Scope, subject: tuple[str, ...], now: int) -> None:
    found = numbers(ledger, Asked(kind="view", posts=scope))
    assert found.headline is not None
    assert (found.headline.subject, found.headline.now, found.posts.now) == (subject, now, now)


def test_the_cases_of_a_scope_are_its_own(ledger: Ledger) -> None:
    roads, waste = (
        numbers(ledger, Asked(kind="department", posts=Scope(department=name))) for name in ("Vías públicas", "Limpieza y residuos")
    )
    assert (roads.cases.now, waste.cases.now) == (1, 0)


def test_a_usual_week_says_that_nothing_changed(ledger: Ledger) -> None:
    before = Asked(kind="weekly", first=date(2026, 11, 9))
    assert document(ledger, before).short[0].text == (
        "Nothing changed more than by chance (posts: 9; usual: 9, between 9 and 9 in 4 earlier periods)."
    )


def test_without_earlier_weeks_it_says_that_the_usual_is_not_known(tmp_path: Path) -> None:
    young = filled(tmp_path, weeks=2)
    found = [one.text for one in document(young).short]
    young.close()
    assert found[:2] == [
        "What most people wrote about: Roads and pavements in Calle de Alcalá, Salamanca (people: 15; the case “Un agujero (1)”). "
        "What was done: Public roads has not answered yet; it is due by 18 November 2026.",
        "Most complaints are about: Roads and pavements (24); Waste and cleaning (5).",
    ]
    assert (
        "Not enough data to say what changed most: 3 earlier periods with posts are needed to know what is usual, and there are 1." in found
    )


def test_a_rise_that_one_person_wrote_is_not_named(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    more = [
        post(900 + n, "mastodon", text=f"Ruido otra vez {n}", author="a" * 32, created_at=MONDAY, received_at=MONDAY) for n in range(40)
    ]
    arrive(ledger, more, "mastodon", NOW)
    assert annotations.claim_pending(ledger, "reader", 100, NOW, LEASE)
    annotations.store_annotations(ledger, "reader", [reading(one, places=(), topic="noise") for one in more], [], NOW)
    found = numbers(ledger).headline
    ledger.close()
    assert found is not None
    assert found.subject[1] == "roads_pavements"


@pytest.mark.parametrize(("rising", "named"), [("mastodon", []), ("bluesky", [("source", "bluesky", 40, 1.0)])])
def test_a_channel_accounts_for_a_rise_only_if_it_has_more_of_the_posts_than_usual(
    tmp_path: Path, rising: str, named: list[tuple[str, str, int, float]]
) -> None:
    """Nine of ten posts on noise were always written on Mastodon; now there are 40 of one channel, and one of another."""
    ledger = filled(tmp_path)
    other = "bluesky" if rising == "mastodon" else "mastodon"
    told = (
        [("mastodon", week, 9) for week in range(1, 6)] + [("bluesky", week, 1) for week in range(1, 7)] + [(rising, 0, 40), (other, 0, 1)]
    )
    more = []
    for source, week, n in told:
        at = MONDAY - week * WEEK
        for number in range(n):
            at += timedelta(hours=3)
            text = f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]}uz"  # no word in common
            key = 1000 * (week + 1) + 100 * (source == "bluesky") + number
            more.append(post(key, source, text=text, author=f"{key:032x}", created_at=at, received_at=at))
    for source in ("mastodon", "bluesky"):
        arrive(ledger, [one for one in more if one.source == source], source, NOW)
    assert annotations.claim_pending(ledger, "reader", 200, NOW, LEASE)
    annotations.store_annotations(ledger, "reader", [reading(one, places=(), topic="noise") for one in more], [], NOW)
    found = numbers(ledger).headline
    ledger.close()
    assert found is not None
    assert (found.subject, found.now, found.usual) == (("topic", "noise"), 41, 10.0)
    assert [(one.kind, one.name, one.now, one.usual) for one in found.reasons] == named


def test_a_report_about_one_service_or_kind_does_not_compare_it_with_itself(ledger: Ledger) -> None:
    scope = Scope(topic="roads_pavements", intent="complaint")
    found = document(ledger, Asked(kind="view", posts=scope))
    assert [one.text.partition(":")[0] for one in found.short] == [
        "What most people wrote about",
        "Changed most",
        "Posts about the city",
        "Cases received",
        "Overdue cases without an answer",
    ]
    assert "What citizens complain about" not in [one.title for one in found.sections]
    assert [one.title for one in found.sections[0].tables] == ["By sentiment", "By kind"]
    answers = next(one for one in found.sections if one.title == "How the city answers")
    assert [(row[0], table.has_total) for table in answers.tables for row in table.rows] == [("Public roads", False)]


@pytest.mark.parametrize("posts", [0, 1])
def test_a_ledger_with_nothing_or_one_post_gives_a_report(tmp_path: Path, posts: int) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    if posts:
        arrive(ledger, [post(1, "mastodon", created_at=MONDAY, received_at=MONDAY)], "mastodon", NOW)
    first = [document(ledger, Asked(kind=kind)).short[0].text for kind in ("daily", "weekly", "monthly")]
    ledger.close()
    none = "No posts and no cases in this interval."
    assert [one == none for one in first] == [True, not posts, True]


def test_a_silent_source_is_no_change_of_the_city(ledger: Ledger) -> None:
    posts, changed, apart, *_more = build_report(CITY, SETTINGS, ledger, WEEKLY, "en", NOW + timedelta(weeks=1)).short
    assert changed.text == "What changed cannot be said: no source was read in all the periods that would be compared."
    assert apart.text == "Compared with nothing, as it says nothing about the city: not read in all of them: Mastodon (posts: 0)."
    assert [link.path for link in apart.links] == ["/sources"]
    assert posts.text == "Posts about the city: none."


def test_a_forecast_and_warnings_are_for_the_present_only(ledger: Ledger) -> None:
    assert numbers(ledger).outlook is not None
    past = Asked(kind="weekly", first=date(2026, 10, 12))
    event = Asked(kind="event", first=date(2026, 11, 16), last=date(2026, 11, 22))
    assert [numbers(ledger, asked).outlook for asked in (past, event)] == [None, None]
