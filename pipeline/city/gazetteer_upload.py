"""Make a gazetteer of uploaded files, look at it, and use it.

It lies in the state folder, one folder for each upload: `gazetteers/CITY/ID`. The profile's folder is often read-only, and a folder that
never changes needs no word to the other processes: the setting `gazetteer_folder` names it, which all of them read. What people edit in the
city's folder (words, other bodies, own places) is linked, so that it holds for every gazetteer.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import ValidationError

from core.config.city import read_table
from core.config.overlay import profile_name
from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record, UtcDatetime
from core.spreadsheet import csv_line
from gazetteer.gazetteer import Gazetteer
from gazetteer.importing.folder import BY_HAND, COLUMNS, Summary, import_files
from ledger import leases, read
from pipeline.city import profile
from pipeline.context import Context, now, worker

LARGEST = 20_000_000
"""Bytes of all files of an upload together."""
MOST_FILES = 10
KEPT = timedelta(days=2)
"""How long an upload waits to be used."""
LEASE, LEASE_TIME = "gazetteer upload", timedelta(minutes=15)
ENDINGS = (".csv", ".tsv", ".txt", ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson")
REPORT = "import.json"
SECTION = "gazetteer"
NO_FILE = "Choose a file first: CSV or GeoJSON."
NO_ENDING = "{file}: this is no CSV and no GeoJSON, by its name. Save it with one of these endings: {endings}."
TOO_LARGE = (
    "The files are too large: {most} MB together at most. Cut the extract to the city, or run escucha gazetteer import on the server."
)
TOO_MANY = "These are too many files: {most} at most."
READING = "Another gazetteer is being read just now. Try again in a minute."
GONE = "This upload is not here any more. Upload the files again."


class Upload(NamedTuple):
    """Hold one file as it came."""

    name: str
    content: BinaryIO


class Draft(Record):
    """Hold what was understood of an upload."""

    id: str
    files: tuple[str, ...]
    summary: Summary
    own_places: str = ""
    """Why the own places of the city's folder are left out: they name keys of another gazetteer; empty: they are used."""
    who: str
    at: UtcDatetime


def take(context: Context, uploads: Sequence[Upload], who: str, utm_zone: int = 30, within: str = "") -> Draft:
    """Read files into a gazetteer that is not used yet.

    The same files again are the same draft.

    Args:
        context: the open context.
        uploads: the files, 20 MB together at most.
        who: the person.
        utm_zone: of x and y in a table.
        within: the town to keep of an extract; empty: all.

    Raises:
        ConfigurationError: they cannot be read as a gazetteer; the message says why and what to do.
    """
    _check(uploads)
    root = _root(context)
    root.mkdir(parents=True, exist_ok=True)
    with _alone(context), tempfile.TemporaryDirectory(dir=root, prefix=".upload-") as folder:
        _forget_old(context)
        paths, digest = _stored(uploads, Path(folder)), hashlib.sha256(f"{utm_zone} {within}".encode())
        for path in paths:
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        key = digest.hexdigest()[:16]
        if (known := find(context, key)) is not None:
            return known
        summary = import_files(paths, context.city.name, root / key, True, utm_zone, within)
        _link_by_hand(context, root / key)
        draft = Draft(
            id=key,
            files=tuple(path.name for path in paths),
            summary=summary,
            own_places=_problem_of_own_places(context, root / key),
            who=who,
            at=now(),
        )
        (root / key / REPORT).write_text(draft.model_dump_json(), encoding="utf-8")
    return draft


def find(context: Context, key: str) -> Draft | None:
    """Return what was understood of an upload; None: it is not here."""
    path = _root(context) / key / REPORT
    if not re.fullmatch(r"[0-9a-f]{16}", key) or not path.exists():
        return None
    try:
        return Draft.model_validate_json(path.read_bytes())
    except ValidationError:  # of another version
        return None


def folder_of(context: Context, key: str) -> Path:
    """Return the folder of an upload."""
    return _root(context) / key


def in_use(context: Context) -> Draft | None:
    """Return the upload that the city uses.

    None: it uses the profile's folder.
    """
    folder = Path(context.city.gazetteer_folder or "")
    return find(context, folder.name) if folder.parent == _root(context) else None


