"""An area of the map: what its address says, and which points lie in it."""

import pytest

from core.records.area import MOST_CORNERS, Area

BOX = "40.4,-3.72,40.43,-3.68"
TRIANGLE = "40.4,-3.75,40.45,-3.7,40.42,-3.65"


@pytest.mark.parametrize("text", [BOX, TRIANGLE, f"{TRIANGLE}~{BOX}"])
def test_an_area_is_written_as_it_was_read(text: str) -> None:
    assert Area.read(text).text == text
    assert Area.read(Area.read(text).text) == Area.read(text)


@pytest.mark.parametrize(
    ("text", "lat", "lon", "inside"),
    [
        (BOX, 40.4, -3.72, True),  # south and west edge
        (BOX, 40.43, -3.7, False),  # north edge
        (BOX, 40.41, -3.68, False),  # east edge
        (TRIANGLE, 40.42, -3.7, True),
        (TRIANGLE, 40.44, -3.74, False),
        (TRIANGLE, 40.39, -3.7, False),
        ("0,0,0,4,4,4,4,0,2,2", 2.0, 1.0, False),  # a notch
        ("0,0,0,4,4,4,4,0,2,2", 2.0, 3.0, True),
        (f"{TRIANGLE}~{BOX}", 40.42, -3.7, True),
        (f"{TRIANGLE}~{BOX}", 40.42, -3.67, False),  # in the triangle only
    ],
)
def test_a_point_lies_in_an_area_or_not(text: str, lat: float, lon: float, inside: bool) -> None:
    assert Area.read(text).contains(lat, lon) is inside


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2",
        "a,b,c,d",
        "40.43,-3.72,40.4,-3.68",
        "nan,1,2,3",
        "91,0,92,1",
        "0,181,1,182",
        "1,2,3,4,5",
        "~".join([BOX] * 4),
        ",".join(["1,1"] * (MOST_CORNERS + 1)),
    ],
)
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Area.read(text)
