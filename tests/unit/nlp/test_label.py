"""A label says how sure its answer is, whichever answer that is."""

import pytest

from core.records.annotation import Label


@pytest.mark.parametrize(
    ("value", "score", "sure"),
    [(False, 0.04, 0.96), (True, 0.9, 0.9), ("noise", 0.7, 0.7)],
    ids=["a no by its distance from yes", "a yes", "one of many"],
)
def test_a_sure_no_is_shown_as_sure(value: bool | str, score: float, sure: float) -> None:
    assert Label(question="actionable", value=value, score=score, model="m@1").sure == pytest.approx(sure)
