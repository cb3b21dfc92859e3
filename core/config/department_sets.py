"""Offer the departments that a council of a size begins with: `locales/es_ES/departments/`."""

import tomllib
from typing import Any

from core.config.word_lists import locale_folder

SIZES = ("small", "medium", "large")
"""Up to some 20,000 inhabitants, up to some 200,000, and above."""


def departments_as_text(size: str) -> str:
    """Return one of `SIZES` as tables of a profile."""
    return (locale_folder() / "departments" / f"{size}.toml").read_text(encoding="utf-8")


def departments_of(size: str) -> list[dict[str, Any]]:
    """Return the departments of a set, as a profile holds them."""
    found: list[dict[str, Any]] = tomllib.loads(departments_as_text(size))["departments"]
    return found
