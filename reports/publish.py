"""Writes a report: one page and one PDF a language, for the last closed interval; the same interval overwrites the same files."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from core.config.city import City, Report
from core.config.settings import Settings
from core.errors import ConfigurationError
from core.records import Record, UtcDatetime
from ledger.read import Ledger
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.build.statistics import Numbers
from reports.document.sections import put_into_words
from reports.output import html as page, open_data, pdf

NUMBERS = "numbers.json"


class Rendered(Record):
    """One report in one language, on disk."""

    name: str
    interval_key: str
    language: str
    title: str
    span: str
    summary: str
    page: Path
    pdf: Path
    made_at: UtcDatetime

    @property
    def file_name(self) -> str:
        """What the files are called once they have left the house."""
        return f"{self.name}_{self.interval_key}.{self.language}"


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


def write_report(
    city: City,
    settings: Settings,
    ledger: Ledger,
    name: str,
    now: datetime,
    off: Mapping[str, Sequence[str]] | None = None,
) -> list[Rendered]:
    """Write one report in each of its languages. `off`: configured sources that are not read, and the variables they miss."""
    report = city.reports[name]
    numbers = count(ledger, city.zone, last_closed(report.schedule, city.zone, now), off)
    folder = settings.home / "reports" / name / numbers.interval.key(city.zone)
    return render(city, numbers, name, report.languages, folder, now)


def render(
    city: City, numbers: Numbers, name: str, languages: Sequence[str], folder: Path, now: datetime
) -> list[Rendered]:
    """The files of a report from its numbers alone."""
    # What citizens wrote is quoted here: as private as the ledger.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(folder / NUMBERS, numbers.model_dump_json(indent=1).encode())
    return [_in_language(city, numbers, name, language, folder, now) for language in languages]


def _in_language(city: City, numbers: Numbers, name: str, language: str, folder: Path, now: datetime) -> Rendered:
    words = put_into_words(city, name, numbers, language)
    html, paper = folder / f"{name}.{language}.html", folder / f"{name}.{language}.pdf"
    replace(html, page.render(words).encode())
    replace(paper, pdf.render(words))
    return Rendered(
        name=name,
        interval_key=numbers.interval.key(city.zone),
        language=language,
        title=words.title,
        span=words.span,
        summary="\n".join([words.title, words.span, "", *([words.replay, ""] if words.replay else []), *words.short]),
        page=html,
        pdf=paper,
        made_at=now,
    )


def write_open_data(city: City, settings: Settings, ledger: Ledger, now: datetime) -> list[Path]:
    """The response times as CSV and JSON under `home/open_data`."""
    times = open_data.response_times(city, ledger, now)
    folder = settings.home / "open_data"
    folder.mkdir(parents=True, exist_ok=True)
    table, whole = folder / "response_times.csv", folder / "response_times.json"
    replace(table, open_data.as_csv(times).encode())
    replace(whole, open_data.as_json(times).encode())
    return [table, whole]


def replace(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
