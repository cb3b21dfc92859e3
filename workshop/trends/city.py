"""Build months of a city from real posts and plant events.

Real: services, places, words and times of the day of each post, and how the days of the week differ. Drawn: which post is written on
which day. Days vary more than chance (log-normal, `SWING`), and the volume follows a slow trend.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trends.records import Sighting
from trends.rhythm import Clock
from trends.subjects import subjects_of
from workshop.trends.pools import Row

MADRID = ZoneInfo("Europe/Madrid")
HOLIDAYS = {
    date(2026, *day)
    for day in ((1, 1), (1, 6), (4, 2), (4, 3), (5, 1), (5, 2), (5, 15), (8, 15), (10, 12), (11, 2), (11, 9), (12, 7), (12, 8))
}
CLOCK = Clock(MADRID, lambda day: day in HOLIDAYS)
SWING = 0.15
WEEKDAYS = (1.15, 1.15, 1.1, 1.05, 1.0, 0.8, 0.75)
"""Weight of Monday to Sunday in the comments of Decide Madrid, rounded; a holiday is as a Sunday."""


@dataclass(frozen=True)
class Shape:
    """Describe one kind of planted event."""

    name: str
    people: tuple[int, int]
    minutes: tuple[int, int]


SHAPES = (
    Shape("street", (5, 40), (20, 180)),
    Shape("barrio", (8, 50), (30, 240)),
    Shape("district", (15, 60), (30, 240)),
    Shape("service", (30, 90), (30, 240)),
    Shape("word", (8, 40), (20, 180)),
)
"""A street's burst pipe; several streets of a barrio; a service in a district; one in all the city; a word new to the city."""
UNSEEN_SHAPES = (
    Shape("corner", (5, 40), (20, 180)),
    Shape("misread street", (8, 40), (20, 180)),
    Shape("misread barrio", (8, 50), (30, 240)),
    Shape("line", (8, 40), (20, 180)),
    Shape("slow barrio", (20, 60), (360, 720)),
)
"""Two streets that cross, each named by half of the people; a street or a barrio with a wrong service in 3 of 10 posts; a bus line: one
word in the whole city, with the service and places all over; a barrio over half a day."""


@dataclass(frozen=True)
class Plan:
    """Describe when the drawn months are and what is planted."""

    first: date
    """Monday of the first week."""
    shapes: tuple[Shape, ...]
    curves: tuple[str, ...]
    hours: tuple[int, int]
    """Hours of the day, the last excluded, within which an event begins."""


USED = Plan(date(2025, 12, 1), SHAPES, ("step", "ramp", "pulse"), (7, 22))
"""The months on which the rule was made."""
UNSEEN = Plan(date(2026, 8, 3), UNSEEN_SHAPES, ("step", "ramp", "pulse", "waves"), (0, 24))
"""Months, shapes and hours that were drawn once, after the rule was finished; with the end of summer time and three holidays."""


@dataclass(frozen=True)
class Event:
    """Describe a planted event."""

    shape: str
    curve: str
    start: datetime
    """First post."""
    people: int
    post_ids: frozenset[str]


