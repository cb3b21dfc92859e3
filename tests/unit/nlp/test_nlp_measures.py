"""The measures of answers, each against a value worked out by hand."""

import numpy as np
import pytest

from nlp.evaluation.metrics import accuracy, bootstrap, calibration_error, f1, macro_f1, precision, recall

RIGHT = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 1, 1, 2, 1])


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert accuracy(SAID, RIGHT) == pytest.approx(3 / 6)


def test_macro_f1_counts_a_rare_label_as_much_as_a_common_one() -> None:
    # label 0: 2 hits of 2 said and 3 right: 4/5; label 1: 1 of 3 and 2: 2/5; label 2: 0
    assert macro_f1(SAID, RIGHT) == pytest.approx((4 / 5 + 2 / 5 + 0) / 3)


def test_macro_f1_leaves_out_labels_that_nobody_gave() -> None:
    assert macro_f1(np.array([0, 3]), np.array([0, 0])) == pytest.approx(2 / 3)


def test_precision_and_recall_of_a_yes() -> None:
    said, right = np.array([True, True, True, False]), np.array([True, False, False, True])
    assert (precision(said, right), recall(said, right), f1(said, right)) == pytest.approx((1 / 3, 1 / 2, 2 / 5))


@pytest.mark.parametrize("measure", [precision, recall, f1])
def test_nothing_said_and_nothing_right_is_zero_not_a_failure(measure: object) -> None:
    assert measure(np.zeros(3, bool), np.zeros(3, bool)) == 0  # type: ignore[operator]


def test_the_calibration_error_is_the_mean_gap_between_score_and_hits() -> None:
    # two answers at .9, one right: gap .4; two at .3, none right: gap .3
    assert calibration_error(np.array([0.9, 0.9, 0.3, 0.3]), np.array([True, False, False, False])) == pytest.approx(0.35)


def test_a_score_of_one_falls_in_the_last_bin() -> None:
    assert calibration_error(np.array([1.0, 0.95]), np.array([True, True])) == pytest.approx(0.025)


def test_the_interval_holds_the_value_and_comes_out_the_same_again() -> None:
    right = np.arange(200) % 2
    said = np.where(np.arange(200) < 160, right, 1 - right)
    found = bootstrap(accuracy, said, right)
    assert found.value == pytest.approx(0.8)
    # a share of .8 in 200 posts: standard error sqrt(.8 * .2 / 200) = .028
    assert (found.low, found.high) == pytest.approx((0.8 - 1.96 * 0.0283, 0.8 + 1.96 * 0.0283), abs=0.01)
    assert found == bootstrap(accuracy, said, right)
    assert str(found) == f"0.800 ({found.low:.2f}–{found.high:.2f})"


def test_columns_are_drawn_together() -> None:
    column = np.arange(50)
    assert bootstrap(lambda a, b: float((a == b).mean()), column, column) == (1.0, 1.0, 1.0)


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(ValueError, match="not empty"):
        bootstrap(accuracy, np.array([]), np.array([]))
