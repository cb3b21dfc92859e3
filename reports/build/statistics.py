"""Define the numbers and quotes of a report.

They are stored beside the report, so that it can be rendered again without the ledger.
"""

from datetime import date

from core.records import Record, UtcDatetime
from core.records.marked_event import EventFields
from ledger.read import EarlyWarning
from reports.build.asked import Asked
from reports.build.forecast import Outlook
from reports.build.headline import Headline, Junk
from reports.build.incident import MainIncident
from reports.build.period import Interval


class CountChange(Record):
    """Hold a count now and in the previous interval."""

    name: str
    now: int
    before: int
    """Of the sources that can be compared."""
    apart: int = 0
    """Part of `now`: of sources that cannot be compared (`Numbers.apart`)."""

    @property
    def rise(self) -> int:
        """Return the increase; negative: a decrease.

        >>> CountChange(name="waste_cleaning", now=12, before=9).rise
        3
        """
        return self.now - self.apart - self.before


class Day(Record):
    """Hold the posts of one day by sentiment.

    `unread` counts those that are not labelled yet.
    """

    day: date
    counts: dict[str, int]


class Answering(Record):
    """Hold how the cases of one or all departments went.

    `reports.build.response_times` says which cases count.
    """

    department: str | None
    """None: all departments together."""
    received: int
    replayed: int
    """Received from an archive that is replayed, and in no other number; in numbers of an older version part of `received`."""
    answered: int
    """First answered in the interval, whatever the date of reception."""
    closed: int = 0
    """Closed in the interval: resolved or rejected."""
    closed_unanswered: int = 0
    """Part of `closed`: without any answer."""
    closed_later: int = 0
    """Part of `closed`: answered before the interval."""
    open: int = 0
    """Not closed at its end."""
    median_hours: float | None
    p90_hours: float | None
    due: int
    """Cases answered by their date in the interval, or whose date passed in it without an answer."""
    in_time: int
    """Part of `due`."""
    overdue: int
    """Unanswered at the end of the interval, and past their date."""


class QuotedPost(Record):
    """Hold a quoted post: redacted text, no author."""

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


class Apart(Record):
    """Name a source that is compared with nothing, and why."""

    source: str
    why: str
    """`new`: without posts before the interval that is compared; `down`: not read in all of both."""
    posts: int
    """Its posts in the interval."""


class Unread(Record):
    """Hold how many records of a source were left out, and why."""

    source: str
    reason: str
    count: int | None
    """None: unknown."""


class Numbers(Record):
    """Hold all numbers of a report.

    Posts are those of citizens about this city; complaints are the complaints among them.
    """

    interval: Interval
    posts: CountChange
    replayed_posts: int
    """Of an archive that is replayed, and in no other number."""
    example_posts: int = 0
    """Part of the posts: written as examples for Escucha."""
    example_cases: int = 0
    """Part of the cases received: those of example posts."""
    complaints: CountChange
    days: tuple[Day, ...]
    sentiments: tuple[CountChange, ...]
    intents: tuple[CountChange, ...]
    kinds: tuple[CountChange, ...] = ()
    """Posts by kind: report, request ... praise, thanks; empty in numbers of an older version."""
    topics: tuple[CountChange, ...]
    """Complaints by topic; `districts` and `places` count complaints too."""
    districts: tuple[CountChange, ...]
    places: tuple[CountChange, ...]
    sources: tuple[CountChange, ...]
    """Posts by source."""
    examples: tuple[QuotedPost, ...]
    cases: CountChange
    """Cases received."""
    closed: int
    open_at_end: int
    in_review: int
    all_departments: Answering
    departments: tuple[Answering, ...]
    unread: tuple[Unread, ...]
    apart: tuple[Apart, ...] = ()
    """Sources that are compared with nothing."""
    waiting: int = 0
    """Posts of this interval or the one before that are not read yet, so that the numbers are too low."""
    replies: int = 0
    """Citizens' replies to "was it solved?" in the interval, the last one to each answer; 0 in numbers of an older version."""
    solved: int = 0
    """Part of `replies`."""
    asked: Asked | None = None
    """What was asked for; None: a report by its schedule alone."""
    incident: MainIncident | None = None
    """What most people wrote about; None: too few did."""
    headline: Headline | None = None
    """What changed most; None: too few earlier periods."""
    periods_known: int = 0
    """Earlier periods for which the ledger has posts."""
    junk: Junk = Junk()
    events: tuple[EventFields, ...] = ()
    """Marked by staff on days of the interval, the earliest first; without those of other services and districts."""
    warnings: tuple[EarlyWarning, ...] = ()
    """Early warnings that were going on in the interval, newest first."""
    outlook: Outlook | None = None
    """What is expected; None for an interval of the past."""
