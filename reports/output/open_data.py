"""Open data: how fast the city answers, by service, district and channel. No personal data, nothing of fewer than five cases."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from core.config.city import City
from core.read_models import CaseRecord
from core.records import Record, UtcDatetime
from core.spreadsheet import csv_line
from dashboards.expected import percentile
from ledger import read
from ledger.read import Ledger
from reports.build.response_times import MERGED, verdict_on

MINIMUM = 5
"""A ranking needs a minimum: "the fastest service" must not have answered one case; nor may a number point at one person."""
WINDOW = timedelta(days=365)

Kind = Literal["all", "service", "district", "channel"]
_FIELDS: dict[Kind, str] = {"service": "topic", "district": "district", "channel": "source"}


class Times(Record):
    """The answer times of one service, district or channel; None where the number stands for fewer than MINIMUM cases."""

    kind: Kind
    name: str
    cases: int | None
    answered: int | None
    median_hours: float | None
    p90_hours: float | None
    in_time: float | None
    """Share of the cases that were answered by their date, or should have been."""


class ResponseTimes(Record):
    """The whole table."""

    city: str
    made_at: UtcDatetime
    since: UtcDatetime
    minimum: int
    rows: tuple[Times, ...]


def response_times(city: City, ledger: Ledger, now: datetime) -> ResponseTimes:
    """Count the cases of the last year from live sources; replayed ones never count, merged ones count once, as part of another."""
    since = now - WINDOW
    found = read.case_records(ledger, since=since, until=now, replay=False)
    cases = [case for case in found if case.state != MERGED]
    rows = [_times("all", city.name, cases, now)] if cases else []
    for kind in _FIELDS:
        rows += _by(kind, cases, now)
    return ResponseTimes(city=city.name, made_at=now, since=since, minimum=MINIMUM, rows=tuple(rows))


def _by(kind: Kind, cases: Sequence[CaseRecord], now: datetime) -> list[Times]:
    """One row a name. A single hidden row could be worked out from the sum of all: then the next smallest is hidden with it."""
    named: dict[str, list[CaseRecord]] = {}
    for case in cases:
        if (name := getattr(case, _FIELDS[kind])) is not None:
            named.setdefault(name, []).append(case)
    hidden = {name for name, some in named.items() if len(some) < MINIMUM}
    if len(hidden) == 1 and len(named) > 1:
        hidden.add(min(named.keys() - hidden, key=lambda name: (len(named[name]), name)))
    return [_times(kind, name, [] if name in hidden else named[name], now) for name in sorted(named)]


def _times(kind: Kind, name: str, cases: Sequence[CaseRecord], now: datetime) -> Times:
    hours = sorted(
        case.answer_hours
        for case in cases
        if case.answer_hours is not None and case.answered_at is not None and case.answered_at <= now
    )
    verdicts = [is_in_time for at, is_in_time in map(verdict_on, cases) if at <= now]
    timed = len(hours) >= MINIMUM
    return Times(
        kind=kind,
        name=name,
        cases=len(cases) if len(cases) >= MINIMUM else None,
        answered=len(hours) if timed else None,
        median_hours=round(percentile(hours, 50), 1) if timed else None,
        p90_hours=round(percentile(hours, 90), 1) if timed else None,
        in_time=round(sum(verdicts) / len(verdicts), 3) if len(verdicts) >= MINIMUM else None,
    )


COLUMNS = ("kind", "name", "cases", "answered", "median_hours", "p90_hours", "in_time")


def as_csv(times: ResponseTimes) -> str:
    """The table as CSV; an empty cell is a number too small to publish."""
    rows = ([getattr(row, column) for column in COLUMNS] for row in times.rows)
    return "".join(map(csv_line, (COLUMNS, *rows)))


def as_json(times: ResponseTimes) -> str:
    """The table as JSON with what it means."""
    meaning = {
        "description": "Answer times of cases that people reported in public posts of the last year: elapsed hours from the reception "
        "of a case's first post to the first answer. in_time: share of the cases answered by their date, of those answered by it or "
        "past it. Replayed examples are not counted.",
        "null": f"stands for fewer than {MINIMUM} cases, or would let such a number be worked out",
        "licence": "CC BY 4.0",
    }
    return json.dumps(times.model_dump(mode="json") | meaning, ensure_ascii=False, indent=1)
