"""Load labelled streams of posts, on which joining is measured.

A stream is a day or a fortnight in time order. Those of `tests/data/streams` (ours), and where `../shared` stands beside the checkout the
authors of `incidents_es` and windows of real notices of `avisos_madrid_es`, as a file gives them (`text`) and as a channel knows them
(`known`: point and service).
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.records.post import Post
from workshop.incidents.dataset import INCIDENTS, PROFILE, SOURCE_OF, Row, author_names, load_json_lines, profile_of

WRITTEN = ROOT / "tests" / "data" / "streams"
NOTICES = INCIDENTS.parent / "avisos_madrid_es"
LABELS = ROOT / "data" / "training" / "avisos_incidents"
"""Labels of more windows of these notices, without their texts."""
ALONE = "alone:"
"""Prefix of the label of a post that has no partner: a thing of its own."""
Pair = frozenset[str]
Origin = Literal["written", "author", "notices"]
"""A day by a stranger to the matcher, an author of incidents_es, or a window of real notices."""


@dataclass(frozen=True)
class LabelledStream:
    """Hold the posts of a stream, oldest first, with their labels."""

    name: str
    city: City
    posts: Sequence[Post]
    thing: Mapping[str, str]
    """Post id -> the incident it is about, or `alone:` and its own id."""
    reports: frozenset[str]
    """Posts with something to act on."""
    hard: frozenset[Pair] = frozenset()
    """Pairs that look the same and are not."""
    near: Mapping[str, str] = field(default_factory=dict)
    """Incident -> another that looks like it."""
    undecided: frozenset[Pair] = frozenset()
    sure: frozenset[str] | None = None
    """Incidents that the reader is sure of; None: all."""
    origin: Origin = "written"

    @property
    def group(self) -> str:
        """Return the author, or the month of real notices."""
        return f"{self.posts[0].created_at:%Y-%m}" if self.origin == "notices" else self.name

    @property
    def partners(self) -> list[str]:
        """Return the posts that have a partner."""
        return [key for key, thing in self.thing.items() if not thing.startswith(ALONE)]

    def same(self, one: str, other: str) -> bool | None:
        """Return whether two posts are about one thing; None: not scored."""
        if frozenset((one, other)) in self.undecided:
            return None
        return self.thing[one] == self.thing[other]


def post_id(stream: str, key: str) -> str:
    """Return an id as the ledger has them.

    Incident keys are made of its beginning.
    """
    return hashlib.md5(f"{stream}:{key}".encode(), usedforsecurity=False).hexdigest()


def streams() -> Iterator[LabelledStream]:
    """Yield all streams that are at hand."""
    for folder in sorted(WRITTEN.iterdir()):
        if folder.is_dir():
            yield written_stream(folder)
    for name in author_names() if INCIDENTS.exists() else ():
        yield author_stream(name)
    if NOTICES.exists():
        for folder in (*sorted((NOTICES / "labelled").iterdir()), *sorted(LABELS.glob("*/window.json"))):
            for is_known in (False, True):
                yield notice_stream(folder if folder.is_dir() else folder.parent, is_known)


def written_stream(folder: Path) -> LabelledStream:
    """Load one of the committed streams.

    A reply to a post without an incident is conversation: where neither reports anything, the pair is not scored.
    """
    rows, name = list(load_json_lines(folder / "posts.jsonl")), folder.name
    by_id = {row["id"]: row for row in rows}
    talk = {
        frozenset((post_id(name, row["id"]), post_id(name, row["reply_to"])))
        for row in rows
        if row["reply_to"] and not (row["incident"] or row["actionable"] or by_id[row["reply_to"]]["actionable"])
    }
    near = load_json_lines(folder / "near_misses.jsonl")
    return LabelledStream(
        name,
        profile_of(name),
        _posts(name, rows),
        _things(name, rows),
        _reports(name, rows),
        hard=frozenset(_pair(name, row) for row in near),
        undecided=frozenset(talk),
    )


def author_stream(name: str) -> LabelledStream:
    """Load an author of incidents_es.

    Denser than life, and known to the shipped weights but for m4.
    """
    folder = INCIDENTS / f"author_{name}"
    rows = list(load_json_lines(folder / "posts.jsonl"))
    near = {row["incident"]: row["near_miss_of"] for row in load_json_lines(folder / "incidents.jsonl") if row["near_miss_of"]}
    return LabelledStream(name, profile_of(name), _posts(name, rows), _things(name, rows), _reports(name, rows), near=near, origin="author")


def notice_stream(folder: Path, is_known: bool) -> LabelledStream:
    """Load a window of real notices.

    `is_known`: with the point and the service that the channel knows, beside the text.
    """
    rows, name = list(_window_rows(folder)), folder.name
    told = [
        row
        | {"author": None if row["author"] in ("aNone", None) else row["author"], "channel": "archive", "style": "network"}
        | ({"service": row["topic"]} if is_known else {"lat": None, "lon": None, "service": None})
        for row in rows
    ]
    things = _things(name, rows)
    sure = frozenset(f"{name}:{row['incident']}" for row in load_json_lines(folder / "incidents.jsonl") if row["sure"])
    return LabelledStream(
        f"{name} {'known' if is_known else 'text'}",
        load_city(PROFILE),
        _posts(name, told),
        things,
        frozenset(things),
        hard=frozenset(_pair(name, row) for row in load_json_lines(folder / "hard.jsonl")),
        undecided=frozenset(_pair(name, row) for row in load_json_lines(folder / "undecided.jsonl")),
        sure=sure,
        origin="notices",
    )


def _window_rows(folder: Path) -> Iterator[Row]:
    """Yield the notices of a window with their incident, oldest first.

    From its `posts.jsonl`, or cut from the notices by its `window.json` and labelled by its lists of ids.
    """
    if (folder / "posts.jsonl").exists():
        yield from load_json_lines(folder / "posts.jsonl")
        return
    window = json.loads((folder / "window.json").read_text(encoding="utf-8"))
    incident = {key: row["incident"] for row in load_json_lines(folder / "incidents.jsonl") for key in row["ids"]}
    box = window["box"]
    with gzip.open(NOTICES / window["file"], "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            inside = box["south"] <= row["lat"] < box["north"] and box["west"] <= row["lon"] < box["east"]
            if inside and window["from"] <= row["time"][:10] <= window["to"]:
                address = (row["address"] or "").replace(",", "")
                yield {
                    "id": row["id"],
                    "text": f"{row['text'].rstrip(' .')}. {address}.",
                    "created_at": row["time"],
                    "author": None if row["author"] is None else f"a{row['author']}",
                    "lat": row["lat"],
                    "lon": row["lon"],
                    "topic": row["topic"],
                    "incident": incident.get(row["id"]),
                }


def _posts(name: str, rows: Sequence[Row]) -> list[Post]:
    found = []
    for row in rows:
        at = datetime.fromisoformat(row["created_at"])
        lat, lon = row.get("lat"), row.get("lon")
        found.append(
            Post(
                post_id=post_id(name, row["id"]),
                source=SOURCE_OF.get(row["channel"], row["channel"]),
                text=row["text"],
                created_at=at,
                received_at=at,
                author=f"{name}-{row['author']}" if row.get("author") else None,
                reply_to=post_id(name, row["reply_to"]) if row.get("reply_to") else None,
                lat=None if lat is None else round(lat, 5),
                lon=None if lon is None else round(lon, 5),
                service=row.get("service"),
                style=row.get("style"),
            )
        )
    return sorted(found, key=lambda post: (post.created_at, post.post_id))


def _things(name: str, rows: Sequence[Row]) -> dict[str, str]:
    return {post_id(name, row["id"]): f"{name}:{row['incident']}" if row["incident"] else ALONE + row["id"] for row in rows}


def _reports(name: str, rows: Sequence[Row]) -> frozenset[str]:
    return frozenset(post_id(name, row["id"]) for row in rows if row["actionable"])


def _pair(name: str, row: Row) -> Pair:
    return frozenset((post_id(name, row["a"]), post_id(name, row["b"])))
