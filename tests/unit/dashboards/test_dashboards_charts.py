"""The pictures: safe on a strict page, legible without colour, the same numbers as the table, in Spanish and in English."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from core.config.city import load_city
from dashboards import expected
from dashboards.panels import DASHBOARDS, PANELS, Window
from dashboards.render import svg as picture, vega
from dashboards.render.charts import chart, draw, pixels
from dashboards.render.dashboard import draw_dashboard, warm_up
from dashboards.render.svg import INK, MAIN, SOFT, UnsafePictureError
from dashboards.render.table import change
from search import writer
from tests.support.made_facts import many_cases, many_posts, post

pytest_plugins = ("tests.support.engines",)

VIEW = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))
POSTS, CASES = many_posts(1_500, VIEW.now, seed=7), many_cases(300, VIEW.now, seed=8)
DRAWN = [key for key, panel in PANELS.items() if panel.form != "list"]


def drawn(key: str, language: str = "en"):
    return chart(PANELS[key], expected.rows(PANELS[key], POSTS, CASES, VIEW), language, VIEW.zone)


ELEMENTS = {"svg", "title", "desc", "g", "path", "line", "rect", "text"}


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  made here


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("key", DRAWN)
def test_a_picture_is_one_labelled_image_without_script_style_or_anything_from_outside(key, language):
    one = drawn(key, language)
    root = parsed(one.svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert (root.get("role"), root.get("aria-labelledby").split()) == ("img", ids)
    assert root[0].text == one.title
    assert (one.headers[1] if PANELS[key].form == "days" else one.rows[0][0]) in root[1].text
    assert {element.tag.split("}")[1] for element in root.iter()} <= ELEMENTS
    attributes = {name for element in root.iter() for name in element.attrib}
    assert [name for name in attributes if name in ("style", "class", "href") or name.startswith("on")] == []
    assert "url(" not in one.svg


@pytest.mark.parametrize("key", DRAWN)
def test_every_number_of_the_table_stands_in_the_picture_too_or_on_its_axis(key):
    one = drawn(key)
    words = {text.strip() for text in parsed(one.svg).itertext()}
    if PANELS[key].form in ("bars", "grid"):
        shown = {cell for row in one.rows for cell in row if cell != "0"}
    elif PANELS[key].form == "days":
        shown = {str(max(int(row[n]) for row in one.rows)) for n in range(1, len(one.headers))}
    else:
        shown = {row[0] for row in one.rows}
    assert shown <= words


def test_a_picture_of_the_day_has_all_its_hours_and_one_of_services_only_the_most_frequent():
    hours = {text.strip() for text in parsed(drawn("complaints_by_hour").svg).itertext()}
    assert {f"{hour:02}:00" for hour in range(24)} <= hours
    sources = chart(PANELS["posts_by_source"], [(f"s{n:02}", 20 - n) for n in range(20)], "en")
    shown = [text for text in parsed(sources.svg).itertext() if text in {row[0] for row in sources.rows}]
    assert (len(sources.rows), len(shown)) == (20, 12)


def test_text_from_outside_stays_text():
    evil = '<script>a()</script>" onload="x'
    one = chart(PANELS["posts_by_source"], [(evil, 3)], "en")
    assert "<script" not in one.svg
    assert evil in list(parsed(one.svg).itertext())


@pytest.mark.parametrize(
    "mark",
    [
        {"type": "image", "url": "https://example.org/x.png", "width": 9, "height": 9},
        {"type": "bar", "clip": True},
        {"type": "bar", "href": "https://example.org"},
        {
            "type": "bar",
            "color": {"gradient": "linear", "stops": [{"offset": 0, "color": "red"}, {"offset": 1, "color": "blue"}]},
        },
    ],
    ids=["image", "clip", "link", "gradient"],
)
def test_what_a_strict_page_would_refuse_is_refused_here(mark):
    spec = {
        "data": {"values": [{"a": "x", "b": 1}]},
        "mark": mark,
        "encoding": {"x": {"field": "b", "type": "quantitative"}},
    }
    with pytest.raises(UnsafePictureError):
        draw(spec, "t", "d")


def test_a_picture_of_days_says_totals_and_peaks_to_who_does_not_see_it():
    days = [post(str(n), sentiment="negative", created_at=VIEW.midnight(ago)) for n, ago in enumerate((3, 3, 1))]
    rows = expected.rows(PANELS["posts_by_sentiment"], days, [], VIEW)
    said = parsed(chart(PANELS["posts_by_sentiment"], rows, "es").svg)[1].text
    assert said.startswith("negativo: 3 en total, el máximo el sáb 7 nov (2).")


def test_nothing_to_draw_is_said_and_not_drawn():
    one = chart(PANELS["complaints_by_topic"], [], "es")
    assert (one.svg, one.empty, one.rows, one.headers) == ("", True, (), ("Servicio", "Mensajes"))
    assert chart(PANELS["posts_by_sentiment"], expected.rows(PANELS["posts_by_sentiment"], [], [], VIEW), "es").empty


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_and_mark_can_be_told_from_its_ground():
    assert min(contrast(colour, "#ffffff") for colour in (INK, SOFT, MAIN)) > 4.5
    worst = min((contrast(vega.shade(n / 200), vega.ink_on(n / 200)), n / 200) for n in range(201))
    assert worst[0] > 4.5, worst


def test_a_table_reads_in_the_language_and_the_order_of_the_picture():
    posts = [
        post(str(n), topic=topic, intent="complaint") for n, topic in enumerate(["noise", "waste_cleaning", "noise"])
    ]
    rows = expected.rows(PANELS["complaints_by_topic"], posts, [], VIEW)
    assert chart(PANELS["complaints_by_topic"], rows, "es").rows == (("Ruido", "2"), ("Residuos y limpieza", "1"))
    assert chart(PANELS["complaints_by_topic"], rows, "en").rows == (("Noise", "2"), ("Waste and cleaning", "1"))


def test_shares_and_hours_and_days_are_written_as_the_language_does():
    rows = [("Vías públicas", "in_time", 1), ("Vías públicas", "late", 7)]
    spanish, english = (chart(PANELS["within_due"], rows, language).rows for language in ("es", "en"))
    assert (spanish[0][1:], english[0][1:]) == (("1", "7", "12\xa0%"), ("1", "7", "12%"))
    hours = [("Vías públicas", "p50", 1234.56), ("Vías públicas", "p90", 2000.0)]
    assert chart(PANELS["answer_times"], hours, "es").rows == (("Vías públicas", "1.234,6", "2.000"),)
    days = chart(PANELS["posts_by_sentiment"], [("2026-11-03", "negative", 4), ("2026-11-03", "neutral", 0)], "es")
    assert (days.headers, days.rows) == (("Día", "negativo", "neutro"), (("mar 3 nov", "4", "0"),))


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(3, 2, "+50%"), (1, 2, "−50%"), (2, 2, "0%"), (1, 0, "new"), (0, 0, "–"), (0, 3.5, "−100%")],
)
def test_a_change_is_in_percent_of_before(now, before, words):
    assert change(now, before, "en") == words


def test_a_list_shows_the_citys_time_and_names_and_a_dash_for_nothing():
    one = post("a", actionable=True, topic="noise", text="¡Qué <b>ruido</b>!", decision="in_case")
    rows = expected.rows(PANELS["latest_actionable"], [one], [], VIEW)
    assert chart(PANELS["latest_actionable"], rows, "es", VIEW.zone).rows == (
        ("3/11/26, 13:00", "Ruido", "–", "¡Qué <b>ruido</b>!", "x", "en un caso"),
    )


def test_a_dashboard_that_was_drawn_before_is_not_drawn_again():
    keys = [panel.key for panel in DASHBOARDS[0].panels]
    picture._draw.cache_clear()
    pictures = [drawn(key) for key in keys]
    drawings = picture._draw.cache_info().misses
    assert drawings > 0
    assert [drawn(key) for key in keys] == pictures
    assert picture._draw.cache_info().misses == drawings


def test_the_desk_draws_a_whole_dashboard_with_one_request(engine):
    writer.write(engine, POSTS, CASES)
    writer.refresh(engine)
    city = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
    warm_up()
    for dashboard in DASHBOARDS:
        charts = draw_dashboard(engine, city, dashboard, "es", VIEW.now)
        assert charts == [drawn(panel.key, "es") for panel in dashboard.panels]
        assert not any(one.empty for one in charts)


def test_pictures_exist_as_pixels_for_what_cannot_show_svg():
    rows = expected.rows(PANELS["posts_by_source"], POSTS, [], VIEW)
    assert pixels(PANELS["posts_by_source"], rows, "es").startswith(b"\x89PNG")
    assert pixels(PANELS["latest_actionable"], [], "es") == b""


def spoken() -> set[str]:
    """Every text of the panels that people read."""
    found: set[str] = set()
    for dashboard in DASHBOARDS:
        found |= {dashboard.title, dashboard.description}
        for panel in dashboard.panels:
            found |= {panel.title, panel.note} | {
                header for _, header in (panel.latest.columns if panel.latest else ())
            }
            for layer in panel.layers:
                found |= {layer.name} if len(panel.layers) > 1 else set()
                found |= (
                    {layer.name.capitalize()}
                    if len(layer.split) == 1 and layer.measure is None and len(panel.layers) == 1
                    else set()
                )
                for split in layer.split:
                    found |= {split.header} | ({split.unknown} if split.kind == "terms" else set())
                    found |= {group.name for group in split.groups} if split.kind == "groups" else set()
    return {text for text in found if text}


def test_every_text_of_every_panel_exists_in_spanish_and_none_is_left_over():
    with (Path(__file__).parents[3] / "locale" / "es" / "dashboards.po").open("rb") as file:
        known = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    code = "".join(path.read_text() for path in (Path(__file__).parents[3] / "dashboards").rglob("*.py"))
    assert sorted(text for text in spoken() if not known.get(text)) == []
    assert sorted(text for text in known if text not in spoken() and f'"{text}"' not in code) == []
