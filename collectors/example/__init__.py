"""Collect an example month of made-up posts, for a first look.

The records have the form of their networks, and each is parsed by its network's collector. The posts belong to separate sources
(`example-x`, `example-mastodon` ...), are marked as examples wherever they are shown, count as replayed, and share no incident with
other posts. The month is shifted so that it ends at the first run; the cursor holds that moment, and the same file is never collected
twice.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from collectors.paging.cursor import Cursor
from core.config import plugins
from core.config.city import City
from core.config.protocols import load_collector
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import EXAMPLE, Raw, Rejected

Network = Literal["x", "mastodon", "bluesky", "reddit", "mailbox"]
NETWORKS: tuple[Network, ...] = ("x", "mastodon", "bluesky", "reddit", "mailbox")
FILE_ERRORS = (OSError, EOFError, ValueError, KeyError, TypeError)


class Options(SourceOptions, source="example"):
    """Declare `[sources.example]`."""

    file: str = "samples/example_month.jsonl.gz"
    """Path, from the checkout or from the folder of the profile."""
    networks: tuple[Network, ...] = NETWORKS
    """Networks whose records are read; each becomes one source."""


class MonthCursor(Cursor):
    """Hold what was collected, and when the shifted month ends."""

    ends_at: datetime | None = None
    """When the month ends: the moment of the first run."""
    content: str = ""
    """Digest of the file that was collected."""


def sources_of(options: Options) -> dict[str, Options]:
    """Return the sources of this table by name, one per network."""
    return {f"{EXAMPLE}{one}": options.model_copy(update={"networks": (one,)}) for one in options.networks}


def collect(city: City, options: Options, secrets: plugins.Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield the month's posts of the chosen networks as one page.

    Yields nothing if this file was collected before.

    Raises:
        SourceError: the file is missing or is not such a file.
    """
    known = MonthCursor.load(cursor, "example")
    records, content = _read(_path(city, options))
    if known.content == content or not budget.page():
        return
    ends_at = known.ends_at or budget.now
    written_until = max(_written_at(record) for record in records)
    context: Json = {"received_at": written_until.isoformat(), "shift_s": (ends_at - written_until).total_seconds()}
    found = [
        parse({"item": record, "place": f"{Path(options.file).name}:{number}", **context})
        for number, record in enumerate(records, start=1)
        if record["network"] in options.networks
    ]
    yield Page(
        raws=tuple(one for one in found if isinstance(one, Raw)),
        rejects=tuple(one for one in found if isinstance(one, Rejected)),
        cursor=MonthCursor(ends_at=ends_at, content=content).as_json(),
    )


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one record by its network's collector.

    Input: `{"item": a line of the file, "place", "received_at", "shift_s": seconds by which the month is shifted}`.
    """
    item, place, received_at = raw_json["item"], str(raw_json["place"]), raw_json["received_at"]
    raw = item.get("raw") if isinstance(item, dict) else None
    if not isinstance(item, dict) or item.get("network") not in NETWORKS or not isinstance(raw, dict):
        return Rejected.of("example", place, "bad_row", json.dumps(item, sort_keys=True))
    network = str(item["network"])
    module = load_collector(network, "[sources.example]")
    found = module.parse({**raw, "place": place, "received_at": received_at})
    if isinstance(found, Rejected):
        return found.model_copy(update={"source": f"{EXAMPLE}{network}"})
    at = found.created_at + timedelta(seconds=float(str(raw_json.get("shift_s", 0))))
    moved = {"created_at": at, "received_at": at, "edited_at": None, "replayed_from": found.created_at, "url": None}
    return found.model_copy(update={"source": f"{EXAMPLE}{network}", "place": place, **moved})


def told_of(city: City, options: Options) -> list[tuple[str, str, str, str | None, bool]]:
    """Return what its author says of each post.

    Source, native id, key in the file, incident (None: of none), and whether a service can act on it.
    """
    records, _ = _read(_path(city, options))
    mine = [one for one in records if one["network"] in options.networks]
    posts = [(one, parse({"item": one, "place": "", "received_at": one["written_at"]})) for one in mine]
    return [
        (post.source, post.native_id, str(of.get("key")), of.get("incident"), bool(of.get("actionable")))
        for of, post in posts
        if isinstance(post, Raw)
    ]


def find_deleted(city: City, options: Options, secrets: plugins.Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions: made-up posts are never deleted."""
    return {}


def check(city: City, options: Options, secrets: plugins.Secrets | None) -> str:
    """Load the file and count its records.

    Raises:
        SourceError: it is missing or is not such a file.
    """
    records, _ = _read(_path(city, options))
    count = sum(record["network"] in options.networks for record in records)
    return f"{count} example posts, of {', '.join(options.networks)}"


def _path(city: City, options: Options) -> Path:
    tried = [folder / options.file for folder in (plugins.ROOT, city.path.parent.resolve())]
    return next((path for path in tried if path.exists()), tried[0])


def _read(path: Path) -> tuple[list[dict[str, Any]], str]:
    """Load the records of the file and its digest."""
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        records = [json.loads(line) for line in text.splitlines()]
        if not records or not all(record["network"] in NETWORKS and record["written_at"] for record in records):
            raise ValueError
    except FILE_ERRORS as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "not a file of example posts"
        raise SourceError(
            f"example: {path}: {what}; remove [sources.example] from the profile, or create the file: samples/README.md", fatal=True
        ) from None
    return records, hashlib.sha256(text.encode()).hexdigest()


def _written_at(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["written_at"]).astimezone(UTC)
