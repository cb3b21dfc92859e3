"""Name the kinds of what people write to a council: each has its own route and clock.

Spanish councils keep them apart too: `avisos`, small works asked for, `consultas`, `propuestas` of participation, and
`felicitaciones` and `agradecimientos`, which are counted and open no case.
"""

import re
from datetime import timedelta
from typing import Literal, NamedTuple

CaseKind = Literal["report", "request", "question", "proposal"]
PostKind = Literal["report", "request", "question", "proposal", "praise", "thanks", "other"]
CASE_KINDS: tuple[CaseKind, ...] = ("report", "request", "question", "proposal")
"""Kinds that a case can have: something is wrong; small works or a service are asked for; a question; an investment or a rule."""
COUNTED_ONLY: frozenset[str] = frozenset({"praise", "thanks"})
"""Kinds that are counted and shown, and open no case."""
KINDS: tuple[PostKind, ...] = (*CASE_KINDS, "praise", "thanks", "other")
"""All kinds of a post; `other`: opinions, news, talk."""
USUAL: CaseKind = "report"
"""Kind of a case whose posts name none."""
QUESTION = "case_kind"
"""Under this name a person's correction of the kind is kept."""
PROPOSAL_WITHIN = "P30D"
"""Answer time of proposals where the profile names none: no law sets one, and a study takes weeks."""
_DURATION = re.compile(r"P(?=\d|T\d)(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")


class Kind(NamedTuple):
    """The kind of a post, and the rule that gave it."""

    value: PostKind
    reason: str
    by_person: bool = False


def check_duration(text: str) -> str:
    """Return the text of an answer time when it is one.

    Raises:
        ValueError: says what is allowed.
    """
    if working_time(text, timedelta(hours=1)) <= timedelta(0):
        raise ValueError("the answer time must be more than nothing")
    return text


def working_time(text: str, day: timedelta) -> timedelta:
    """Return an answer time in working hours: days are working days of this length (`P30D`, `PT72H`, `P1DT4H`).

    Raises:
        ValueError: no such duration.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not an answer time in working days or hours, such as 'P30D' or 'PT72H'")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return days * day + timedelta(hours=hours, minutes=minutes)
