"""More tasks of staff in a real browser: thresholds, an area on the map, days, the review, saved views, many cases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from core.records.area import Area
from ledger import read, schema
from ledger.database.writing import writing
from pipeline import all_steps as steps
from pipeline.access import accounts
from pipeline.context import Context
from pipeline.sources import Source
from search.connection.engine import stop_embedded
from tests.support.desk_client import people
from tests.support.desk_hands import Hands, as_ben, wait_until
from tests.support.played import PlayedOptions
from tests.support.seeded import open_seeded
from tests.system.desk.test_desk_browser import CHROMIUM, address, chromium, opened

__all__ = ["address", "chromium"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, datetime.now(UTC) - timedelta(minutes=5))
    context.sources["archive"] = Source("archive", SimpleNamespace(), PlayedOptions(every=60), None, [])
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture
def hands(chromium: Browser, address: str) -> Hands:
    page = opened(chromium, "en-GB", 1440)
    page.goto(address + "/")
    return Hands(page)


@pytest.fixture(params=["mouse", "keyboard"])
def each_hand(request: pytest.FixtureRequest, hands: Hands) -> Hands:
    """Work the task with the mouse, and once more with the keyboard alone."""
    hands.device = request.param
    return hands


def test_a_threshold_is_tried_and_corrected_in_five_clicks(hands: Hands, context: Context) -> None:
    page = hands.page
    hands.on(page.get_by_role("link", name="Settings", exact=True))
    hands.on(page.get_by_role("link", name="What becomes a case"))
    page.get_by_label("A post opens a case by itself from").fill("0.9")
    page.get_by_label("A person reviews a post from").fill("0.2")
    hands.on(page.get_by_role("button", name="Try on the newest posts"))
    assert page.locator(".moves a").first.inner_text() == "10 posts"
    assert context.city.triage.act == 0.8
    hands.on(page.get_by_role("button", name="Save these values"))
    assert page.locator(".note[role=status]").inner_text().startswith("Saved.")
    assert context.city.cutoffs("x", "es") == (0.2, 0.9)
    hands.on(page.get_by_role("button", name="Undo"))
    assert hands.made <= 5
    assert context.city.triage.act is None


def test_a_red_day_opens_its_posts_in_two_clicks(each_hand: Hands) -> None:
    page = each_hand.page
    each_hand.on(page.locator(".tools .light"))
    bar = page.locator(".strip a:not(.h0)").last
    n = bar.get_attribute("data-count")
    each_hand.on(bar)
    assert each_hand.made <= 2
    assert page.locator(".headline [role=status]").inner_text() == ("1 post" if n == "1" else f"{n} posts")


def test_an_area_drawn_on_the_map_narrows_the_cases_and_posts(hands: Hands, context: Context) -> None:
    page = hands.page
    hands.on(page.get_by_role("link", name="Map", exact=True))
    assert not page.get_by_text("Drag around the area.").is_visible()
    page.get_by_role("button", name="Draw an area").click()
    assert page.get_by_text("Drag around the area.").is_visible()
    background = "getComputedStyle(document.querySelector('[data-draw]')).backgroundColor"
    page.wait_for_timeout(400)  # the colour changes slowly
    under_pointer = page.evaluate(background)
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    assert page.evaluate(background) == under_pointer, "white letters need the dark button under the pointer too"
    box = page.locator("#city-map circle.case").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y - 50)
    page.mouse.down()
    for right, down in ((60, -50), (60, 50), (-60, 50), (-60, -40)):
        page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()
    page.wait_for_url("**area=*")
    area = Area.read(parse_qs(urlsplit(page.url).query)["area"][0])
    inside = [one for one in read.case_points(context.ledger, open_only=True) if area.contains(one.lat, one.lon)]
    assert inside
    assert page.locator("[role=status]").first.inner_text().count(f"{len(inside)} open case") == 1
    page.get_by_role("link", name="Cases", exact=True).click()
    page.wait_for_url("**/cases?area=*")
    assert page.locator("[role=status]").first.inner_text().startswith(f"{len(inside)} case")


def test_an_enlarged_map_shows_small_streets_with_names_and_is_moved_by_dragging(hands: Hands) -> None:
    page = hands.page
    page.goto(page.url + "map")
    city_map = page.locator("#city-map")
    city_map.scroll_into_view_if_needed()
    before = page.locator(".streets text").count()
    assert page.locator(".streets .rank3").count() == 0, "a whole city has no small streets"
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    page.locator(".streets .rank3").wait_for(state="attached")
    near, whole = city_map.get_attribute("viewBox"), page.url
    box = city_map.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 500) / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 150, steps=6)
    page.mouse.up()
    moved = city_map.get_attribute("viewBox")
    assert moved is not None
    assert near is not None
    assert float(moved.split()[1]) > float(near.split()[1])
    wait_until(page, f"document.querySelectorAll('.streets text').length > {before}")
    assert page.url == whole, "a drag opens no district"
    for _ in range(6):
        page.get_by_role("button", name="Zoom out").click()
    wait_until(page, "!document.querySelector('.streets .rank3')")
    assert page.locator(".streets text").count() == before


def test_the_slider_and_the_bars_choose_days(hands: Hands) -> None:
    page = hands.page
    page.goto(page.url + "map?period=7d")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_url("**step=7*")
    wait_until(page, "document.querySelector('[data-slider] output').innerText !== 'whole period'")
    assert page.locator("#map-part [data-count]").first.get_attribute("href") is not None
    line = page.locator("svg.timeline").first.bounding_box()
    assert line is not None
    days = page.locator("svg.timeline").first.get_attribute("data-days")
    assert days is not None
    middle = line["y"] + line["height"] / 2
    page.mouse.move(line["x"] + line["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(line["x"] + line["width"] * 0.6, middle, steps=6)
    page.mouse.up()
    page.wait_for_url("**period=custom*")
    asked = parse_qs(urlsplit(page.url).query)
    assert "step" not in asked
    assert asked["first"][0] in days.split()
    assert asked["first"][0] < asked["last"][0]


def test_one_doubtful_post_is_reviewed_with_one_key(hands: Hands, context: Context) -> None:
    page, before = hands.page, read.count_review_queue(context.ledger)
    page.goto(page.url + "review")
    page.keyboard.press("j")
    page.wait_for_url("**at=1*")
    page.keyboard.press("k")
    page.wait_for_url("**at=0*")
    for key, left in (("n", before - 1), ("a", before - 2)):
        page.keyboard.press(key)
        page.wait_for_url("**done=1*")
        wait_until(page, f"document.querySelector('.headline [role=status]').innerText.endsWith(' for {left} posts that wait')")
        page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("farola")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=farola*")


def test_shortcuts_can_be_switched_off(hands: Hands) -> None:
    page = hands.page
    page.keyboard.press("?")
    page.wait_for_url("**/shortcuts")
    hands.on(page.get_by_role("link", name="Switch the shortcuts off"))
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "everything"


@pytest.fixture
def alerted(context: Context) -> Iterator[Context]:
    """Give the desk an account that can be mailed; without users again afterwards."""
    people(context)
    accounts.set_mail(context.ledger, "ben", "ben@ayto.test", "test")
    mailing, context.settings = (context.settings, context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")}))
    yield context
    context.settings = mailing
    with writing(context.ledger) as connection:
        for table in ("view_matches", "view_alerts", "saved_views", "sessions", "users"):
            connection.execute(schema.metadata.tables[table].delete())


def test_a_view_is_saved_with_a_daily_alert_by_keyboard_alone(alerted: Context, chromium: Browser, address: str) -> None:
    page = as_ben(opened(chromium, "en-GB", 1440), address)
    page.goto(address + "/cases?whose=none")
    for key in ("s", "Tab", "ControlOrMeta+a"):
        page.keyboard.press(key)
    page.keyboard.type("To hand out")
    for key in ("Tab", "ArrowRight", "ArrowRight", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/cases?period=all&whose=none")
    [view] = read.saved_views(alerted.ledger, "ben")
    [alert] = read.view_alerts(alerted.ledger, "ben")
    assert (view.name, view.page, alert.hour) == ("To hand out", "cases", 8)


def test_many_cases_are_taken_by_keyboard_alone(alerted: Context, chromium: Browser, address: str) -> None:
    page = as_ben(opened(chromium, "en-GB", 1440), address)
    page.goto(address + "/cases")
    before = page.locator("tr[data-row]").count()
    for key in ("j", "x", "j", "x", "b"):
        page.keyboard.press(key)
    page.get_by_label("Why", exact=True).wait_for()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/cases/bulk")
    assert before >= 2
    assert "2 cases were changed." in page.locator("main").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Undo all of it").press("Enter")
    assert "2 cases were changed." in page.locator("main").inner_text()


def test_today_fits_one_screen(chromium: Browser, address: str) -> None:
    page = opened(chromium, "es-ES", 1440)
    page.goto(address + "/")
    assert page.locator(".today").evaluate("(one) => one.getBoundingClientRect().bottom") <= 900


def test_light_and_dark_are_chosen_without_script(chromium: Browser, address: str) -> None:
    page = chromium.new_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(address + "/posts?period=week")
    page.locator("a.theme").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.url.endswith("/posts?period=week")
