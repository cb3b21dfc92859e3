"""Judge whether two posts can be one incident, and on what ground.

A veto holds whatever the likeness. Without a ground likeness only suggests: people who write of two things of one kind use the same words.
"""

from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import NamedTuple

from gazetteer.names import fold
from triage.identity.thing import ALONG, EACH, FESTIVE, Address, Name, Thing, Unit
from triage.incident_matching.pair_features import house_features
from triage.incident_matching.post_features import PostFeatures
from triage.location import Coordinates, metres
from triage.topics import NO_TOPIC

TRANSPORT = "public_transport"
"""Of the 605 pairs of posts of `incidents_es` on it that name lines and share none, 604 are two incidents."""
SAME_POINT_M = 40.0
"""Two points of one thing: people tap beside it, and a fault has a length."""
NEAR_M = 200.0
"""Two different streets without house numbers whose nearest points are this close may cross where the fault is."""
WIDE_M = 1_500.0
"""The same for a fault that reaches over many streets."""
OUTAGE_S = 6 * 3600.0
OUTAGE_VOICES = 3
"""People who report an outage within these seconds; from then on a post of the neighbourhood about the same service belongs to it."""
REPORTING = ("report", "request")
REPORTS = 0.5
"""Score of `actionable` from which a reply more probably than not reports something itself."""
HOUSES_IN_CONFLICT = 2
"""Of `house_features`: numbers after one word, far apart. For streets that no gazetteer has."""
LAST_METRO = 15
"""No metro of Spain has a line with a higher number."""
NEAR_NUMBERS = 2
"""House numbers that share a doorstep."""
FAR_NUMBERS = 8
"""House numbers of one street farther apart are two places; between both, likeness may only suggest."""
FLEETING_S = 86_400.0
"""Seconds after which a heap on the same corner is another heap."""
MOST_POSTS = 60
"""Posts from which an incident grows by its address, its line and its thread alone: more of one town's posts are rarely one thing."""
LONGEST_S = 21 * 86_400.0
"""Seconds between the first and the last post, likewise."""


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


class Judgement(NamedTuple):
    """Hold what the law says of a post and an incident."""

    veto: str
    """Why the post is never of it; empty: nothing forbids it."""
    ground: Ground = NO_GROUND
    grounds: tuple[Ground, ...] = ()
    """With each member that reports."""


def judge(features: PostFeatures, members: Sequence[PostFeatures], size: int) -> Judgement:
    """Judge a post against all members of an incident, not the nearest.

    An overview among the members is no bridge: what it names is neither a ground nor a veto.
    """
    reports = [one for one in members if not one.thing.overview]
    if is_of_outage(features, reports):
        return Judgement("", Ground("outage", Strength.SURE))
    forbidden = next((found for one in reports if (found := veto(features, one))), "") or _veto_of_time(features, reports)
    if forbidden:
        return Judgement(forbidden)
    grounds = tuple(ground(features, one) for one in reports)
    if DOUBT in grounds:
        return Judgement("", NO_GROUND, grounds)
    full = is_full(members, size)
    able = [one for one in grounds if not full or one.name in ("address", "line")]
    best = max(able, key=lambda one: (one.strength, bool(one.name)), default=NO_GROUND)
    return Judgement("", best, grounds)


