"""Validate the time zone that a profile sets for dates without one."""

from typing import Annotated

from pydantic import AfterValidator

from core.config.zones import any_zone


def _known(name: str) -> str:
    return any_zone(name) if name else name


ZoneName = Annotated[str, AfterValidator(_known)]
"""Name of a time zone; empty: the city's zone."""
