"""Write a report as one page and one PDF per language.

It covers the last complete interval; a repeated run overwrites the same files.
"""

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
from reports.document.sections import build_document
from reports.output import html, open_data, pdf

NUMBERS = "numbers.json"


class Rendered(Record):
    """Describe one report in one language, on disk."""

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
        """Return the name of attachments and downloads, without extension."""
        return f"{self.name}_{self.interval_key}.{self.language}"


def chosen(city: City, name: str | None) -> dict[str, Report]:
    """Return the named report, or all.

    Raises:
        ConfigurationError: the profile has no such report.
    """
    if name is None:
        return dict(city.reports)
    if name not in city.reports:
        raise ConfigurationError(f"{city.path}: no report [reports.{name}]; known: {', '.join(city.reports) or 'none'}")
    return {name: city.reports[name]}


def write_report(
    city: City,
    settings: Settings,
    ledger: Ledger,
    name: str,
    now: datetime,
    off: Mapping[str, Sequence[str]] | None = None,
) -> list[Rendered]:
    """Write one report in each of its languages.

    `off`: configured sources that are off, with their missing variables.
    """
    report = city.reports[name]
    numbers = count(ledger, city.zone, last_closed(report.schedule, city.zone, now), off)
    folder = settings.home / "reports" / name / numbers.interval.key(city.zone)
    return render(city, numbers, name, report.languages, folder, now)


def render(
    city: City, numbers: Numbers, name: str, languages: Sequence[str], folder: Path, now: datetime
) -> list[Rendered]:
    """Write the files of a report from its numbers alone."""
    # Reports quote citizens: the folder is as private as the ledger.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(folder / NUMBERS, numbers.model_dump_json(indent=1).encode())
    return [_in_language(city, numbers, name, language, folder, now) for language in languages]


def _in_language(city: City, numbers: Numbers, name: str, language: str, folder: Path, now: datetime) -> Rendered:
    document = build_document(city, name, numbers, language)
    page_path, pdf_path = folder / f"{name}.{language}.html", folder / f"{name}.{language}.pdf"
    replace(page_path, html.render(document).encode())
    replace(pdf_path, pdf.render(document))
    return Rendered(
        name=name,
        interval_key=numbers.interval.key(city.zone),
        language=language,
        title=document.title,
        span=document.span,
        summary="\n".join(
            [document.title, document.span, "", *([document.replay, ""] if document.replay else []), *document.short]
        ),
        page=page_path,
        pdf=pdf_path,
        made_at=now,
    )


def write_open_data(city: City, settings: Settings, ledger: Ledger, now: datetime) -> list[Path]:
    """Write the response times as CSV, JSON and Parquet to `home/open_data`."""
    times = open_data.response_times(city, ledger, now)
    folder = settings.home / "open_data"
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "csv": open_data.as_csv(times).encode(),
        "json": open_data.as_json(times).encode(),
        "parquet": open_data.as_parquet(times),
    }
    for form, content in written.items():
        replace(folder / f"response_times.{form}", content)
    return [folder / f"response_times.{form}" for form in written]


def replace(path: Path, content: bytes) -> None:
    """Replace a file atomically."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
