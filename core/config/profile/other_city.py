"""Define the cities to compare with: `[[compare]]`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.profile.webhooks import check_url
from core.records import Options


def _check_address(text: str) -> str:
    return check_url(text) if "://" in text else text


class OtherCity(Options):
    """Name a city whose complaints are open data."""

    name: str = Field(min_length=1, max_length=80)
    """How it is called on the pages."""
    address: Annotated[str, AfterValidator(_check_address)] = Field(min_length=1)
    """Address of its Open311 list, `https://.../requests.json`, or a file of such a list beside the profile."""
