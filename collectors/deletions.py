"""How a source is asked whether its posts are still there: how often, for how long, and for how many a day."""

from datetime import timedelta

from pydantic import Field

from core import records


class Deletions(records.Options):
    """`[sources.NAME.deletions]`: what authors and networks take back is forgotten here as well."""

    every: timedelta = Field(timedelta(days=1), ge=timedelta(minutes=10))
    """A post that the network has not shown for so long is asked for."""
    younger_than: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """Posts that came in longer ago are asked for no more; `retention` removes them in the end."""
    a_day: int = Field(5000, ge=0)
    """At most so many a day (UTC) that the network answers, those unseen the longest first; 0: none."""
