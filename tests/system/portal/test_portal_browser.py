"""Look at the citizens' pages in a real browser: the map, and forms by keyboard."""

from collections.abc import Iterator
from itertools import combinations, product
from math import hypot

import pytest
from playwright.sync_api import Browser

from portal.pages import report_form
from tests.support.page_checks import CHROMIUM, launched

pytest_plugins = ("tests.support.portal_fixtures",)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from launched()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_numbers_on_the_map_are_readable(chromium: Browser, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{address}/open")
    scaled = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
    sizes = page.locator(".map text:visible").evaluate_all(scaled)
    assert sizes
    assert min(sizes) >= 11
    page.close()


@pytest.mark.parametrize("width", [320, 390, 700, 959, 960, 1024, 1440])
def test_no_mark_of_the_map_covers_another(chromium: Browser, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{address}/open")
    drawn = """all => all.map(one => { const box = one.getBoundingClientRect(), edge = parseFloat(getComputedStyle(one).strokeWidth);
        return [box.x + box.width / 2, box.y + box.height / 2, one.r.baseVal.value + edge / 2] })"""
    marks = page.locator(".map .dot:visible").evaluate_all(drawn)
    assert len(marks) >= 3
    for (x, y, radius), (other_x, other_y, other) in combinations(marks, 2):
        assert hypot(x - other_x, y - other_y) >= radius + other
    said = page.locator(".map a text:visible").all_text_contents()
    assert sum(int(one[1:]) if one.startswith("×") else 1 for one in said) == page.locator(".problems .problem").count() == 14
    page.close()


@pytest.mark.parametrize("width", [320, 960])
def test_no_name_of_a_district_covers_a_mark_or_leaves_the_map(chromium: Browser, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{address}/open")
    boxes = "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right, box.top, box.bottom])"
    names = page.locator(".map .name:visible").evaluate_all(boxes)
    ((left, right, top, bottom),) = page.locator(".map .frame").evaluate_all(boxes)
    assert names
    for name in names:
        assert left <= name[0]
        assert name[1] <= right
        assert top - 3 <= name[2]
        assert name[3] <= bottom + 3
    marks = page.locator(".map .dot:visible").evaluate_all(boxes)
    for one, other in [*combinations(names, 2), *product(names, marks)]:  # a line of text has 3 empty pixels on each side
        assert one[1] <= other[0] or other[1] <= one[0] or one[3] - 3 <= other[2] or other[3] - 3 <= one[2]
    page.close()


def test_a_report_is_sent_by_keyboard_alone(chromium: Browser, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = chromium.new_context(locale="es", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/report")
    page.locator("#service").focus()
    page.keyboard.type("Alumbrado")
    page.keyboard.press("Tab")
    page.keyboard.type("Plaza de Lavapiés 3")
    page.keyboard.press("Tab")
    page.keyboard.type("Embajadores")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report#where")
    assert page.input_value("#area") == "barrio:1-2"
    assert page.locator(".where [role=status]").first.inner_text().startswith("El mapa muestra Plaza de Lavapiés")
    page.locator("button[value=show]").focus()
    page.keyboard.press("Tab")  # past the map, which needs no key
    page.keyboard.press("Tab")
    page.keyboard.type("La farola lleva un mes fundida")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/**")
    assert page.locator("[role=status]").first.inner_text().startswith("Hemos recibido su aviso.")
    context.close()


def test_a_question_is_answered_on_the_receipt_by_keyboard_without_script(chromium: Browser, address: str, of_a_report: list[str]) -> None:
    context = chromium.new_context(locale="es", java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}{of_a_report[0]}")
    page.locator("#text").focus()
    page.keyboard.type("En el número 14")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**replied=yes**")
    assert page.locator("#reply .good").inner_text().startswith("El Ayuntamiento recibió su respuesta el")
    assert page.locator("textarea").count() == 0
    context.close()
