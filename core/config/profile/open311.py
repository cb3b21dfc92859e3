"""Define what the city publishes by Open311: `[open311]`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from core.config.shapes import shaped
from core.records import Options
from core.records.annotation import TOPICS


def _topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_topic, topics))


def _topic(topic: str) -> str:
    if topic not in TOPICS:
        raise ValueError(f"unknown topic {topic}; allowed: {', '.join(TOPICS)}")
    return topic


def _codes(codes: dict[str, str]) -> dict[str, str]:
    used = [codes.get(topic, topic) for topic in TOPICS]
    for code in codes.values():
        if used.count(code) > 1:
            raise ValueError(f"the code {code} names two services")
    return codes


Topics = Annotated[tuple[str, ...], AfterValidator(_topics)]
Topic = Annotated[str, AfterValidator(_topic)]
Code = Annotated[str, Field(pattern=shaped(r"^[A-Za-z0-9._-]{1,40}$", "not a service code, of up to 40 letters, digits and . _ -: '006'"))]


class Open311(Options):
    """Configure the Open311 server of the portal.

    Without the table everything is published but texts, and coordinates are rounded.
    """

    jurisdiction_id: str = Field(
        "", pattern=shaped(r"^[A-Za-z0-9._-]{0,80}$", "not the id of a jurisdiction, such as the domain 'villa.example.org'")
    )
    """Id of the city, such as its domain: another one in a request is refused with 404. Empty: not compared."""
    codes: Annotated[dict[Topic, Code], AfterValidator(_codes)] = Field(default_factory=dict)
    """The council's own service codes by topic, `street_lighting = "006"`; else the topic is the code."""
    hidden: Topics = ()
    """Topics that are neither offered nor published, also while they are only guessed."""
    no_location: Topics = ("housing_social", "safety_police")
    """Topics whose cases are published without a location, also while they are only guessed: it could point to a person."""
    location: Literal["street", "district", "none"] = "street"
    """What is published of a case's location: street and coordinates, the district alone, or nothing."""
    decimals: int = Field(3, ge=0, le=5)
    """Decimals of published coordinates: 3 are about 100 m, 2 about 1 km. 3 at most for cases with e-mails, forms or Open311."""
    texts: bool = False
    """True: publish each case's title, which has the first words of a redacted post. Never of e-mails, web forms or Open311, nor without a
    location: a title begins with the place."""
