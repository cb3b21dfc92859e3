"""Define the table `[saved_views]` of a profile: limits of saved views."""

from pydantic import Field

from core.records import Options


class SavedViews(Options):
    """Limit the saved views of staff and their alerts."""

    per_person: int = Field(50, ge=1, le=1000)
    """Views that one person may save."""
    told_per_hour: int = Field(20, ge=1, le=500)
    """Posts or cases that one alert lists within an hour; the others are counted in one line."""
