"""What the panels say and how they look: notes, minimum, empty states, colours, bars, cells, and the files."""

import csv
import io
import math
from datetime import UTC, datetime
from itertools import combinations
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from dashboards import expected
from dashboards.panels import PANELS, Panel, Window
from dashboards.render.charts import chart
from dashboards.render.csv_table import csv_table
from dashboards.spec.clock import Clock, Hours
from dashboards.spec.colours import BY_VALUE
from dashboards.spec.days import Days
from dashboards.spec.months import Months
from tests.support.made_facts import many_cases, many_posts, post

VIEW = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))
POSTS, CASES = many_posts(500, VIEW.now, seed=7), many_cases(150, VIEW.now, seed=8)

DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "none": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}
"""How a reader sees linear RGB: Machado, Oliveira and Fernandes (2009), severity 1."""


def linear(colour: str) -> list[float]:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lab(colour: str, seen_by: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a colour as these readers see it."""
    red, green, blue = (
        max(0.0, min(1.0, sum(w * part for w, part in zip(row, linear(colour), strict=True)))) for row in DEFICIENCIES[seen_by]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: str, other: str, seen_by: str) -> float:
    return math.dist(lab(one, seen_by), lab(other, seen_by))


@pytest.mark.parametrize("seen_by", DEFICIENCIES)
@pytest.mark.parametrize("field", BY_VALUE)
def test_colours_of_one_panel_can_be_told_apart_by_every_reader(field: str, seen_by: str) -> None:
    different = {colour for value, colour in BY_VALUE[field].items() if value != "__missing__"}
    assert min(distance(one, other, seen_by) for one, other in combinations(sorted(different), 2)) > 20


def test_red_and_green_of_one_lightness_would_be_noticed() -> None:
    assert distance("#c0392b", "#5f8a2f", "deuteranopia") < 20 < distance("#c0392b", "#5f8a2f", "none")


@pytest.mark.parametrize("panel", PANELS.values(), ids=lambda panel: panel.key)
def test_every_panel_says_in_one_sentence_what_it_shows_and_what_empty_means(panel: Panel) -> None:
    assert panel.note.endswith(".")
    assert panel.empty.endswith(".")
    is_clocked = any(isinstance(split, Days | Months | Clock) for layer in panel.layers for split in layer.split)
    assert ("Europe/Madrid" in panel.note_in("es", VIEW.zone)) == is_clocked
    if panel.form in ("share", "span", "change"):
        assert panel.minimum >= 10 or panel.key == "labelled_by_source"
        assert panel.minimum == 1 or f"{panel.minimum} registros" in panel.note_in("es")


def test_a_new_kind_of_split_by_the_clock_names_the_time_zone_by_its_class_alone() -> None:
    class HalfDays(Hours):
        kind: Literal["half_days"] = "half_days"  # type: ignore[assignment]

    panel = PANELS["complaints_by_hour"]
    layer = panel.layers[0].model_copy(update={"split": (HalfDays(field="created_at"),)})
    assert "Europe/Madrid" in panel.model_copy(update={"layers": (layer,)}).note_in("es", VIEW.zone)


def test_a_panel_with_too_few_records_says_so_and_one_with_enough_does_not() -> None:
    panel = PANELS["within_due"]
    few, many = [("Vías públicas", "in_time", 4), ("Vías públicas", "late", 5)], [("Vías públicas", "in_time", 10)]
    assert chart(panel, few, "es").few == "Demasiado pocos para comparar: 9."
    assert chart(panel, [*many, ("Vías públicas", "late", 0)], "es").few == ""


def test_a_change_is_told_in_words_against_the_period_before() -> None:
    rows = [(30,)]
    assert chart(PANELS["posts_total"], rows, "es", totals=(30, 20)).delta == "+50\xa0% respecto a los 28 días anteriores (20)"
    assert chart(PANELS["posts_total"], rows, "en", totals=(156, 1)).delta == "1 in the 28 days before"
    assert chart(PANELS["posts_total"], rows, "en", totals=(30, 0)).delta == "new compared with the 28 days before (0)"
    assert chart(PANELS["posts_total"], rows, "en").delta == ""


def test_the_period_before_ends_at_the_same_time_of_day_through_a_clock_change() -> None:
    before = VIEW.before
    assert before is not None
    assert before.now == datetime(2026, 10, 13, 16, 30, tzinfo=UTC)  # 18:30 in Madrid, summer time
    assert (before.dates[0].isoformat(), before.dates[-1].isoformat()) == ("2026-09-16", "2026-10-13")
    assert before.before is None
    weeks = Window(now=VIEW.now, zone=VIEW.zone, days=10, compare="weeks").before
    assert weeks is not None
    assert weeks.dates[-1].weekday() == VIEW.dates[-1].weekday()


@pytest.mark.parametrize("panel", [one for one in PANELS.values() if one.form in ("bars", "share", "grid")], ids=lambda one: one.key)
def test_bars_and_cells_hold_the_numbers_of_the_rows(panel: Panel) -> None:
    rows = expected.rows(panel, POSTS, CASES, VIEW)
    one = chart(panel, rows, "en", VIEW.zone)
    numbers = {tuple(map(str, row[:-1])): row[-1] for row in rows}
    marks = [*one.bars, *(cell for line in one.grid for cell in line.cells)]
    assert marks
    assert all(mark.keys in numbers for mark in marks if panel.form != "grid" or mark.text)
    if panel.form == "bars":
        assert [mark.text for mark in one.bars] == [f"{numbers[mark.keys]:,}" for mark in one.bars]
        assert max(mark.part for mark in one.bars) == 100
    assert all(0 <= mark.part <= 100 for mark in marks)


@pytest.mark.parametrize("panel", PANELS.values(), ids=lambda panel: panel.key)
def test_a_csv_has_every_row_with_its_labels_and_bare_number(panel: Panel) -> None:
    rows = expected.rows(panel, POSTS, CASES, VIEW)
    lines = list(csv.reader(io.StringIO(csv_table(panel, rows, "es"))))
    assert len(lines) == len(rows) + 1
    assert {len(line) for line in lines} == {len(rows[0])}
    if panel.layers:
        assert [float(line[-1]) for line in lines[1:]] == pytest.approx([row[-1] for row in rows])


def test_no_cell_of_a_csv_can_be_run_as_a_formula() -> None:
    rows = expected.rows(PANELS["complaints_by_place"], [post("a", place="=1+1", intent="complaint")], [], VIEW)
    assert csv_table(PANELS["complaints_by_place"], rows, "en").splitlines()[1] == "'=1+1,1"
