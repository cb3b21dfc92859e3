"""Collect messages from files (JSON lines or CSV) of a council.

Such as an export of its participation site. What they hold is public and is quoted: letters, and notes of the 010 telephone service, are
handed in by the inbox. The column names are in `collectors/archive/columns.py`. A file that has grown is read on, one that was changed is
read again from its start (the ledger recognises its messages by their ids). A last line without a line break waits until the file has been
unchanged for ten minutes, because it may still be being written. With `replay` all files together are replayed over 90 days, as the
sample is on a first start.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from collectors.archive.checkpoint import Progress, pages_left
from collectors.archive.columns import COLUMNS, RecordError, check_header
from collectors.archive.lines import FILE_ERRORS, find_files
from collectors.archive.message import row_as_raw
from collectors.archive.records import FileRecord, read_records
from collectors.archive.replay import plan_replay, replayed
from collectors.zones import ZoneName
from core.config.city import City
from core.config.plugins import ROOT, Secrets
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected


class Options(SourceOptions, source="archive"):
    """Declare `[sources.archive]`."""

    quiet_after: timedelta | None = None
    """The silence that raises an alarm. None: an archive may be silent."""
    files: tuple[str, ...] = Field(min_length=1)
    """Paths, or patterns such as `drop/*.csv`, from the checkout or from the folder of the profile. What they hold is public and is quoted:
    hand letters, and notes of telephone calls, to the inbox.
    """
    replay: bool = False
    """Play the messages again over 90 days, each marked as replayed."""
    replay_ends: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How long ago these 90 days end. An archive that ends before all other posts begin is in no comparison with them."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our name = the file's name, for columns that are called otherwise: `text = "mensaje"`."""
    timezone: ZoneName = ""
    """Zone of dates that name none, such as `Europe/Madrid`; empty: the city's."""
    encoding: Literal["auto", "utf-8", "cp1252", "iso-8859-1", "iso-8859-15"] = "auto"
    """Of CSV files; JSON is always UTF-8. `auto`: UTF-8 or Windows-1252, by the accented lines of the first 64 kB."""
    html: bool = False
    """The texts hold HTML mark-up (those of a CONSUL export always do)."""
    own: tuple[str, ...] = ()
    """The city's own authors, as the columns `author` or `handle` name them: what they wrote never makes a case."""
    style: Literal["auto", "network", "platform", "letter"] = "auto"
    """How people write in these files: short posts of a network, proposals and comments of a platform, or letters, e-mails and forms;
    thresholds differ. `auto`: each record by itself (a handle or a tag: network; else a title or a comment: platform; else over 500
    characters: letter; else network)."""
    link: str = ""
    """Address of a message on its site, with `{id}` for its id, where the file has none."""

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(columns) - set(COLUMNS))
        if unknown:
            raise ValueError(f"unknown column {', '.join(unknown)}; ours are: {', '.join(COLUMNS)}")
        return columns

    @property
    def is_live(self) -> bool:
        """Tell whether the dates are the files' own. A replayed archive is a recording."""
        return not self.replay


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield the messages not collected yet, 500 a page, by file name."""
    paths, progress = _paths(city, options), Progress.load(cursor, "archive")
    read, message = partial(_records, options), partial(_message, _parse_context(city, options, budget.now))
    played_at: list[datetime] = []
    if options.replay:
        progress, played_at = plan_replay(paths, read, message, progress, city.zone, budget.now, options.replay_ends)
    failed: list[str] = []
    for path in paths:
        try:
            for records, mark in pages_left(path, read, progress.mark(path), budget.now):
                if not budget.page():
                    return
                found = [message(path, record) for record in records]
                if progress.replay is not None:
                    found = replayed(found, played_at[progress.replay.played :], budget.now)
                progress = progress.read_on(path, mark, found)
                yield _page(found, progress)
        except FILE_ERRORS as error:  # the other files are still read; raised at the end
            failed.append(f"{path}: {error}")
    if failed:
        raise SourceError(f"archive: {'; '.join(failed)}")


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one record of a file, by its columns.

    Input: `{"item", "place", "received_at", "timezone", "html", "link", "own", "style"}`.
    """
    try:
        return row_as_raw(raw_json)
    except RecordError as error:
        record = json.dumps(raw_json["item"], sort_keys=True)
        return Rejected.of("archive", str(raw_json["place"]), error.reason, record)


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions: an archive has none.

    Citizens ask the council for erasure (`escucha erase`).
    """
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Parse the first message of each file."""
    known = _parse_context(city, options, datetime.now(UTC))
    results = []
    for path in _paths(city, options):
        try:
            first = next((_message(known, path, record) for record in _records(options, path)), None)
        except FILE_ERRORS as error:
            raise SourceError(f"archive: {path}: {error}") from None
        results.append(f"{path.name}: {'empty' if first is None else _describe_first(first, city.zone)}")
    return "; ".join(results) or f"no file matches {', '.join(options.files)} yet"


def _paths(city: City, options: Options) -> list[Path]:
    return sorted({path for pattern in options.files for path in find_files(pattern, (ROOT, city.path.parent.resolve()))})


def _parse_context(city: City, options: Options, now: datetime) -> Json:
    """Return what `parse` needs beside the record."""
    return {
        "received_at": now.isoformat(),
        "timezone": options.timezone or city.timezone,
        "html": options.html,
        "link": options.link,
        "own": list(options.own),
        "style": options.style,
    }


def _records(options: Options, path: Path) -> Iterator[FileRecord]:
    """Yield the file's records, with columns renamed to ours."""
    ours = {theirs: our for our, theirs in options.columns.items()}
    for record in read_records(path, options.encoding, partial(check_header, ours)):
        if record.item is None or not ours:
            yield record
        else:
            item = {**record.item, **{our: record.item[name] for name, our in ours.items() if name in record.item}}
            yield replace(record, item=item)


def _message(known: Json, path: Path, record: FileRecord) -> Raw | Rejected:
    place = f"{path.name}:{record.line}"
    if record.item is None:
        return Rejected(source="archive", place=place, reason=str(record.reason), size=record.size, digest=record.digest)
    found = parse({**known, "item": record.item, "place": place})
    if isinstance(found, Rejected):
        return found.model_copy(update={"size": record.size, "digest": record.digest})
    return found


def _page(found: list[Raw | Rejected], progress: Progress) -> Page:
    return Page(
        raws=tuple(one for one in found if isinstance(one, Raw)),
        rejects=tuple(one for one in found if isinstance(one, Rejected)),
        cursor=progress.model_dump(mode="json"),
    )


def _describe_first(first: Raw | Rejected, zone: ZoneInfo) -> str:
    if isinstance(first, Rejected):
        return f"its first record cannot be parsed ({first.reason})"
    return f"begins {first.created_at.astimezone(zone).date()}"
