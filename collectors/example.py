"""An example week of posts that were written for Escucha, so that a newcomer sees at once what it does.

The posts are made up. The records are in the form in which the networks give theirs, and each goes through the collector of
its network; its posts belong to sources of their own (`example-x`, `example-mastodon` ...), are marked as examples wherever they are
shown, count as replayed, and share no incident with anything else. The week is moved so that it ends at the first read; the cursor keeps
that moment, and the same file is never read twice.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from collectors.paging.cursor import Cursor
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.protocols import load_collector
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.post import EXAMPLE, Raw, Rejected
from core.records import Json

Network = Literal["x", "mastodon", "bluesky", "reddit", "mailbox"]
NETWORKS: tuple[Network, ...] = ("x", "mastodon", "bluesky", "reddit", "mailbox")
UNKNOWN_WEEK = (OSError, EOFError, ValueError, KeyError, TypeError)


class Options(SourceOptions, source="example"):
    """`[sources.example]`."""

    file: str = "samples/example_week.jsonl.gz"
    """Path, from the checkout or from the folder of the profile."""
    networks: tuple[Network, ...] = NETWORKS
    """Networks whose records are read; each becomes one source."""


class WeekCursor(Cursor):
    """What must be known to read the week once, and to read another one to the same moments."""

    ends_at: datetime | None = None
    """When the week ends: the moment of the first read."""
    content: str = ""
    """Digest of the file that was read."""


def sources_of(options: Options) -> dict[str, Options]:
    """Return the sources of this table by name, one per network."""
    return {f"{EXAMPLE}{one}": options.model_copy(update={"networks": (one,)}) for one in options.networks}


def collect(
    city: City, options: Options, secrets: plugins.Secrets | None, cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """Read the week's posts of the networks asked for, as one page; nothing when this file was read before.

    Raises:
        SourceError: the file is not there or holds something else.
    """
    known = WeekCursor.load(cursor, "example")
    rows, content = _read(_path(city, options))
    if known.content == content or not budget.page():
        return
    ends_at = known.ends_at or budget.now
    written_until = max(_written(row) for row in rows)
    told: Json = {"received_at": written_until.isoformat(), "shift_s": (ends_at - written_until).total_seconds()}
    found = [
        parse({"item": row, "place": f"{Path(options.file).name}:{number}", **told})
        for number, row in enumerate(rows, start=1)
        if row["network"] in options.networks
    ]
    yield Page(
        raws=tuple(one for one in found if isinstance(one, Raw)),
        rejects=tuple(one for one in found if isinstance(one, Rejected)),
        cursor=WeekCursor(ends_at=ends_at, content=content).as_json(),
    )


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one record by its network's collector: `{"item": a line of the file, "place", "received_at", "shift_s"}`."""
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


def gone(
    city: City, options: Options, secrets: plugins.Secrets | None, native_ids: list[str], budget: Budget
) -> dict[str, bool]:
    """Return no deletions: made-up posts are never withdrawn."""
    return {}


def check(city: City, options: Options, secrets: plugins.Secrets | None) -> str:
    """Read the file and count its records.

    Raises:
        SourceError: it is not there or holds something else.
    """
    rows, _ = _read(_path(city, options))
    count = sum(row["network"] in options.networks for row in rows)
    return f"{count} posts that were written as an example, of {', '.join(options.networks)}"


def _path(city: City, options: Options) -> Path:
    tried = [folder / options.file for folder in (plugins.ROOT, city.path.parent.resolve())]
    return next((path for path in tried if path.exists()), tried[0])


def _read(path: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the records of the file and its digest."""
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        rows = [json.loads(line) for line in text.splitlines()]
        if not rows or not all(row["network"] in NETWORKS and row["written_at"] for row in rows):
            raise ValueError
    except UNKNOWN_WEEK as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "it is no file of such posts"
        raise SourceError(
            f"example: {path}: {what}; take [sources.example] out of the profile, or make it: samples/README.md",
            fatal=True,
        ) from None
    return rows, hashlib.sha256(text.encode()).hexdigest()


def _written(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["written_at"]).astimezone(UTC)
