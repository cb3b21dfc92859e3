"""Which descriptions of a report are long enough."""

import pytest

from portal.pages.report_form import faults


@pytest.mark.parametrize(
    ("service", "description", "found"),
    [
        ("waste_cleaning", "街上有很多垃圾", {}),
        ("unsure", "街上有很多垃圾，请清理", {}),
        ("unsure", "ขยะเต็มถนน", {}),
        ("unsure", "قمامة في الشارع", {}),
        ("street_lighting", "Farola rota", {}),
        ("street_lighting", "Farola", {"description": "short"}),
        ("unsure", "Farola rota", {"description": "short"}),
        ("unsure", "", {"description": "short"}),
    ],
)
def test_a_text_in_a_script_without_spaces_is_not_too_short(service: str, description: str, found: dict[str, str]) -> None:
    values = {"service": service, "place": "calle de Serrano 25", "area": "", "description": description, "photo": "", "contact": ""}
    assert faults(values, ["waste_cleaning", "street_lighting"]) == found
