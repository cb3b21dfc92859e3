"""Everyday tasks of staff within their numbers of clicks, and by keyboard alone within their numbers of keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from ledger import read, schema
from ledger.database.writing import writing
from pipeline import all_steps as steps
from pipeline.access import accounts
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import people
from tests.support.desk_hands import Hands, as_ben
from tests.support.desk_tasks import done
from tests.support.seeded import open_seeded
from tests.system.desk.test_desk_browser import CHROMIUM, address, chromium, opened

__all__ = ["address", "chromium"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 27, datetime.now(UTC) - timedelta(minutes=5))
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(params=["mouse", "keyboard"])
def hands(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Hands:
    """Work the task with the mouse, and once more with the keyboard alone."""
    page = opened(chromium, "en-GB", 1440)
    page.goto(address + "/")
    return Hands(page, request.param)


def test_complaints_about_a_service_in_a_district_in_the_last_days(hands: Hands) -> None:
    page, facets, lens = hands.page, hands.page.locator(".facets"), hands.page.locator(".lens")
    if hands.device == "mouse":
        hands.on(page.locator(".ranks").get_by_role("link", name="Salamanca"))
        hands.on(facets.get_by_role("link", name="Waste and cleaning"))
        hands.on(facets.get_by_role("link", name="complaint"))
    else:
        hands.on(page.get_by_role("link", name="Posts", exact=True))
        hands.on(lens.locator("summary", has_text="Period"))
        hands.on(lens.get_by_role("link", name="Last 7 days"))
        hands.on(lens.locator("summary", has_text="Filter"))
        hands.choose(page.locator("#lens-topic"), "Waste and cleaning")
        hands.choose(page.locator("#lens-district"), "Salamanca")
        hands.choose(page.locator("#lens-intent"), "complaint")
        hands.on(lens.locator("form.menu[action='/posts'] button", has_text="Show").last)
    shown = int(page.locator(".headline [role=status]").inner_text().split()[0])
    assert shown == page.locator(".row").count() > 0
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    assert asked == {"period": "7d", "topic": "waste_cleaning", "district": "Salamanca", "intent": "complaint"}
    done(hands, "Complaints about a service in a district in the last 7 days")


def test_why_a_post_is_a_case(hands: Hands) -> None:
    page = hands.page
    page.goto(page.url + "posts?topic=street_lighting&sort=oldest")
    hands.on(page.locator(".row a.into").first)
    assert "very probably something to act on" in page.locator("#reading").inner_text()
    done(hands, "Why a post is a case")


def test_a_topic_is_corrected_in_the_list(hands: Hands, context: Context) -> None:
    page = hands.page
    page.goto(page.url + "posts?topic=culture_sports_events")
    hands.on(page.locator(".row a.into").first)
    hands.on(page.locator(".edit summary", has_text="Topic"))
    hands.choose(page.locator("#pane-topic"), page.locator("#pane-topic option[value=noise]").inner_text())
    hands.on(page.locator(".edit details[open] button"))
    assert page.url.partition("?")[0].endswith("/posts")
    assert next(read.post_records(context.ledger, topic="noise")).corrected == ("topic",)
    done(hands, "Correct the topic of a post")


def test_is_listening_healthy(hands: Hands) -> None:
    assert hands.page.locator(".health").inner_text().startswith("Is listening healthy?")
    hands.on(hands.page.locator(".tools .light"))
    assert "Sources" in hands.page.locator("h1").inner_text()
    done(hands, "Is listening healthy?")


@pytest.mark.parametrize("path", ["", "dashboards/now?period=week"])
def test_this_week_against_the_same_week_a_month_ago(hands: Hands, path: str) -> None:
    page = hands.page
    page.goto(page.url + path)
    hands.on(page.locator(".lens summary", has_text="Compared with"))
    hands.on(page.get_by_role("link", name="the same weeks earlier"))
    assert "compare=weeks" in page.url
    if not path:
        assert "the same weeks earlier" in page.locator("#say-change + p").inner_text()
    done(hands, "This week against the same a month ago")


def test_what_is_shown_is_exported(hands: Hands) -> None:
    page = hands.page
    hands.on(page.get_by_role("link", name="Posts", exact=True))
    with page.expect_download() as download:
        hands.on(page.get_by_role("link", name="XLSX"))
    assert download.value.suggested_filename.endswith(".xlsx")
    done(hands, "Export the posts shown")


@pytest.mark.parametrize(
    ("name", "path", "task"), [("Map", "/map", "The map"), ("Response times of the city", "/public", "The public page")]
)
def test_the_map_and_the_public_page_are_at_hand_on_every_page(hands: Hands, name: str, path: str, task: str) -> None:
    with hands.page.expect_request(f"**{path}"):  # the citizens' pages have a server of their own
        hands.on(hands.page.get_by_role("link", name=name, exact=True).first)
    done(hands, task)


def test_one_doubtful_post_is_reviewed(hands: Hands, context: Context) -> None:
    page, before = hands.page, read.count_review_queue(context.ledger)
    page.goto(page.url + "review")
    hands.on(page.get_by_role("button", name="No case").first)
    assert page.locator(".headline [role=status]").inner_text().endswith(f" for {before - 1} posts that wait")
    done(hands, "Review one post")


@pytest.fixture
def alerted(context: Context) -> Iterator[Context]:
    """Give the desk an account that can be mailed; without users again afterwards."""
    people(context)
    accounts.set_mail(context.ledger, "ben", "ben@ayto.test", "test")
    mailing = context.settings
    context.settings = mailing.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    yield context
    context.settings = mailing
    with writing(context.ledger) as connection:
        for table in ("view_matches", "view_alerts", "saved_views", "sessions", "users"):
            connection.execute(schema.metadata.tables[table].delete())


def test_a_view_is_saved_with_an_alert(alerted: Context, hands: Hands, address: str) -> None:
    page = as_ben(hands.page, address)
    page.goto(address + "/posts?topic=waste_cleaning&district=Salamanca")
    hands.on(page.locator("summary", has_text="Save this view"))
    hands.on(page.get_by_label("At once"))
    hands.on(page.get_by_role("button", name="Save", exact=True))
    page.wait_for_url("**/posts?period=30d&topic=waste_cleaning&district=Salamanca")
    chip = " ".join(page.locator(".saved .chip.on").inner_text().split())
    assert chip == "Waste and cleaning · Salamanca , alert at once"
    [alert] = read.view_alerts(alerted.ledger, "ben")
    assert (alert.channel, alert.hour) == ("mail", None)
    done(hands, "Save a view with an alert")
