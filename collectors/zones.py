"""Validate the time zone that a profile sets for dates without one."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


def _known(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError("not a time zone, such as 'Europe/Madrid'")
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""Name of a time zone; empty: the city's zone."""
