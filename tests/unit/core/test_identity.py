"""The council's colour: readable on light and dark pages, or refused."""

import pytest
from pydantic import ValidationError

from core.config.profile.identity import DARK, LIGHT, MIN_CONTRAST, Identity, contrast, readable_on_dark


@pytest.mark.parametrize("colour", ["#0b4f6c", "#000000", "#7a0019", "#003399"])
def test_a_dark_colour_is_lightened_for_dark_pages(colour: str) -> None:
    assert Identity(colour=colour).colour == colour
    assert contrast(colour, LIGHT) >= MIN_CONTRAST
    assert contrast(readable_on_dark(colour), DARK) >= MIN_CONTRAST + 1


@pytest.mark.parametrize("colour", ["#ffcc00", "blue", "#12345", "#0b4f6c;}"])
def test_a_colour_that_is_too_light_or_none_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError):
        Identity(colour=colour)


@pytest.mark.parametrize("logo", ["../salt.png", "/etc/passwd", "logo.html", "a/../b.svg"])
def test_a_logo_outside_the_profile_is_refused(logo: str) -> None:
    with pytest.raises(ValidationError):
        Identity(logo=logo)