def use(context: Context, key: str, attribution: str, seen: int, who: str) -> bool:
    """Let the city use an upload from now on.

    Returns False when it does already.

    Args:
        context: the open context.
        key: of the upload.
        attribution: whose data that is; empty: as before.
        seen: the revision of the section `gazetteer` that the person looked at.
        who: the person.

    Raises:
        StaleError: another one was chosen meanwhile.
        ConfigurationError: the upload is gone.
    """
    draft = find(context, key)
    if draft is None:
        raise ChangeRefusedError(GONE)
    wanted = {**(profile.section_in_force(context, SECTION) or {}), "gazetteer_folder": str(folder_of(context, key))}
    if attribution.strip():
        wanted["attribution"] = attribution.strip()
    if wanted == profile.section_in_force(context, SECTION):
        return False
    return profile.change(context, SECTION, wanted, seen, who, ", ".join(draft.files))


def discard(context: Context, key: str) -> None:
    """Remove an upload, unless the settings ever named it."""
    if find(context, key) is not None and key not in _named(context):
        shutil.rmtree(folder_of(context, key), ignore_errors=True)


def _root(context: Context) -> Path:
    return context.settings.home.resolve() / "gazetteers" / profile_name(context.city_path)


def _check(uploads: Sequence[Upload]) -> None:
    if not uploads:
        raise ChangeRefusedError(NO_FILE)
    if len(uploads) > MOST_FILES:
        raise ChangeRefusedError(TOO_MANY, most=MOST_FILES)
    for one in uploads:
        if not _plain(one.name).lower().endswith(ENDINGS):
            raise ChangeRefusedError(NO_ENDING, file=_plain(one.name), endings=ENDINGS)
    if sum(_size(one.content) for one in uploads) > LARGEST:
        raise ChangeRefusedError(TOO_LARGE, most=LARGEST // 1_000_000)


def _plain(name: str) -> str:
    """Return the name of a file as a folder can hold it."""
    return re.sub(r"[^\w.() -]", "_", name.replace("\\", "/").rpartition("/")[2])[-80:].lstrip(". ") or "file"


def _size(content: BinaryIO) -> int:
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    return size


def _stored(uploads: Sequence[Upload], folder: Path) -> list[Path]:
    """Write the files; two of one name get a folder each."""
    paths = []
    for number, one in enumerate(uploads):
        path = folder / str(number) / _plain(one.name)
        path.parent.mkdir()
        with path.open("wb") as file:
            shutil.copyfileobj(one.content, file)
        paths.append(path)
    return paths


@contextmanager
def _alone(context: Context) -> Iterator[None]:
    """Let one upload be read at a time.

    Each takes memory and a processor.
    """
    holder = f"{worker()}:{os.urandom(4).hex()}"
    if not leases.hold(context.ledger, LEASE, holder, now(), LEASE_TIME):
        raise ChangeRefusedError(READING)
    try:
        yield
    finally:
        leases.release(context.ledger, LEASE, holder)


def _link_by_hand(context: Context, folder: Path) -> None:
    """Link what people edit in the city's folder.

    Also what is not there yet.
    """
    table = read_table(context.city_path)
    shared = (context.city_path.parent / (table.get("gazetteer_folder") or context.city_path.stem)).resolve()
    for name in BY_HAND:
        if (shared / name).exists() or not (folder / name).exists():
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(shared / name)


def _problem_of_own_places(context: Context, folder: Path) -> str:
    """Leave the own places out where they do not fit.

    Returns why; empty: they fit.

    Raises:
        ConfigurationError: it is not they that cannot be loaded.
    """
    try:
        Gazetteer.load(folder, context.city.name)
    except ConfigurationError as error:
        own = folder / "own_places.csv"
        own.unlink()
        own.write_text(csv_line(COLUMNS[own.name].split()), encoding="utf-8", newline="")
        Gazetteer.load(folder, context.city.name)
        return str(error).rpartition(f"{own.name}: ")[2]
    return ""


def _forget_old(context: Context) -> None:
    """Remove uploads that were not used for days."""
    named = _named(context)
    for path in _root(context).iterdir():
        age = now() - datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if path.is_dir() and path.name not in named and age > KEPT:
            shutil.rmtree(path, ignore_errors=True)


def _named(context: Context) -> set[str]:
    """Return the uploads that the settings ever named.

    A change back may name them again.
    """
    changes = read.profile_changes(context.ledger, profile_name(context.city_path), SECTION, limit=1000)
    return {Path(str(one.patch.get("gazetteer_folder", ""))).name for one in changes}
