"""All that a report says, in numbers and quotes; kept beside the report, so that it can be written again without asking the ledger."""

from datetime import date

from core.records import Record, UtcDatetime
from reports.build.period import Interval


class Change(Record):
    """A count now, and in the interval before."""

    name: str
    now: int
    before: int

    @property
    def rise(self) -> int:
        """How many more than before; negative: fewer."""
        return self.now - self.before


class Day(Record):
    """The posts of one of the city's days, by sentiment; `unread` are those that wait for the reader."""

    day: date
    counts: dict[str, int]


class Answering(Record):
    """How the cases of a department, or of all, were answered. Replayed cases are received, and nothing else: nobody answers them."""

    department: str | None
    """None: all departments together."""
    received: int
    replayed: int
    """Of the received."""
    answered: int
    """Answered in the interval, whenever they were received."""
    median_hours: float | None
    p90_hours: float | None
    due: int
    """Cases of which it turned out in the interval whether they were answered in time."""
    in_time: int
    """Of these."""
    overdue: int
    """Without an answer at the end of the interval, and past their date."""


class Example(Record):
    """A post that stands for its topic; redacted text, no author."""

    post_id: str
    intent: str
    topic: str
    text: str
    language: str
    source: str
    created_at: UtcDatetime
    place: str | None
    case_key: str | None
    replay: bool


class Unread(Record):
    """What was not read or not counted, and why."""

    source: str
    reason: str
    count: int | None
    """None: nobody knows how many."""


class Numbers(Record):
    """All that a report says. Posts are those of citizens about this city; complaints are the complaints among them."""

    interval: Interval
    posts: Change
    replayed_posts: int
    example_posts: int = 0
    """Of the replayed: written as an example for Escucha."""
    example_cases: int = 0
    """Of the cases received: of such posts."""
    complaints: Change
    days: tuple[Day, ...]
    sentiments: tuple[Change, ...]
    intents: tuple[Change, ...]
    kinds: tuple[Change, ...] = ()
    """What is asked for: report, request ... praise, thanks; none in numbers kept by an older version."""
    topics: tuple[Change, ...]
    """Complaints by topic; so are districts and places."""
    districts: tuple[Change, ...]
    places: tuple[Change, ...]
    sources: tuple[Change, ...]
    """Posts by source."""
    examples: tuple[Example, ...]
    cases: Change
    """Cases received."""
    closed: int
    open_at_end: int
    in_review: int
    all_departments: Answering
    departments: tuple[Answering, ...]
    unread: tuple[Unread, ...]
