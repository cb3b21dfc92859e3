"""Test the table `[open311]` of a profile."""

import pytest
from pydantic import ValidationError

from core.config.city import load_city
from core.config.profile.open311 import Open311
from tests.support.portal_facts import MADRID


def test_without_the_table_neither_text_nor_exact_point_is_published() -> None:
    options = load_city(MADRID).open311
    assert (options.texts, options.decimals, options.location) == (False, 3, "street")
    assert options.no_location == ("housing_social", "safety_police")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"hidden": ["potholes"]}, "unknown topic potholes"),
        ({"no_location": ["potholes"]}, "unknown topic potholes"),
        ({"codes": {"potholes": "1"}}, "unknown topic potholes"),
        ({"codes": {"noise": "a/b"}}, "codes"),
        ({"codes": {"noise": "1", "other": "1"}}, "the code 1 names two services"),
        ({"codes": {"noise": "other"}}, "the code other names two services"),
        ({"decimals": 6}, "decimals"),
        ({"location": "exact"}, "location"),
        ({"text": True}, "text"),
    ],
)
def test_a_mistake_is_named(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as failure:
        Open311.model_validate(table)
    assert words in str(failure.value)
