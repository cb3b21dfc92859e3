"""Define the kinds of messages to a council.

Each kind has its route and its clock.

Spanish councils separate the same kinds: `avisos`, small works requested, `consultas`, `propuestas` of participation, and
`felicitaciones` and `agradecimientos`, which are counted and open no case.
"""

import re
from datetime import timedelta
from typing import Literal, NamedTuple

CaseKind = Literal["report", "request", "question", "proposal"]
KindRoute = Literal["case", "list", "conversation", "service"]
"""Where a post of a kind goes: a case, the list of proposals, a conversation without a case, or the service that is praised or thanked."""
PostKind = Literal["report", "request", "question", "proposal", "praise", "thanks", "other"]
CASE_KINDS: tuple[CaseKind, ...] = ("report", "request", "question", "proposal")
"""Kinds of cases: a defect; a request for small works or a service; a question; a proposal of an investment or a rule."""
COUNTED_ONLY: frozenset[str] = frozenset({"praise", "thanks"})
"""Kinds that are counted and shown, and open no case."""
KINDS: tuple[PostKind, ...] = (*CASE_KINDS, "praise", "thanks", "other")
"""All kinds of a post; `other`: opinions, news, chat."""
DEFAULT_KIND: CaseKind = "report"
"""Default kind of a case."""
KIND_QUESTION = "case_kind"
"""Name of the kind in the corrections by people."""
PROPOSAL_WITHIN = "P30D"
"""Answer time of proposals where the profile names none: no law sets one, and a study takes weeks."""
_DURATION = re.compile(r"P(?=\d|T\d)(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")


class Kind(NamedTuple):
    """Hold the kind of a post, and the rule that assigned it."""

    value: PostKind
    reason: str
    by_person: bool = False


class WorkingTime(NamedTuple):
    """Hold an answer time in working days, then working hours.

    Each day counts by its own length.
    """

    days: int = 0
    time: timedelta = timedelta(0)


def check_duration(text: str) -> str:
    """Validate the text of an answer time and return it.

    Raises:
        ValueError: names what is allowed.
    """
    if working_time(text) <= WorkingTime():
        raise ValueError("the answer time must be more than zero")
    return text


def working_time(text: str) -> WorkingTime:
    """Parse an answer time.

    >>> working_time("P1DT4H").days, working_time("P1DT4H").time
    (1, datetime.timedelta(seconds=14400))

    Raises:
        ValueError: not a duration such as `P30D`, `PT72H` or `P1DT4H`.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not an answer time in working days or hours, such as 'P30D' or 'PT72H'")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return WorkingTime(days, timedelta(hours=hours, minutes=minutes))
