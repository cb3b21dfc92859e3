"""Writes a report: one page and one PDF a language, for the last closed interval; the same interval overwrites the same files."""

import os
from datetime import datetime
from pathlib import Path

from core.city import City, Report
from core.errors import ConfigurationError
from core.fact import Fact, Moment
from core.settings import Settings
from dashboards.charts import Chart, chart
from dashboards.compute import rows
from dashboards.panels import PANELS, View
from ledger import read
from ledger.open import Ledger
from reports import open_data, page, pdf
from reports.interval import Interval, last_closed
from reports.numbers import Numbers, count
from reports.words import Words, put_into_words

PICTURES = ("posts_by_sentiment", "complaints_by_topic")
"""Panels whose pictures stand in the report."""


class Rendered(Fact):
    """One report in one language, on disk."""

    name: str
    interval_key: str
    language: str
    title: str
    summary: str
    page: Path
    pdf: Path
    made_at: Moment


def chosen(city: City, name: str | None) -> dict[str, Report]:
    """The named report, or all.

    Raises:
        ConfigurationError: the profile has no such report.
    """
    if name is None:
        return dict(city.reports)
    if name not in city.reports:
        raise ConfigurationError(
            f"{city.path}: there is no [reports.{name}]; known: {', '.join(city.reports) or 'none'}"
        )
    return {name: city.reports[name]}


def write_report(city: City, settings: Settings, ledger: Ledger, name: str, now: datetime) -> list[Rendered]:
    """Write one report in each of its languages."""
    report = city.reports[name]
    interval = last_closed(report.schedule, city.zone, now)
    numbers = count(ledger, interval)
    folder = settings.home / "reports" / name / interval.key(city.zone)
    folder.mkdir(parents=True, exist_ok=True)
    return [_in_language(city, ledger, numbers, name, language, folder, now) for language in report.languages]


def _in_language(
    city: City, ledger: Ledger, numbers: Numbers, name: str, language: str, folder: Path, now: datetime
) -> Rendered:
    words = put_into_words(city, name, numbers, language)
    pictures = _pictures(city, ledger, numbers.interval, language)
    html, paper = folder / f"{name}.{language}.html", folder / f"{name}.{language}.pdf"
    _replace(html, page.render(city, numbers, words, pictures).encode())
    _replace(paper, pdf.render(city, numbers, words, pictures))
    return Rendered(
        name=name,
        interval_key=numbers.interval.key(city.zone),
        language=language,
        title=words.title,
        summary=_summary(words),
        page=html,
        pdf=paper,
        made_at=now,
    )


def _pictures(city: City, ledger: Ledger, interval: Interval, language: str) -> list[Chart]:
    view = View(now=interval.end, zone=city.zone, days=max(1, (interval.end - interval.start).days))
    posts = list(read.post_facts(ledger, since=interval.start, until=interval.end))
    return [chart(PANELS[key], rows(PANELS[key], posts, [], view), language) for key in PICTURES]


def _summary(words: Words) -> str:
    figures = "\n".join(f"{one.words}: {one.value}{f' ({one.more})' if one.more else ''}" for one in words.figures)
    return f"{words.title}\n{words.span}\n\n{figures}"


def write_open_data(city: City, settings: Settings, ledger: Ledger, now: datetime) -> list[Path]:
    """The response times as CSV and JSON under `home/open_data`."""
    times = open_data.response_times(city, ledger, now)
    folder = settings.home / "open_data"
    folder.mkdir(parents=True, exist_ok=True)
    table, whole = folder / "response_times.csv", folder / "response_times.json"
    _replace(table, open_data.as_csv(times).encode())
    _replace(whole, open_data.as_json(times).encode())
    return [table, whole]


def _replace(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
