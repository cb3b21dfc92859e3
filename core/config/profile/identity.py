"""Define the table `[identity]` of a profile: how the council's pages look."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.shapes import shaped
from core.records import Options

MIN_CONTRAST = 4.5
"""Of text and its ground: WCAG 2.1, success criterion 1.4.3."""
LIGHT, DARK = "#ffffff", "#18212a"
"""Grounds of the light and of the dark pages."""
STEPS = 20


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, ground: str, share: float) -> str:
    """Mix a colour into a ground; `share`: 0 to 1."""
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)


def readable_on_dark(colour: str) -> str:
    """Return a colour lightened until it is readable on dark."""
    lighter = (mix(colour, LIGHT, 1 - step / STEPS) for step in range(STEPS + 1))
    return next(one for one in lighter if contrast(one, DARK) >= MIN_CONTRAST + 1)


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError("not a colour such as '#0b4f6c'")
    if contrast(text, LIGHT) < MIN_CONTRAST:
        raise ValueError("too light for text on white: choose a darker shade of the colour")
    return text.lower()


class Identity(Options):
    """Set the council's name, colour and logo."""

    council: str = ""
    """Full name of the council, such as `Ayuntamiento de Villanueva`; empty: the city's name."""
    colour: Annotated[str, AfterValidator(_colour)] = "#0b4f6c"
    """Main colour, `#rrggbb`, dark enough for text on white; lightened for dark pages."""
    logo: str | None = Field(
        None,
        pattern=shaped(r"^\w[\w.-]*(/\w[\w.-]*)*\.(svg|png)$", "not the name of an SVG or PNG file beside the profile: 'villa/logo.svg'"),
    )
    """SVG or PNG file beside the profile; None: the logo of Escucha."""
