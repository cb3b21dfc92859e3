"""Define the table `[warnings]` of a profile: early warning."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.profile.tables import MailAddress
from core.errors import RefusedValueError
from core.records import Options


def _span(text: str) -> str:
    if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", text):
        raise RefusedValueError("not a span such as '23:00-07:00'")
    return text


class WarningRules(Options):
    """Set when an unusual rise is reported, and to whom."""

    on: bool = True
    """False: no early warning."""
    false_alarms_per_week: float = Field(1.0, gt=0, le=50)
    """Budget of the whole city: more finds smaller events, and reports more that are none."""
    people: int = Field(4, ge=3)
    """Different people from which a rise is reported, at one spot one fewer but never below 3.

    Copies of a text and posts of one author count once."""
    word_people: int = Field(5, ge=5)
    """The same for a word, and for an issue that no service covers."""
    history_days: int = Field(56, ge=14, le=365)
    """Days from which the usual number is estimated."""
    to: tuple[MailAddress, ...] = ()
    """Mail addresses that get every warning; empty: the desk alone shows them."""
    webhooks: bool = False
    """True: the receivers of `[[webhooks]]` get them too, signed as case events are."""
    quiet_hours: Annotated[str, AfterValidator(_span)] = ""
    """Span such as `23:00-07:00`, by the city's clock, in which nothing is mailed; empty: none. Mails wait until it ends."""
    urgent_people: int = Field(25, ge=3)
    """Different people from which a warning is mailed in the quiet hours too."""
