"""The pictures of the model card: what they show is what was measured, and everybody can read it."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest

from nlp.evaluation.metrics import CurvePoint, curve
from nlp.inference.model_files import LABELS
from workshop.training.model_card.charts import confusion, reliability
from workshop.training.model_card.svg import BLACK, SVG, WHITE, alt_text, shade
from workshop.training.model_card.thresholds import point_at_recall, precision_at_recall, precision_recall, step_path

SURE = np.array([0.05, 0.9, 0.95, 1.0, 0.55, 0.55], np.float32)
RIGHT = np.array([False, True, True, False, True, False])

SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], np.float32)
TRUTH = np.array([True, False, True, True, False, True])

LABELLED = ("noise", "water", "other")
TRUE = np.array([0, 0, 0, 1, 1, 2, -1])
SAID = np.array([0, 0, 1, 1, 2, 2, 0])

HOSTILE = "</text><script>alert('1' & \"2\")</script>\x00]]>"
HARMLESS = HOSTILE.replace("\x00", "\ufffd")
DRAW: dict[str, Callable[[str], str]] = {
    "reliability": lambda title: reliability(title, SURE, RIGHT),
    "precision and recall": lambda title: precision_recall(title, SCORE, TRUTH, 0.65),
    "confusion": lambda title: confusion(title, LABELLED, TRUE, SAID),
}
every_picture = pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  made here


def all_of(svg: str, name: str) -> list[ElementTree.Element]:
    return list(parsed(svg).iter(f"{{{SVG}}}{name}"))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in all_of(svg, "text")]


def told(svg: str) -> str:
    return parsed(svg).findtext(f"{{{SVG}}}desc", "")


# The precision at a recall


@pytest.mark.parametrize(
    ("recall", "expected"),
    [
        (0.25, 1.0),  # from 0.9 on: 1 of 1
        (0.5, 3 / 4),  # from 0.7 on it would be 2 of 3; from 0.6 on it is 3 of 4, and that finds more too
        (0.75, 3 / 4),
        (0.9, 4 / 6),  # only everything finds all four
        (1.0, 4 / 6),
    ],
)
def test_precision_at_a_recall_is_the_best_of_all_thresholds_that_reach_it(recall: float, expected: float) -> None:
    assert precision_at_recall(SCORE, TRUTH, recall) == expected


def test_the_recall_asked_is_nine_tenths_and_nine_of_ten_reach_it() -> None:
    score = np.linspace(1, 0, 20, dtype=np.float32)
    truth = np.arange(20) < 9
    truth[19] = True  # the tenth is found last, with ten others
    assert precision_at_recall(score, truth) == 1.0


def test_posts_with_one_score_are_said_together_whatever_their_order() -> None:
    score = np.array([0.5, 0.5, 0.5, 0.2], np.float32)
    for truth in ([True, False, False, False], [False, False, True, False]):
        assert precision_at_recall(score, np.array(truth), 0.9) == 1 / 3
        assert curve(score, np.array(truth)) == [CurvePoint(0.5, 1 / 3, 1.0), CurvePoint(float(score[3]), 1 / 4, 1.0)]


def test_of_two_thresholds_of_one_precision_the_one_that_finds_more_is_taken() -> None:
    score = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    # from 0.8 on 1 of 2 is so, from 0.6 on 2 of 4
    assert point_at_recall(score, np.array([False, True, False, True]), 0.4) == CurvePoint(float(score[3]), 0.5, 1.0)


def test_where_nothing_is_so_the_precision_is_zero_not_a_failure() -> None:
    assert precision_at_recall(SCORE, np.zeros(6, bool)) == 0
    assert precision_at_recall(SCORE[:0], TRUTH[:0]) == 0


# The curve


def test_the_curve_says_what_the_chosen_threshold_and_nine_tenths_recall_give() -> None:
    picture = precision_recall("Actionable", SCORE, TRUTH, 0.65)
    lines = [
        "6 posts, 4 of them true",
        "chosen: precision 0.667, recall 0.500 (threshold 0.650)",
        "at 90 % recall: precision 0.667, recall 1.000 (threshold 0.400)",
    ]
    assert told(picture) == "; ".join(lines) + "."
    assert texts(picture)[-3:] == lines
    assert {"recall", "precision"} <= set(texts(picture))


def test_the_points_are_marked_where_they_lie() -> None:
    # the square begins at 70 and 72 and is 380 wide
    picture = precision_recall("Actionable", SCORE, TRUTH, 0.65)
    dot, diamond = all_of(picture, "circle")[0], all_of(picture, "path")[1]
    assert (dot.get("cx"), dot.get("cy")) == ("260", f"{72 + 380 / 3:.1f}")
    assert (diamond.get("d") or "").startswith(f"M450 {72 + 380 / 3 - 10:.1f}l")


def test_the_curve_goes_in_steps() -> None:
    points = [CurvePoint(0.9, 1.0, 0.5), CurvePoint(0.8, 0.5, 0.5), CurvePoint(0.7, 0.75, 1.0)]
    assert step_path(points) == "M70 72V72H260V262H260V167H450"


def test_a_long_fall_on_one_recall_is_one_line() -> None:
    falling = [CurvePoint(1 / n, 1 / n, 0.5) for n in range(1, 1000)]
    assert step_path(falling) == "M70 72V72H260V451.6H260"


def test_where_nothing_is_so_there_is_no_curve_and_no_mark() -> None:
    picture = precision_recall("Actionable", SCORE, np.zeros(6, bool), 0.65)
    assert told(picture) == "6 posts, 0 of them true: there is no curve."
    assert all_of(picture, "circle") == []


# Reliability


def test_reliability_says_bin_by_bin_how_many_were_right() -> None:
    assert told(reliability("Topic", SURE, RIGHT)) == (
        "6 posts, calibration error (ECE) 0.167. "
        "Score 0.0 to 0.1: 1 post, mean score 0.050, 0.000 right. "
        "Score 0.5 to 0.6: 2 posts, mean score 0.550, 0.500 right. "
        "Score 0.9 to 1.0: 3 posts, mean score 0.950, 0.667 right."
    )


def test_bins_have_a_bar_a_dot_and_their_posts_and_empty_bins_have_nothing() -> None:
    picture = reliability("Topic", SURE, RIGHT)
    bars = all_of(picture, "rect")[1:]
    assert [(bar.get("x"), bar.get("height")) for bar in bars] == [("72", "0"), ("262", "190"), ("414", "253.3")]
    assert len(all_of(picture, "circle")) == 3 + 1  # and one in the legend
    written = texts(picture)
    assert written[written.index("posts") :][:4] == ["posts", "1", "2", "3"]
    assert {"score", "share that was right", "0.0", "1.0"} <= set(written)


def test_the_diagonal_runs_from_corner_to_corner() -> None:
    ends = [tuple(line.get(end) for end in ("x1", "y1", "x2", "y2")) for line in all_of(DRAW["reliability"]("A"), "line")]
    assert ("70", "452", "450", "72") in ends


def test_no_posts_give_empty_axes_not_a_failure() -> None:
    picture = reliability("Topic", SURE[:0], RIGHT[:0])
    assert told(picture) == "0 posts, calibration error (ECE) 0.000."


# Confusion


def test_confusion_says_row_by_row_what_was_taken_for_what_the_most_frequent_first() -> None:
    assert told(confusion("Topic", LABELLED, TRUE, SAID)) == (
        "6 posts, 4 of them right. "
        "noise (3) taken for: noise 2, water 1. "
        "water (2) taken for: water 1, other 1. "
        "other (1) taken for: other 1."
    )


def test_rows_carry_their_number_and_only_cells_with_posts_a_count() -> None:
    written = texts(confusion("Topic", LABELLED, TRUE, SAID))
    assert written[1:-1] == [
        *("said by the model →", "truth (posts) ↓"),
        *LABELLED,
        *("noise (3)", "water (2)", "other (1)"),
        *("2", "1", "1", "1", "1"),
    ]


def test_a_cell_is_as_deep_as_its_share_of_the_row() -> None:
    cells = all_of(confusion("Topic", LABELLED, TRUE, SAID), "rect")[1:]
    shares = (2 / 3, 1 / 3, 0, 0, 1 / 2, 1 / 2, 0, 0, 1)
    assert [cell.get("fill") for cell in cells] == [shade(share)[0] for share in shares]
    assert (shade(0), shade(1)) == ((WHITE, BLACK), ("#08306b", WHITE))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_number_is_readable_on_every_cell() -> None:
    for share in np.linspace(0, 1, 1001):
        low, high = sorted(map(luminance, shade(float(share))))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_label_that_nobody_gave_is_an_empty_row() -> None:
    assert "water (0) taken for: nothing." in told(confusion("Topic", LABELLED, TRUE[:3], SAID[:3]))


def test_seventeen_topics_stay_apart_and_on_the_page() -> None:
    topics = LABELS["topic"]
    truth = np.repeat(np.arange(17), 17)
    picture = confusion("Topic", topics, truth, np.tile(np.arange(17), 17))
    cells = all_of(picture, "rect")[1:]
    assert len(cells) == 17 * 17
    assert {(cell.get("width"), cell.get("height")) for cell in cells} == {("34", "24")}
    assert float(parsed(picture).get("width", "")) <= 900
    assert {f"{topic} (17)" for topic in topics} <= set(texts(picture))


def test_cells_grow_with_their_numbers() -> None:
    everything = np.zeros(123_456, np.int64)
    cell = all_of(confusion("Topic", LABELLED, everything, everything), "rect")[1]
    assert float(cell.get("width", "")) > len("123,456") * 7


# Every picture


@every_picture
def test_a_picture_has_a_title_words_and_a_box_and_is_white(draw: Callable[[str], str]) -> None:
    picture = draw("Dev of 2022")
    root = parsed(picture)
    assert [child.tag.split("}")[1] for child in root][:2] == ["title", "desc"]
    assert root[0].text == texts(picture)[0] == "Dev of 2022"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    ground = root[2]
    assert (ground.get("width"), ground.get("height"), ground.get("fill")) == (root.get("width"), root.get("height"), WHITE)
    assert alt_text(picture) == f"Dev of 2022. {told(picture)}"


@every_picture
def test_letters_are_sans_serif_and_twelve_pixels_at_least(draw: Callable[[str], str]) -> None:
    picture = draw("Dev")
    assert parsed(picture).get("font-family") == "sans-serif"
    assert min(map(int, re.findall(r'font-size="(\d+)"', picture))) == 12


@every_picture
def test_a_picture_runs_nothing_and_fetches_nothing(draw: Callable[[str], str]) -> None:
    picture = draw(HOSTILE)
    root = parsed(picture)
    assert {element.tag.removeprefix(f"{{{SVG}}}") for element in root.iter()} <= set("svg title desc rect text line path circle g".split())
    assert not [name for element in root.iter() for name in element.keys() if "href" in name or name.startswith("on")]  # noqa: SIM118
    assert picture.count("http") == 1  # the name of the language
    assert root[0].text == HARMLESS


def test_hostile_labels_are_only_text() -> None:
    labels = (HOSTILE, "<b>", "&amp;")
    written = texts(confusion("Topic", labels, TRUE, SAID))
    assert {HARMLESS, f"{HARMLESS} (3)", "<b>", "&amp;"} <= set(written)


@every_picture
def test_the_same_numbers_give_the_same_picture(draw: Callable[[str], str]) -> None:
    assert draw("Dev") == draw("Dev")


def test_a_long_title_goes_on_in_the_next_line_and_the_rest_moves_down() -> None:
    short, long = (DRAW["reliability"](title) for title in ("Topic", "Topic of posts " * 5))
    assert texts(long)[:2] == ["Topic of posts Topic of posts Topic of posts", "Topic of posts Topic of posts"]
    assert parsed(long).get("width") == parsed(short).get("width") == "480"
    assert int(parsed(long).get("height", "")) == int(parsed(short).get("height", "")) + 20
    assert all_of(long, "g")[0].get("transform") == "translate(0 20)"
