"""Open data: how fast the city answers, by service, district and channel. No personal data, nothing of fewer than five cases."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from core.city import City
from core.fact import Fact, Moment
from core.facts import CaseFact
from ledger import read
from ledger.open import Ledger
from reports.numbers import percentile_90

MINIMUM = 5
"""A ranking needs a minimum: "the fastest service" must not have answered one case; nor may a number point at one person."""
WINDOW = timedelta(days=365)

Kind = Literal["service", "district", "channel"]


class Times(Fact):
    """The answer times of one service, district or channel; None where there are fewer than MINIMUM cases."""

    kind: Kind
    name: str
    cases: int | None
    answered: int | None
    median_hours: float | None
    p90_hours: float | None
    in_time: float | None


class ResponseTimes(Fact):
    """The whole table."""

    city: str
    made_at: Moment
    since: Moment
    minimum: int
    rows: tuple[Times, ...]


def response_times(city: City, ledger: Ledger, now: datetime) -> ResponseTimes:
    """Count the cases of the last year from live sources; replayed ones never count."""
    since = now - WINDOW
    cases = [case for case in read.case_facts(ledger) if not case.replay and case.opened_at >= since]
    rows = [*_by("service", cases), *_by("district", cases), *_by("channel", cases)]
    return ResponseTimes(city=city.name, made_at=now, since=since, minimum=MINIMUM, rows=tuple(rows))


def _by(kind: Kind, cases: Sequence[CaseFact]) -> list[Times]:
    field = {"service": "topic", "district": "district", "channel": "source"}[kind]
    names = sorted({getattr(case, field) for case in cases} - {None})
    return [_times(kind, name, [case for case in cases if getattr(case, field) == name]) for name in names]


def _times(kind: Kind, name: str, cases: Sequence[CaseFact]) -> Times:
    if len(cases) < MINIMUM:
        return Times(kind=kind, name=name, cases=None, answered=None, median_hours=None, p90_hours=None, in_time=None)
    hours = sorted(case.answer_hours for case in cases if case.answer_hours is not None)
    enough = len(hours) >= MINIMUM
    on_time = [case.within_due for case in cases if case.within_due is not None]
    return Times(
        kind=kind,
        name=name,
        cases=len(cases),
        answered=len(hours) if enough else None,
        median_hours=median(hours) if enough else None,
        p90_hours=percentile_90(hours) if enough else None,
        in_time=sum(on_time) / len(on_time) if enough and on_time else None,
    )


COLUMNS = ("kind", "name", "cases", "answered", "median_hours", "p90_hours", "in_time")


def as_csv(times: ResponseTimes) -> str:
    """The table as CSV; an empty cell is a number too small to publish."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in times.rows:
        writer.writerow(["" if (value := getattr(row, column)) is None else value for column in COLUMNS])
    return out.getvalue()


def as_json(times: ResponseTimes) -> str:
    """The table as JSON with what it means."""
    meaning = {
        "description": "Answer times of cases reported in public posts: elapsed hours from the first post's reception to the first answer.",
        "null": f"fewer than {MINIMUM} cases",
        "licence": "CC BY 4.0",
    }
    return json.dumps(times.model_dump(mode="json") | meaning, ensure_ascii=False, indent=1)