class Town:
    """Draw the posts of a city, day by day."""

    def __init__(self, name: str, rows: Sequence[Row], per_day: float, seed: int, plan: Plan = USED) -> None:
        """Take the real rows, the posts a day, and planted events."""
        self.name, self.rows, self.per_day, self.plan = name, rows, per_day, plan
        self.random = random.Random(f"{name} {seed}")  # noqa: S311  reproducible, no secret
        self.times = [one.at.time() for one in rows if one.timed]
        self.count = 0

    def sighting(self, at: datetime, row: Row, extra: tuple[str, ...] = (), source: str = "x") -> Sighting:
        """Return a post of a new person."""
        self.count += 1
        key = f"{self.name}-{self.count:07d}"
        subjects = subjects_of(row.service, row.places, (*extra, *row.words))
        return Sighting(key, at, key, key, source, subjects)

    def day(self, day: date, factor: float = 1.0) -> list[Sighting]:
        """Return the posts of an ordinary day."""
        weight = WEEKDAYS[6 if day in HOLIDAYS else day.weekday()]
        trend = 1.0 + 0.25 * math.sin((day - self.plan.first).days / 40)
        mean = self.per_day * factor * weight * trend * math.exp(self.random.gauss(0, SWING))
        number = max(0, round(self.random.gauss(mean, math.sqrt(mean))))
        return [self.sighting(self._moment(day), self.random.choice(self.rows)) for _ in range(number)]

    def _moment(self, day: date) -> datetime:
        known = self.random.choice(self.times)
        minute = time(known.hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, minute, MADRID).astimezone(UTC)

    def event(self, day: date) -> tuple[Event, list[Sighting]]:
        """Return one planted event of this day and its posts."""
        shape, curve = self.random.choice(self.plan.shapes), self.random.choice(self.plan.curves)
        low, high = shape.people
        people = round(low * (high / low) ** self.random.random())
        length = timedelta(minutes=self.random.uniform(*shape.minutes))
        begin = datetime.combine(day, time(self.random.randrange(*self.plan.hours)), MADRID).astimezone(UTC)
        place = self.random.choice([one for one in self.rows if len(one.places) >= 2])
        moments = sorted(begin + length * _when(curve, self.random.random()) for _ in range(people))
        word = f"suceso{self.count}"
        posts = [self._of_event(shape.name, at, place, word) for at in moments]
        return Event(shape.name, curve, moments[0], people, frozenset(one.post_id for one in posts)), posts

    def _of_event(self, shape: str, at: datetime, place: Row, word: str) -> Sighting:
        other = self.random.choice(self.rows)
        if shape == "word":
            return self.sighting(at, other, (word,))
        if shape == "line":
            return self.sighting(at, Row(place.at, place.service, other.places, other.words), (word,))
        places = {
            "street": place.places,
            "barrio": (("street", f"otra {self.random.randrange(30)}"), *place.places[1:]),
            "district": place.places[-1:],
            "service": other.places[-1:],
        }
        kind = shape.split()[-1]
        if kind == "corner":
            kind = self.random.choice(("street", "corner"))
            places["corner"] = (("street", f"esquina {place.places[0][1]}"), *place.places[1:])
        # a quarter of the people name no place, as in `incidents_es`
        named = () if self.random.random() < 0.25 else places[kind]
        wrong = shape.startswith("misread") and self.random.random() < 0.3
        return self.sighting(at, Row(place.at, other.service if wrong else place.service, named, other.words))


def _when(curve: str, chance: float) -> float:
    """Return the moment of a post within its event, 0..1.

    step: even; ramp: more and more; pulse: most of them at the beginning; waves: at the beginning and again at the end.
    """
    waves = 0.5 * chance if chance < 0.4 else 0.7 + 0.5 * (chance - 0.4)
    return {"step": chance, "ramp": math.sqrt(chance), "pulse": chance**2, "waves": waves}[curve]


@dataclass(frozen=True)
class Months:
    """Hold the drawn months: posts, planted events, and when volume alone grew."""

    sightings: tuple[Sighting, ...]
    events: tuple[Event, ...]
    grown: tuple[tuple[date, date], ...]


def months(town: Town, weeks: int, event_days: range, every: int, grown: Sequence[range]) -> Months:
    """Draw weeks of posts with events, and days of doubled volume."""
    posts: list[Sighting] = []
    events = []
    for number in range(weeks * 7):
        day = town.plan.first + timedelta(days=number)
        posts += town.day(day, 2.0 if any(number in span for span in grown) else 1.0)
        if number in event_days and number % every == 0:
            event, more = town.event(day)
            events.append(event)
            posts += more
    spans = tuple((town.plan.first + timedelta(days=one.start), town.plan.first + timedelta(days=one.stop)) for one in grown)
    return Months(tuple(sorted(posts, key=lambda one: (one.at, one.post_id))), tuple(events), spans)
