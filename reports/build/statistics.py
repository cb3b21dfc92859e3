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
from reports.build.period import Interval


class CountChange(Record):
    """Hold a count now and in the previous interval."""

    name: str
    now: int
    before: int

    @property
    def rise(self) -> int:
        """Return the increase; negative: a decrease.

        >>> CountChange(name="waste_cleaning", now=12, before=9).rise
        3
        """
        return self.now - self.before


class Day(Record):
    """Hold the posts of one day by sentiment.

    `unread` counts those that are not labelled yet.
    """

    day: date
    counts: dict[str, int]


class Answering(Record):
    """Hold how the cases of a department, or of all, were answered.

    Replayed cases count as received only: nothing answers them.
    """

    department: str | None
    """None: all departments together."""
    received: int
    replayed: int
    """Part of `received`."""
    answered: int
    """Answered in the interval, whatever the date of reception."""
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
    example_posts: int = 0
    """Part of `replayed_posts`: written as examples for Escucha."""
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
    waiting: int = 0
    """Posts of this interval or the one before that are not read yet, so that the numbers are too low."""
    replies: int = 0
    """Citizens' replies to "was it solved?" in the interval, the last one to each answer; 0 in numbers of an older version."""
    solved: int = 0
    """Part of `replies`."""
    asked: Asked | None = None
    """What was asked for; None: a report by its schedule alone."""
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
