"""Search what is reported, in words or near a place.

These are the problems of "what is open".

Nothing is searched that is not published: neither texts of posts nor places that the profile keeps back.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from core.config.brands import brands_of
from core.config.word_lists import city_folder, city_words
from core.records.annotation import Place
from gazetteer.reverse.nearest import distance_m
from portal.open311.requests import POINT_DECIMALS
from portal.pages.open_problems import Problem, problems
from portal.site import Site
from search.queries import ReadQuestion, own_services, read_question, words_of_place

SHOWN = 10
"""Most problems of one group."""

NEAR_M = 200
METRES_A_DEGREE = 111_320

Likeness = Literal["both", "service", "place"]


class Listed(NamedTuple):
    """Hold a published problem and the words of its place."""

    problem: Problem
    words: frozenset[str]


class Group(NamedTuple):
    """Hold problems that match in the same way, the nearest first."""

    likeness: Likeness
    """What they have of the question: its service and place, or one of them."""
    problems: Sequence[Problem]
    hidden: int
    """How many more there are."""


class Reported(NamedTuple):
    """Hold what was found for a question."""

    asked: ReadQuestion
    groups: Sequence[Group]

    @property
    def searchable(self) -> bool:
        """Tell whether the question has a word to search for."""
        return bool(self.asked.services or self.asked.others)


def published(site: Site) -> list[Listed]:
    """Return what /open publishes, with the words of each place.

    At most FRESH_S old: a search reads no ledger.
    """
    found: list[Listed] = site.reported.get(
        ("reported",), lambda: [Listed(one, words_of_place(one.address, one.barrio)) for one in problems(site)]
    )
    return found


def search(site: Site, question: str, language: str, state: str | None = None) -> Reported:
    """Search the published problems for a question.

    Args:
        site: of this process.
        question: as it was typed.
        language: of the page; the city's languages are understood too.
        state: only problems in this state; None: in any.
    """
    city = site.context.city
    folder = city_folder(city)
    own = own_services(city_words(folder).get("services", {}))
    asked = read_question(brands_of(folder).common(question), (language, *city.languages), own)
    listed = [one for one in published(site) if state is None or one.problem.status == state]
    return Reported(asked, list(_groups(asked, listed)))


def nearby(site: Site, topic: str, point: tuple[float, float] | None, place: Place | None) -> list[Problem]:
    """Return the published problems within NEAR_M of a report.

    Those of its service go first, then the nearest.

    Distances are those of published points, which are rounded: what they are off by is added. Where only a street is known, of the report
    or of the problem, its name decides.

    Args:
        site: of this process.
        topic: of the service that the citizen chose.
        point: latitude and longitude on the map; it counts more than the address.
        place: of the address, as the gazetteer finds it.
    """
    spot = point
    if spot is None and place is not None and place.lat is not None and place.lon is not None:
        spot = place.lat, place.lon
    decimals = min(site.context.city.open311.decimals, POINT_DECIMALS)
    reach = NEAR_M + METRES_A_DEGREE * 0.5 * 10**-decimals * 2**0.5
    street = None if place is None else place.name
    found: list[tuple[bool, float, Problem]] = []
    for one in (listed.problem for listed in published(site)):
        if spot is not None and one.lat is not None and one.lon is not None:
            metres = distance_m(*spot, one.lat, one.lon)
        else:
            metres = 0.0 if street is not None and (one.address or "").partition(", ")[0] == street else reach + 1
        if metres <= reach:
            found.append((one.topic != topic, metres, one))
    return [one for *_, one in sorted(found, key=lambda each: each[:2])][:SHOWN]


def _groups(asked: ReadQuestion, listed: Sequence[Listed]) -> list[Group]:
    """Return problems of service and place, else of each alone."""
    of_service = [one for one in listed if one.problem.topic in asked.services]
    there = _nearest(listed, asked.others)
    # a problem whose service is not decided yet may be of the one that is asked for
    perhaps = [one for one in listed if asked.services and (one.problem.topic_asked or one in of_service)]
    both = _nearest(perhaps, asked.others)
    if both:
        return [_group("both", both)]
    # a street may be called after a service, Calle de la Luz: such words alone only put its problems first
    ordered = sorted(of_service, key=lambda one: -len(one.words & asked.service_words))
    return [one for one in (_group("service", ordered), _group("place", there)) if one.problems]


def _group(likeness: Likeness, found: Sequence[Listed]) -> Group:
    return Group(likeness, [one.problem for one in found[:SHOWN]], max(0, len(found) - SHOWN))


def _nearest(listed: Sequence[Listed], words: frozenset[str]) -> list[Listed]:
    """Return those with the most of these words in their place.

    Empty: no place has any.
    """
    most = max((len(one.words & words) for one in listed), default=0)
    return [one for one in listed if most and len(one.words & words) == most]
