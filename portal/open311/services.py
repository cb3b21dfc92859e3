"""List the city's topics as Open311 services."""

from collections.abc import Sequence

from core.config.city import City
from core.config.profile.open311 import Open311
from core.i18n.display_names import display_name
from core.records.annotation import TOPICS
from portal.open311.answers import RefusedRequestError
from portal.open311.formats import Row


def offered_topics(options: Open311) -> list[str]:
    """Return the topics that are published."""
    return [topic for topic in TOPICS if topic not in options.hidden]


def code_of(options: Open311, topic: str) -> str:
    """Return the service code of a topic.

    The council's own, else the topic."""
    return options.codes.get(topic, topic)


def topics_of_codes(options: Open311, codes: Sequence[str]) -> list[str]:
    """Return the topics of these service codes.

    Raises:
        RefusedRequestError: 404 for an unknown code.
    """
    topics = {code_of(options, topic): topic for topic in offered_topics(options)}
    if unknown := [code for code in codes if code not in topics]:
        raise RefusedRequestError(404, f"service_code {unknown[0][:40]} was not found; see services")
    return [topics[code] for code in codes]


def service_name(city: City, topic: str) -> str:
    """Return a topic's name in the city's first language."""
    return display_name("topic", topic, city.languages[0])


def service_row(city: City, topic: str) -> Row:
    """Return the row of one service.

    Its type is `realtime`: a new request gets its id at once.
    """
    department = city.display_name("department", city.department(topic).name, city.languages[0])
    return {
        "service_code": code_of(city.open311, topic),
        "service_name": service_name(city, topic),
        "description": department,
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": department,
    }


def definition_row(city: City, topic: str) -> Row:
    """Return the definition of a service: it asks for no attributes."""
    return {"service_code": code_of(city.open311, topic), "attributes": []}
