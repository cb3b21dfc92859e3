"""Publish the city's response times as open data.

They are by service, district and channel, without personal data and without figures of fewer than five cases.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from core.config.city import City
from core.i18n.display_names import display_name
from core.parquet import write_parquet
from core.records import Record, UtcDatetime
from core.records.read_models import CaseRecord
from core.spreadsheet import csv_line
from dashboards.expected import percentile
from ledger import read
from ledger.read import Ledger, Votes
from reports.build.response_times import timeliness
from reports.build.selection import MERGED
from reports.output.open_data_description import LICENCE, TYPES

MINIMUM = 5
"""Smallest number of cases to publish: a ranking must not rest on one case, and no number may identify a person."""
WINDOW = timedelta(days=365)
HOUR = timedelta(hours=1)

Kind = Literal["all", "month", "service", "district", "channel"]
_FIELDS: dict[Kind, str] = {"month": "month", "service": "topic", "district": "district", "channel": "source"}
_NAMED: dict[Kind, str] = {"service": "topic", "channel": "source"}
"""Kinds whose names are codes, with their table in `core.i18n.display_names`."""


class Times(Record):
    """Hold the response times of one month, service, district or channel.

    None replaces figures of fewer than MINIMUM cases.
    """

    kind: Kind
    name: str
    cases: int | None
    answered: int | None
    median_hours: float | None
    p90_hours: float | None
    in_time: float | None
    """Share answered by their date, of the cases answered by it or past it (0 to 1)."""
    replies: int | None = None
    """Citizens' replies to "was it solved?", the last one to each answer."""
    solved: float | None = None
    """Share of them that say yes (0 to 1)."""
    unanswered: int | None = None
    """Cases without any answer until now."""
    target_hours: float | None = None
    """Median of the elapsed hours from the first report to the due date: what the city has set itself."""


class ResponseTimes(Record):
    """Hold the whole table."""

    city: str
    made_at: UtcDatetime
    since: UtcDatetime
    minimum: int
    rows: tuple[Times, ...]
    example: bool = False
    """The figures of the example month: for the demonstration, not of a city."""
    language: str = "es"
    """Language of the labels: the city's first one."""


def response_times(city: City, ledger: Ledger, now: datetime, *, example: bool = False) -> ResponseTimes:
    """Compute the response times of last year's cases from live sources.

    Replayed cases never count; a merged case counts once, as part of another. `example`: of the example month alone, for the demonstration.
    """
    since = now - WINDOW
    if example:
        found = read.case_records(ledger, since=since, until=now, example=True)
    else:
        found = read.case_records(ledger, since=since, until=now, replay=False)
    cases = [case for case in found if case.state != MERGED]
    rows = with_votes(rows_of(city.name, cases, now), cases, read.solved_votes(ledger, until=now))
    language = city.languages[0]
    return ResponseTimes(city=city.name, made_at=now, since=since, minimum=MINIMUM, rows=tuple(rows), example=example, language=language)


def rows_of(city: str, cases: Sequence[CaseRecord], now: datetime) -> list[Times]:
    """Return the rows of the table, without votes."""
    rows = [_times("all", city, cases, now)] if cases else []
    for kind in _FIELDS:
        rows += _by(kind, cases, now)
    return rows


def label_of(row: Times, language: str) -> str:
    """Return the name of a row for people."""
    return display_name(_NAMED[row.kind], row.name, language) if row.kind in _NAMED else row.name


def _by(kind: Kind, cases: Sequence[CaseRecord], now: datetime) -> list[Times]:
    """Return one row per name.

    Rows of few cases are hidden, and enough others that none can be derived from the total; the same for the numbers of answers.
    """
    named: dict[str, list[CaseRecord]] = {}
    for case in cases:
        if (name := getattr(case, _FIELDS[kind])) is not None:
            named.setdefault(name, []).append(case)
    hidden = too_small({name: len(some) for name, some in named.items()}, least=1)
    if hidden == named.keys() and sum(map(len, named.values())) <= len(named):
        return []  # one case each: the names alone would tell it
    rows = [_times(kind, name, [] if name in hidden else named[name], now) for name in sorted(named)]
    unsaid = too_small({name: len(_answer_hours(some, now)) for name, some in named.items()}, first=hidden)
    no_count = {"answered": None, "unanswered": None, "in_time": None}  # a share of so few would tell their number
    return [row.model_copy(update=no_count) if row.name in unsaid else row for row in rows]


