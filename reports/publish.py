"""Write a report in every format, once per language.

It covers the last complete interval, or the days that were asked for; a repeated run overwrites the same files.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from core.config.city import City
from core.config.profile.reports import Report
from core.config.settings import Settings
from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record, UtcDatetime
from ledger import read
from ledger.read import Ledger
from reports.build.asked import Asked, asked_in_profile, interval_in_profile
from reports.build.numbers import collect_numbers
from reports.build.statistics import Numbers
from reports.build.waiting import count_waiting
from reports.make import FORMATS, document_of, numbers_of
from reports.output import open_data

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
    is_provisional: bool = False
    """Posts of its days had not been read."""

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
    city: City, settings: Settings, ledger: Ledger, name: str, now: datetime, off: Mapping[str, Sequence[str]] | None = None
) -> list[Rendered]:
    """Write one report of the profile in each of its languages.

    `off`: configured sources that are off, with their missing variables.
    """
    report = city.reports[name]
    interval = interval_in_profile(city, name, now)
    numbers = collect_numbers(city, ledger, asked_in_profile(name, report), interval, now, off)
    return render(city, settings, ledger, numbers, name, report.languages, now)


def is_whole(city: City, settings: Settings, name: str, now: datetime) -> bool:
    """Tell whether the due report is on disk and misses no post."""
    folder = settings.home / "reports" / name / interval_in_profile(city, name, now).key(city.zone)
    path = folder / NUMBERS
    return path.exists() and not json.loads(path.read_bytes()).get("waiting")


def unread_posts(city: City, ledger: Ledger, name: str, now: datetime) -> int:
    """Count the posts that the due report of the profile would miss."""
    return count_waiting(ledger, interval_in_profile(city, name, now), city.reports[name].posts.source)


def write_asked(
    city: City,
    settings: Settings,
    ledger: Ledger,
    asked: Asked,
    languages: Sequence[str],
    now: datetime,
    off: Mapping[str, Sequence[str]] | None = None,
) -> list[Rendered]:
    """Write a report that is in no profile.

    Raises:
        ConfigurationError: what is asked for does not exist, or has not ended yet.
    """
    if asked.posts.district is not None and asked.posts.district not in (
        known := sorted(read.counts_by_place(ledger, "district", of="all"))
    ):
        raise ChangeRefusedError("no post names the district {district}; named: {known}", district=asked.posts.district, known=tuple(known))
    return render(city, settings, ledger, numbers_of(city, ledger, asked, now, off), asked.name, languages, now)


def render(
    city: City,
    settings: Settings,
    ledger: Ledger,
    numbers: Numbers,
    name: str,
    languages: Sequence[str],
    now: datetime,
    *,
    again: bool = False,
) -> list[Rendered]:
    """Write the files of a report from its numbers and remark.

    Everything is rendered before the first file is replaced. Retraction finds quotes by the numbers, so they are written first; but
    last when a report is written `again`, so that a retraction that is killed is done again.
    """
    folder = settings.home / "reports" / name / numbers.interval.key(city.zone)
    documents = [(one, document_of(city, settings, ledger, name, numbers, one)) for one in languages]
    files = {
        folder / f"{name}.{language}.{extension}": write(document)
        for language, document in documents
        for extension, write in FORMATS.items()
    }
    # Reports quote citizens: the folder is as private as the ledger.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored = {folder / NUMBERS: numbers.model_dump_json(indent=1).encode()}
    for path, content in (files | stored if again else stored | files).items():
        replace(path, content)
    return [
        Rendered(
            name=name,
            interval_key=folder.name,
            language=language,
            title=document.title,
            span=document.span,
            summary="\n".join(
                [
                    *(document.title, document.span, ""),
                    *([document.caveat, ""] if document.caveat else []),
                    *(sentence.text for sentence in document.short),
                ]
            ),
            page=folder / f"{name}.{language}.html",
            pdf=folder / f"{name}.{language}.pdf",
            made_at=now,
            is_provisional=numbers.waiting > 0,
        )
        for language, document in documents
    ]


def kinds_written(settings: Settings, languages: Sequence[str]) -> set[str]:
    """Return the kinds of which a report is on disk.

    Only a report with every format in these languages counts: a killed run leaves some of its files.
    """
    kinds = set()
    for path in (settings.home / "reports").glob(f"*/*/{NUMBERS}"):
        folder, name = path.parent, path.parent.parent.name
        whole = all((folder / f"{name}.{one}.{form}").exists() for one in languages for form in FORMATS)
        asked = json.loads(path.read_bytes()).get("asked") if whole else None
        if asked is not None:
            kinds.add(str(asked["kind"]))
    return kinds


def write_open_data(city: City, settings: Settings, ledger: Ledger, now: datetime) -> list[Path]:
    """Write the response times as CSV, JSON and Parquet to `home/open_data`."""
    times = open_data.response_times(city, ledger, now)
    folder = settings.home / "open_data"
    folder.mkdir(parents=True, exist_ok=True)
    written = {"csv": open_data.as_csv(times).encode(), "json": open_data.as_json(times).encode(), "parquet": open_data.as_parquet(times)}
    for form, content in written.items():
        replace(folder / f"response_times.{form}", content)
    return [folder / f"response_times.{form}" for form in written]


def replace(path: Path, content: bytes) -> None:
    """Replace a file atomically."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.write_bytes(content)
    draft.replace(path)
