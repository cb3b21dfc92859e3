"""The pictures: safe on a strict page, legible without colour, the same numbers as the table, in Spanish and in English."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from dashboards import expected
from dashboards.panels import DASHBOARDS, PANELS, Window
from dashboards.render import svg as picture, vega
from dashboards.render.charts import PICTURED, Chart, chart, draw, picture as drawing, pixels
from dashboards.render.dashboard import ask_dashboard, draw_rows, warm_up
from dashboards.render.marks import MOST_BARS
from dashboards.render.svg import INK, MAIN, SOFT, UnsafePictureError
from dashboards.render.table import change
from dashboards.spec.bands import Bands
from dashboards.spec.groups import Groups
from dashboards.spec.measures import Sums
from dashboards.spec.panel import Row
from dashboards.spec.periods import NAMES as PERIOD_NAMES
from dashboards.spec.terms import Terms
from search.connection.engine import Engine
from search.index import writer
from tests.support.made_facts import many_cases, many_posts, post

pytest_plugins = ("tests.support.engines",)

VIEW = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))
POSTS, CASES = many_posts(700, VIEW.now, seed=7), many_cases(200, VIEW.now, seed=8)
DRAWN = [key for key, panel in PANELS.items() if panel.form not in ("list", "tile")]


@cache
def rows_of(key: str) -> list[Row]:
    return expected.rows(PANELS[key], POSTS, CASES, VIEW)


def svg_of(key: str, language: str = "en") -> str:
    return drawing(PANELS[key], rows_of(key), language)


def drawn(key: str, language: str = "en") -> Chart:
    return chart(PANELS[key], rows_of(key), language, VIEW.zone)


ELEMENTS = {"svg", "title", "desc", "g", "path", "line", "rect", "text"}


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  made here


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("key", DRAWN)
def test_a_picture_is_one_labelled_image_without_script_style_or_anything_from_outside(key: str, language: str) -> None:
    one, svg = drawn(key, language), svg_of(key, language)
    root = parsed(svg)
    assert one.svg == (svg if PANELS[key].form in PICTURED else "")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert (root.get("role"), root.get("aria-labelledby", "").split()) == ("img", ids)
    assert root[0].text == one.title
    assert (one.headers[1] if PANELS[key].form == "days" else one.rows[0][0]) in (root[1].text or "")
    assert {element.tag.split("}")[1] for element in root.iter()} <= ELEMENTS
    attributes = {name for element in root.iter() for name in element.attrib}
    assert [name for name in attributes if name in ("style", "class", "href") or name.startswith("on")] == []
    assert "url(" not in svg


@pytest.mark.parametrize("key", DRAWN)
def test_every_number_of_the_table_stands_in_the_picture_too_or_on_its_axis(key: str) -> None:
    one = drawn(key)
    words = {text.strip() for text in parsed(svg_of(key)).itertext()}
    if PANELS[key].form in ("bars", "grid"):
        is_cut = PANELS[key].form == "bars" and PANELS[key].axes[0].is_ranked
        shown = {cell for row in one.rows[: MOST_BARS if is_cut else None] for cell in row if cell != "0"}
    elif PANELS[key].form == "days":
        shown = {str(max(int(row[n]) for row in one.rows)) for n in range(1, len(one.headers))}
    else:
        shown = {row[0] for row in one.rows}
    assert shown <= words


def test_a_picture_of_the_day_has_all_its_hours_and_one_of_services_only_the_most_frequent() -> None:
    hours = {text.strip() for text in parsed(svg_of("complaints_by_hour")).itertext()}
    assert {f"{hour:02}:00" for hour in range(24)} <= hours
    rows = [(f"s{n:02}", 20 - n) for n in range(20)]
    sources = chart(PANELS["posts_by_source"], rows, "en")
    svg = drawing(PANELS["posts_by_source"], rows, "en")
    shown = [text for text in parsed(svg).itertext() if text in {row[0] for row in sources.rows}]
    assert (len(sources.rows), len(shown), len(sources.bars)) == (20, 12, 12)


def test_text_from_outside_stays_text() -> None:
    evil = '<script>a()</script>" onload="x'
    svg = drawing(PANELS["posts_by_source"], [(evil, 3)], "en")
    assert "<script" not in svg
    assert evil in list(parsed(svg).itertext())


@pytest.mark.parametrize(
    "mark",
    [
        {"type": "image", "url": "https://example.org/x.png", "width": 9, "height": 9},
        {"type": "bar", "clip": True},
        {"type": "bar", "href": "https://example.org"},
        {"type": "bar", "color": {"gradient": "linear", "stops": [{"offset": 0, "color": "red"}, {"offset": 1, "color": "blue"}]}},
    ],
    ids=["image", "clip", "link", "gradient"],
)
def test_what_a_strict_page_would_refuse_is_refused_here(mark: dict[str, Any]) -> None:
    spec = {"data": {"values": [{"a": "x", "b": 1}]}, "mark": mark, "encoding": {"x": {"field": "b", "type": "quantitative"}}}
    with pytest.raises(UnsafePictureError):
        draw(spec, "t", "d")


def test_a_picture_of_days_says_totals_and_peaks_to_who_does_not_see_it() -> None:
    days = [post(str(n), sentiment="negative", created_at=VIEW.midnight(ago)) for n, ago in enumerate((3, 3, 1))]
    rows = expected.rows(PANELS["posts_by_sentiment"], days, [], VIEW)
    said = parsed(drawing(PANELS["posts_by_sentiment"], rows, "es"))[1].text or ""
    assert said.startswith("negativo: 3 en total, con un máximo de 2 el sáb 7 nov.")


def test_nothing_to_draw_is_said_and_not_drawn() -> None:
    one = chart(PANELS["complaints_by_topic"], [], "es")
    nothing = "Nada en este periodo."
    assert (one.svg, one.empty, one.rows, one.headers) == ("", nothing, (), ("Servicio", "Mensajes"))
    for key, panel in PANELS.items():
        assert chart(panel, expected.rows(panel, [], [], VIEW), "en").empty == panel.empty, key


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_and_mark_can_be_told_from_its_ground() -> None:
    assert min(contrast(colour, "#ffffff") for colour in (INK, SOFT, MAIN)) > 4.5
    worst = min((contrast(vega.shade(n / 200), vega.ink_on(n / 200)), n / 200) for n in range(201))
    assert worst[0] > 4.5, worst


def test_a_table_reads_in_the_language_and_the_order_of_the_picture() -> None:
    posts = [post(str(n), topic=topic, intent="complaint") for n, topic in enumerate(["noise", "waste_cleaning", "noise"])]
    rows = expected.rows(PANELS["complaints_by_topic"], posts, [], VIEW)
    assert chart(PANELS["complaints_by_topic"], rows, "es").rows == (("Ruido", "2"), ("Residuos y limpieza", "1"))
    assert chart(PANELS["complaints_by_topic"], rows, "en").rows == (("Noise", "2"), ("Waste and cleaning", "1"))


def test_shares_and_hours_and_days_are_written_as_the_language_does() -> None:
    rows = [("Vías públicas", "in_time", 1), ("Vías públicas", "late", 7)]
    spanish, english = (chart(PANELS["within_due"], rows, language).rows for language in ("es", "en"))
    assert (spanish[0][1:], english[0][1:]) == (("1", "7", "12\xa0%"), ("1", "7", "12%"))
    hours = [("Vías públicas", "p50", 1234.56), ("Vías públicas", "p90", 2000.0)]
    assert chart(PANELS["answer_times"], hours, "es").rows == (("Vías públicas", "1.234,6", "2.000"),)
    days = chart(PANELS["posts_by_sentiment"], [("2026-11-03", "negative", 4), ("2026-11-03", "neutral", 0)], "es")
    assert (days.headers, days.rows) == (("Día", "negativo", "neutro"), (("mar 3 nov", "4", "0"),))


@pytest.mark.parametrize(
    ("now", "before", "words"), [(3, 2, "+50%"), (1, 2, "−50%"), (2, 2, "0%"), (1, 0, "new"), (0, 0, "–"), (0, 3.5, "−100%")]
)
def test_a_change_is_in_percent_of_before(now: float, before: float, words: str) -> None:
    assert change(now, before, "en") == words


def test_a_list_shows_the_citys_time_and_names_and_a_dash_for_nothing() -> None:
    one = post("a", actionable=True, topic="noise", text="¡Qué <b>ruido</b>!", decision="in_case")
    rows = expected.rows(PANELS["latest_actionable"], [one], [], VIEW)
    assert chart(PANELS["latest_actionable"], rows, "es", VIEW.zone).rows == (
        ("3/11/26, 13:00", "Ruido", "–", "¡Qué <b>ruido</b>!", "X", "en un caso"),
    )


def test_a_dashboard_that_was_drawn_before_is_not_drawn_again() -> None:
    keys = [key for key, panel in PANELS.items() if panel.form in PICTURED]
    picture._draw.cache_clear()
    pictures = [drawn(key) for key in keys]
    drawings = picture._draw.cache_info().misses
    assert drawings > 0
    assert [drawn(key) for key in keys] == pictures
    assert picture._draw.cache_info().misses == drawings


def test_the_desk_draws_a_whole_dashboard_with_one_request(engine: Engine) -> None:
    writer.write(engine, POSTS, CASES)
    writer.refresh(engine)
    warm_up()
    for dashboard in DASHBOARDS:
        charts = draw_rows(ask_dashboard(engine, dashboard, VIEW), dashboard.panels, "es", VIEW)
        for one, panel in zip(charts, dashboard.panels, strict=True):
            totals = expected.totals(panel, POSTS, CASES, VIEW)
            assert one == chart(panel, rows_of(panel.key), "es", VIEW.zone, totals)
            assert bool(one.delta) == (totals is not None)
        assert not any(one.empty for one in charts)


def test_pictures_exist_as_pixels_for_what_cannot_show_svg() -> None:
    rows = expected.rows(PANELS["posts_by_source"], POSTS, [], VIEW)
    assert pixels(PANELS["posts_by_source"], rows, "es").startswith(b"\x89PNG")
    assert pixels(PANELS["latest_actionable"], [], "es") == b""


def spoken() -> set[str]:
    """Every text of the panels that people read."""
    found: set[str] = set()
    for dashboard in DASHBOARDS:
        found |= {dashboard.title, dashboard.description}
        for panel in dashboard.panels:
            found |= {panel.title, panel.note, panel.empty} | {header for _, header in (panel.latest.columns if panel.latest else ())}
            for layer in panel.layers:
                found |= {layer.name} if len(panel.layers) > 1 else set()
                found |= {layer.name.capitalize()} if len(layer.split) == 1 and layer.measure is None and len(panel.layers) == 1 else set()
                found |= set(layer.measure.names.values()) if isinstance(layer.measure, Sums) else set()
                for split in layer.split:
                    found |= {band.name or "" for band in split.bands} if isinstance(split, Bands) else set()
                    found |= set(PERIOD_NAMES.values()) if split.kind == "periods" else set()
                    found |= {split.header} | ({split.unknown or ""} if isinstance(split, Terms) else set())
                    found |= {group.name for group in split.groups} if isinstance(split, Groups) else set()
    return {text for text in found if text}


def test_every_text_of_every_panel_exists_in_spanish_and_none_is_left_over() -> None:
    with (Path(__file__).parents[3] / "locale" / "es" / "dashboards.po").open("rb") as file:
        known = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    code = "".join(path.read_text() for path in (Path(__file__).parents[3] / "dashboards").rglob("*.py"))
    assert sorted(text for text in spoken() if not known.get(text)) == []
    assert sorted(text for text in known if text not in spoken() and f'"{text}"' not in code) == []


def test_axes_and_peaks_have_the_separator_of_the_language() -> None:
    for language, peak, axis in (("es", "2.500", "1.000"), ("en", "2,500", "1,000")):
        drawn = draw(vega.days(["1", "2"], [("a", [1500, 2500])], language=language), "t", "d", language)
        assert f">{peak}<" in drawn
        assert f">{axis}<" in drawn