def too_small(counts: Mapping[str, int], least: int = 0, first: Collection[str] = ()) -> set[str]:
    """Return the names whose numbers are hidden.

    Numbers below MINIMUM are; then the next smallest, until those hidden cannot be derived from the total of all: there are two
    or more, they are MINIMUM or more together, and they may be other numbers of the same sum. None is hidden beside zeros alone.

    Args:
        counts: numbers by name, which add up to a published total.
        least: what everybody knows each number to be at least.
        first: names that are hidden for another reason.
    """
    hidden: set[str] = set()
    together = 0
    for name in sorted(counts, key=lambda name: (name not in first, counts[name], name)):
        derived = together > 0 and (len(hidden) < 2 or together < MINIMUM or together <= least * len(hidden))
        if name in first or counts[name] < MINIMUM or derived:
            hidden.add(name)
            together += counts[name]
    return hidden


def with_votes(rows: Sequence[Times], cases: Sequence[CaseRecord], votes: Mapping[str, Votes]) -> list[Times]:
    """Add the replies to "was it solved?" where there are enough.

    A row without its number of cases has no replies either.
    """
    found: list[Times] = []
    for kind in ("all", *_FIELDS):
        some = [row for row in rows if row.kind == kind]
        counts = {row.name: _votes_of(row, cases, votes) for row in some}
        without_cases = [row.name for row in some if row.cases is None]
        hidden = too_small({name: one.count for name, one in counts.items()}, first=without_cases)
        for row in some:
            if row.name not in hidden:
                count = counts[row.name]
                row = row.model_copy(update={"replies": count.count, "solved": round(count.solved / count.count, 3)})
            found.append(row)
    return found


def _votes_of(row: Times, cases: Sequence[CaseRecord], votes: Mapping[str, Votes]) -> Votes:
    """Add up the replies of the cases of a row."""
    field = None if row.kind == "all" else _FIELDS[row.kind]
    mine = [votes[case.case_key] for case in cases if case.case_key in votes and (field is None or getattr(case, field) == row.name)]
    return Votes(solved=sum(one.solved for one in mine), unsolved=sum(one.unsolved for one in mine))


def _times(kind: Kind, name: str, cases: Sequence[CaseRecord], now: datetime) -> Times:
    hours, enough = _answer_hours(cases, now), len(cases) >= MINIMUM
    targets = sorted((case.due_at - case.opened_at) / HOUR for case in cases)
    outcomes = [is_in_time for at, is_in_time in map(timeliness, cases) if at <= now]
    timed = len(hours) >= MINIMUM
    return Times(
        kind=kind,
        name=name,
        cases=len(cases) if enough else None,
        answered=len(hours) if timed else None,
        median_hours=round(percentile(hours, 50), 1) if timed else None,
        p90_hours=round(percentile(hours, 90), 1) if timed else None,
        in_time=round(sum(outcomes) / len(outcomes), 3) if timed and len(outcomes) >= MINIMUM else None,
        unanswered=len(cases) - len(hours) if timed else None,
        target_hours=round(percentile(targets, 50), 1) if enough else None,
    )


def _answer_hours(cases: Sequence[CaseRecord], now: datetime) -> list[float]:
    """Return the hours to the first answer, sorted, of answered cases."""
    answered = [case for case in cases if case.answered_at is not None and case.answered_at <= now]
    return sorted(case.answer_hours for case in answered if case.answer_hours is not None)


COLUMNS = ("kind", "name", "cases", "answered", "median_hours", "p90_hours", "in_time", "replies", "solved", "unanswered", "target_hours")


def as_csv(times: ResponseTimes) -> str:
    """Format the table as CSV.

    An empty cell is too small to publish.
    """
    rows = ([*(getattr(row, column) for column in COLUMNS), label_of(row, times.language)] for row in times.rows)
    return "".join(map(csv_line, ((*COLUMNS, "label"), *rows)))


def as_parquet(times: ResponseTimes) -> bytes:
    """Format the table as Parquet; None is too small to publish."""
    rows = [[*(getattr(row, column) for column in COLUMNS), label_of(row, times.language)] for row in times.rows]
    return write_parquet(TYPES, rows, {"title": f"Response times, {times.city}", "licence": LICENCE})


def as_json(times: ResponseTimes) -> str:
    """Format the table as JSON with its description."""
    meaning = {
        "description": "Answer times of cases that people reported in public posts of the last year: elapsed hours from the reception "
        "of a case's first post to the first answer. in_time: share of the cases answered by their date, of those answered by it or "
        "past it. unanswered: cases without any answer until now. target_hours: median of the hours from report to due date. "
        "replies: what citizens replied to the question whether it was solved; solved: share of yes. label: the name for "
        "people. Replayed examples are not counted.",
        "null": f"fewer than {MINIMUM} cases, or a number from which such a number could be derived",
        "licence": "CC BY 4.0",
    }
    rows = [row.model_dump(mode="json") | {"label": label_of(row, times.language)} for row in times.rows]
    return json.dumps(times.model_dump(mode="json") | {"rows": rows} | meaning, ensure_ascii=False, indent=1)
