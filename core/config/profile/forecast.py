"""Define the table `[forecast]` of a profile: files it may use."""

from pathlib import PurePath
from typing import Annotated

from pydantic import AfterValidator

from core.errors import RefusedValueError
from core.records import Options


def _beside(name: str | None) -> str | None:
    if name is not None and (not name or PurePath(name).is_absolute() or ".." in PurePath(name).parts):
        raise RefusedValueError("not the name of a file in the folder of the profile, such as 'weather.csv'")
    return name


BesideProfile = Annotated[str | None, AfterValidator(_beside)]


class ForecastFiles(Options):
    """Name the files that the forecast may use; none is fetched."""

    calendar: BesideProfile = None
    """CSV file beside the profile with the special days of the city, past and future: `date,kind,name`. None: no calendar."""
    weather: BesideProfile = None
    """CSV file beside the profile with every day's weather, past and forecast: `date,temperature,rain,wind`. None: no weather."""
