"""Find the positive evidence that two posts may be one incident."""

from enum import IntEnum
from typing import NamedTuple

from triage.identity.comparing import OUTAGE_S, TRANSPORT, named_alike, numbers_apart, reach_as_far, same_author
from triage.identity.thing import ALONG, EACH
from triage.identity.vetoes import veto_of_places
from triage.incident_matching.post_features import PostFeatures

LAST_METRO = 15
"""No metro of Spain has a line with a higher number."""
NEAR_NUMBERS = 2
"""House numbers that share a doorstep."""


class Strength(IntEnum):
    """Rank grounds by how much likeness they ask for beside them."""

    WEAK = 0
    """Perhaps another thing at the same place: only a very high likeness."""
    FAIR = 1
    """The same place and service, of an object that one of them does not name: a high likeness."""
    SURE = 2
    """Place and object agree, or the line: an ordinary likeness."""


class Ground(NamedTuple):
    """Name the positive evidence that two posts may be one incident."""

    name: str
    """Empty: there is none, and likeness only suggests."""
    strength: Strength = Strength.WEAK


NO_GROUND = Ground("")
"""The posts say nothing that can be compared."""
DOUBT = Ground("doubt")
"""They may as well be about two things: one such member, and likeness only suggests."""


def ground(one: PostFeatures, other: PostFeatures) -> Ground:
    """Return the positive evidence that two posts may be one incident.

    Posts that no veto keeps apart.
    """
    mine, theirs, is_one_person = one.thing, other.thing, same_author(one, other)
    if mine.overview or theirs.overview:
        return NO_GROUND
    if TRANSPORT in (one.topic, other.topic) and one.lines & other.lines:
        return _ground_of_line(one, other)
    if (
        one.streets & other.streets
        and not _at_other_corners(one, other)
        and reach_as_far(one, other)
        and mine.objects & theirs.objects & ALONG
    ):
        return Ground("reach", Strength.SURE)
    if mine.split_off or theirs.split_off or _are_several(one, other):
        return DOUBT
    if not is_one_person and ((mine.personal and theirs.personal) or _both_ask(one, other)):
        return DOUBT
    if mine.point is not None and theirs.point is not None:
        return _ground_of_object("point", one, other)
    apart = numbers_apart(mine.addresses, theirs.addresses)
    if apart is not None:
        is_near = apart <= (0 if is_one_person else NEAR_NUMBERS)  # a person who gives two numbers means two
        return _ground_of_object("address", one, other) if is_near else DOUBT
    if shared := one.streets & other.streets:
        return _ground_of_street(one, other, len(shared))
    is_exact = mine.exact or theirs.exact  # a name alone is no doorstep: a lamp of Usera is not that of its number 12
    if not is_exact and named_alike(mine.cores, theirs.cores):
        return Ground("place")
    if is_one_person:
        return Ground("author")
    return Ground("name") if not is_exact and one.names & other.names and mine.objects & theirs.objects else NO_GROUND


def _are_several(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether both are jobs of their own.

    Objects of which each is one, or different corners of one place.
    """
    both = one.thing.objects & other.thing.objects
    if both and both <= EACH and not (one.ongoing or other.ongoing):
        return True
    return one.thing.exact and other.thing.exact and _at_other_corners(one, other)


def _at_other_corners(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether each names a street that the other does not."""
    return bool(one.streets - other.streets) and bool(other.streets - one.streets)


def _ground_of_line(one: PostFeatures, other: PostFeatures) -> Ground:
    """Return the ground of posts that name a common line.

    Of a bus that is late at two stops, or on two days, two people tell two things; a stopped metro line is one.
    """
    if one.thing.day != other.thing.day and (one.thing.tells_day or other.thing.tells_day):
        return DOUBT
    if "lift" in one.thing.objects ^ other.thing.objects:
        return DOUBT  # the trains, and an escalator of the line
    if abs(one.at - other.at) > OUTAGE_S and not (one.ongoing or other.ongoing):
        return DOUBT
    is_bus = "bus" in one.subjects | other.subjects or any(map(_is_of_bus, one.lines & other.lines))
    return DOUBT if is_bus and veto_of_places(one, other) else Ground("line", Strength.SURE)


def _is_of_bus(line: str) -> bool:
    return line.isdecimal() and int(line) > LAST_METRO


def _both_ask(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether both ask: two people who ask get two answers."""
    return one.kind.value == other.kind.value == "question" and not (one.thing.wide and other.thing.wide)


def _ground_of_street(one: PostFeatures, other: PostFeatures, shared: int) -> Ground:
    """Return the ground of posts that name a common street.

    A crossing and another crossing of it, or a house number of it, are two places.
    """
    mine, theirs = one.thing, other.thing
    crossings = (len(one.streets) > 1) + (len(other.streets) > 1)
    if shared == 1 and crossings + mine.exact + theirs.exact > 1:
        return DOUBT
    street = mine.cores & theirs.cores
    here, there = mine.cores - street, theirs.cores - street
    if here and there and not named_alike(here, there):
        return DOUBT  # each names a place beside the street, and another one
    alike = bool(mine.objects & theirs.objects)
    is_exact = mine.exact or theirs.exact
    long = mine.long | theirs.long if is_exact else mine.long & theirs.long
    if one.streets & other.streets <= long and not (here and there):
        return NO_GROUND  # somewhere on a street of kilometres
    if one.streets & other.streets <= mine.broad:
        return Ground("place", Strength.FAIR) if alike else NO_GROUND
    if is_exact:
        return Ground("street")
    if alike:
        return Ground("street", Strength.SURE)
    differ = bool(mine.objects and theirs.objects) or one.topic != other.topic
    return Ground("street", Strength.WEAK if differ else Strength.FAIR)


def _ground_of_object(name: str, one: PostFeatures, other: PostFeatures) -> Ground:
    """Return the ground of one doorstep: its objects must agree.

    Where either post names none, their topics.
    """
    mine, theirs = one.thing.objects, other.thing.objects
    if mine and theirs:
        return Ground(name, Strength.SURE) if mine & theirs else DOUBT
    return Ground(name) if one.topic == other.topic else DOUBT