def is_of_outage(features: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post comes amid an outage that several people report.

    In its neighbourhood, within hours, about the same service: whatever street it names. A single lamp at a door is no outage, nor
    are festive lights, of which each street has its own.
    """
    thing = features.thing
    if thing.unread or thing.overview or FESTIVE in thing.objects or (thing.exact and not thing.wide):
        return False
    wide = [one for one in members if one.thing.wide and FESTIVE not in one.thing.objects and abs(one.at - features.at) <= OUTAGE_S]
    if len({one.author or one.post_id for one in wide}) < OUTAGE_VOICES:
        return False
    if not any(one.topic == features.topic for one in wide) or any(_other_service(thing, one.thing) for one in wide):
        return False
    where = [point for one in wide for point in one.where]
    here = any(one.districts & features.districts for one in wide)
    return here and _distance(features.where, where, 0.0) <= WIDE_M


def is_full(members: Sequence[PostFeatures], size: int) -> bool:
    """Return whether an incident grows no further by likeness."""
    return size >= MOST_POSTS or members[-1].at - members[0].at > LONGEST_S


def leaves_thread(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return why a reply speaks of another thing than its thread.

    Empty: it follows its thread. A comment in a debate always does, unless its language is not read.
    """
    if not members:
        return ""
    if features.thing.unread:
        return "language"
    if features.comments:
        return ""
    if features.thing.another and not same_author(features, members[0]):
        return "object"
    found = [veto(features, one) for one in members if one.thing.exact or one.streets or one.lines]
    if found and all(found):
        return found[0]
    if features.kind.value == "question" and members[0].kind.value == "question" and not same_author(features, members[0]):
        return "question"
    return _own_report(features, members) or _own_place(features, members)


def _own_report(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return in what a reply that reports differs from its thread."""
    if features.actionable < REPORTS or features.thing.wide:
        return ""
    if features.thing.tells_day and all(one.thing.day != features.thing.day for one in members):
        return "day"
    cores = [one.thing.cores for one in members if one.thing.cores]
    if features.thing.cores and cores and not any(named_alike(features.thing.cores, one) for one in cores):
        return "place"
    objects = features.thing.objects
    named = [one.thing.objects for one in members if one.thing.objects]
    if not objects or not named or any(objects & one for one in named):
        return ""
    return "object" if all(one.topic != features.topic for one in members) else ""


def _own_place(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return why a reply speaks of a place of its own.

    `place`: it names others than its thread; `conversation`: the thread reports nothing, and it does. Not of an outage, nor of a line:
    people tell along them where they are.
    """
    first = members[0]
    if features.kind.value not in REPORTING or same_author(features, first) or first.proposes or any(one.thing.wide for one in members):
        return ""
    cores = [one.thing.cores for one in members if one.thing.cores]
    is_new = bool(features.thing.cores) and not any(named_alike(features.thing.cores, one) for one in cores)
    told = " ".join(fold(one.post.text) for one in members)
    if is_new and cores and not any(word in told for core in features.thing.cores for word in core):
        return "place"
    if features.thing.also_in and not any(name in told for name in features.thing.also_in):
        return "place"
    if any(one.kind.value in REPORTING and one.actionable >= REPORTS for one in members) or features.topic == first.topic == TRANSPORT:
        return ""
    objects = features.thing.objects
    own = features.actionable >= REPORTS and bool(objects) and not any(objects & one.thing.objects for one in members)
    return "conversation" if is_new or own else ""


def veto(one: PostFeatures, other: PostFeatures) -> str:
    """Return why two posts are never one incident by machine.

    Empty: nothing forbids it.
    """
    mine, theirs = one.thing, other.thing
    if mine.unread or theirs.unread:
        return "language"
    if _other_service(mine, theirs):
        return "service"
    if _numbered_apart(mine.units, theirs.units):
        return "number"
    if TRANSPORT in (one.topic, other.topic) and one.lines and other.lines:
        return "" if one.lines & other.lines else "line"
    if _reach_as_far(one, other):
        return "place" if _distance(one.where, other.where, 0.0) > WIDE_M else ""
    return _veto_of_places(one, other)


def _veto_of_places(one: PostFeatures, other: PostFeatures) -> str:
    mine, theirs = one.thing, other.thing
    if mine.point is not None and theirs.point is not None:
        return "point" if metres(mine.point, theirs.point) > SAME_POINT_M else ""
    apart = numbers_apart(mine.around, theirs.around)
    if apart is not None:
        return "house number" if apart > FAR_NUMBERS else ""
    if one.streets & other.streets:
        return ""
    if house_features(one, other)[HOUSES_IN_CONFLICT]:
        return "house number"
    if not (one.streets and other.streets):
        return "district" if _other_district(one, other) else ""
    if mine.exact and theirs.exact:
        return "street"
    if one.candidates & other.candidates or named_alike(mine.cores, theirs.cores):
        return ""
    return "street" if _distance(one.where, other.where, NEAR_M + 1) > NEAR_M else ""


def _veto_of_time(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return `time` where what was carried away has come back."""
    if features.ongoing or features.thing.lasting or not features.thing.fleeting or not any(one.thing.fleeting for one in members):
        return ""
    return "" if any(abs(features.at - one.at) <= FLEETING_S for one in members) else "time"


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
        and _reach_as_far(one, other)
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


def _reach_as_far(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether two faults of one kind reach beyond a door.

    The lamps of a street, its festive lights, the traffic lights of a crossing: whatever number each writer stands at.
    """
    mine, theirs = one.thing, other.thing
    return mine.wide and theirs.wide and (one.topic == other.topic or bool(mine.objects & theirs.objects & ALONG))


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
    return DOUBT if is_bus and _veto_of_places(one, other) else Ground("line", Strength.SURE)


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


def _other_service(one: Thing, other: Thing) -> bool:
    """Return whether citizens chose two different services."""
    return len({one.service, other.service} - {None, NO_TOPIC}) > 1


def _numbered_apart(some: Collection[Unit], others: Collection[Unit]) -> bool:
    words = {word for word, _ in some} & {word for word, _ in others}
    return bool(words) and not set(some) & set(others)


def same_author(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether one known person wrote both."""
    return one.author is not None and one.author == other.author


def numbers_apart(some: Collection[Address], others: Collection[Address]) -> int | None:
    """Return the least difference of house numbers on a common street.

    None: there is no common street with numbers in both.
    """
    return min((abs(n - m) for key, n in some for same, m in others if key == same), default=None)


def named_alike(some: Collection[Name], others: Collection[Name]) -> bool:
    """Return whether a name of one place holds all words of another's.

    The square, the station and the park of one name are often one place to people.
    """
    return any(here <= there or there <= here for here in some for there in others)


def _other_district(one: PostFeatures, other: PostFeatures) -> bool:
    return bool(one.districts and other.districts) and one.districts.isdisjoint(other.districts)


def _distance(some: Sequence[Coordinates], others: Sequence[Coordinates], otherwise: float) -> float:
    return min((metres(here, there) for here in some for there in others), default=otherwise)
