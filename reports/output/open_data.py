"""Publish the city's response times as open data.

They are by service, district and channel, without personal data and without figures of fewer than five cases.
"""

import json
from collections.abc import Mapping, Sequence
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
from reports.build.response_times import MERGED, timeliness
from reports.output.open_data_description import LICENCE, TYPES

MINIMUM = 5
"""Smallest number of cases to publish: a ranking must not rest on one case, and no number may identify a person."""
WINDOW = timedelta(days=365)

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


class ResponseTimes(Record):
    """Hold the whole table."""

    city: str
    made_at: UtcDatetime
    since: UtcDatetime
    minimum: int
    rows: tuple[Times, ...]
    example: bool = False
    """The figures of the example week: for the demonstration, not of a city."""
    language: str = "es"
    """Language of the labels: the city's first one."""


def response_times(city: City, ledger: Ledger, now: datetime, *, example: bool = False) -> ResponseTimes:
    """Compute the response times of last year's cases from live sources.

    Replayed cases never count; a merged case counts once, as part of another. `example`: of the example week alone, for the demonstration.
    """
    since = now - WINDOW
    if example:
        found = read.case_records(ledger, since=since, until=now, example=True)
    else:
        found = read.case_records(ledger, since=since, until=now, replay=False)
    cases = [case for case in found if case.state != MERGED]
    rows = [_times("all", city.name, cases, now)] if cases else []
    for kind in _FIELDS:
        rows += _by(kind, cases, now)
    rows = with_votes(rows, cases, read.solved_votes(ledger, until=now))
    language = city.languages[0]
    return ResponseTimes(
        city=city.name, made_at=now, since=since, minimum=MINIMUM, rows=tuple(rows), example=example, language=language
    )


def label_of(row: Times, language: str) -> str:
    """Return the name of a row for people."""
    return display_name(_NAMED[row.kind], row.name, language) if row.kind in _NAMED else row.name


def _by(kind: Kind, cases: Sequence[CaseRecord], now: datetime) -> list[Times]:
    """Return one row per name.

    If only one row were hidden, it could be derived from the total: then the next smallest is hidden too.
    """
    named: dict[str, list[CaseRecord]] = {}
    for case in cases:
        if (name := getattr(case, _FIELDS[kind])) is not None:
            named.setdefault(name, []).append(case)
    hidden = {name for name, some in named.items() if len(some) < MINIMUM}
    if len(hidden) == 1 and len(named) > 1:
        hidden.add(min(named.keys() - hidden, key=lambda name: (len(named[name]), name)))
    return [_times(kind, name, [] if name in hidden else named[name], now) for name in sorted(named)]


def with_votes(rows: Sequence[Times], cases: Sequence[CaseRecord], votes: Mapping[str, Votes]) -> list[Times]:
    """Add the replies to "was it solved?" where there are enough.

    Within a kind, the smallest rows are hidden until those hidden have MINIMUM replies together: else their number could be derived from
    the total. A row without its number of cases has no replies either.
    """
    found: list[Times] = []
    for kind in ("all", *_FIELDS):
        some = [row for row in rows if row.kind == kind]
        counts = {row.name: _votes_of(row, cases, votes) for row in some}
        smallest_first = sorted(some, key=lambda row: (row.cases is not None, counts[row.name].count, row.name))
        hidden, together = set(), 0
        for row in smallest_first:
            few = row.cases is None or counts[row.name].count < MINIMUM
            if few or 0 < together < MINIMUM:
                hidden.add(row.name)
                together += counts[row.name].count
        for row in some:
            if row.name not in hidden:
                count = counts[row.name]
                row = row.model_copy(update={"replies": count.count, "solved": round(count.solved / count.count, 3)})
            found.append(row)
    return found


def _votes_of(row: Times, cases: Sequence[CaseRecord], votes: Mapping[str, Votes]) -> Votes:
    """Add up the replies of the cases of a row."""
    field = None if row.kind == "all" else _FIELDS[row.kind]
    mine = [
        votes[case.case_key]
        for case in cases
        if case.case_key in votes and (field is None or getattr(case, field) == row.name)
    ]
    return Votes(solved=sum(one.solved for one in mine), unsolved=sum(one.unsolved for one in mine))


def _times(kind: Kind, name: str, cases: Sequence[CaseRecord], now: datetime) -> Times:
    hours = sorted(
        case.answer_hours
        for case in cases
        if case.answer_hours is not None and case.answered_at is not None and case.answered_at <= now
    )
    outcomes = [is_in_time for at, is_in_time in map(timeliness, cases) if at <= now]
    timed = len(hours) >= MINIMUM
    return Times(
        kind=kind,
        name=name,
        cases=len(cases) if len(cases) >= MINIMUM else None,
        answered=len(hours) if timed else None,
        median_hours=round(percentile(hours, 50), 1) if timed else None,
        p90_hours=round(percentile(hours, 90), 1) if timed else None,
        in_time=round(sum(outcomes) / len(outcomes), 3) if len(outcomes) >= MINIMUM else None,
    )


COLUMNS = ("kind", "name", "cases", "answered", "median_hours", "p90_hours", "in_time", "replies", "solved")


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
        "past it. replies: what citizens replied to the question whether it was solved; solved: share of yes. label: the name for "
        "people. Replayed examples are not counted.",
        "null": f"fewer than {MINIMUM} cases, or a number from which such a number could be derived",
        "licence": "CC BY 4.0",
    }
    rows = [row.model_dump(mode="json") | {"label": label_of(row, times.language)} for row in times.rows]
    return json.dumps(times.model_dump(mode="json") | {"rows": rows} | meaning, ensure_ascii=False, indent=1)
