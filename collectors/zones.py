"""The time zone of dates that name none, as a profile may give it."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


def _known(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError("not a time zone, such as 'Europe/Madrid'")
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""A time zone's name, or nothing: the city's."""
