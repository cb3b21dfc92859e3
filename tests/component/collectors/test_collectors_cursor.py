"""Cursors: those that ledgers hold today are read on, and one that a newer Escucha wrote is refused before anything is asked.

`tests/data/cursors` holds one cursor of every form that the runs of the stubs' tests stored before cursors had a version (the
smallest of each form; addresses of the stubs and folders of the tests replaced).
"""

import inspect
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors import mailbox
from collectors.archive.checkpoint import Progress
from collectors.bluesky.live import LiveCursor
from collectors.drift import accept_next_page, stopped_streams
from collectors.example import MonthCursor
from collectors.feeds import FeedCursor
from collectors.paging.cursor import VERSION, SourceCursor, StreamCursor, StreamState
from collectors.paging.full_scan import FullScanCursor
from collectors.paging.oldest_first import TimelineCursor
from collectors.paging.scheduler import groups_in_backoff
from collectors.youtube.pending_replies import ConversationCursor
from core.config import plugins
from core.config.protocols import load_collector
from core.errors import SourceError, StreamError
from core.records import Json
from core.records.collection import Budget
from tests.support.collector_runs import NOW
from tests.support.worlds import BLUESKY_SECRETS, CITY, MASTODON_OPEN, REDDIT_SECRETS, X_SECRETS, YOUTUBE_SECRETS

FOLDER = Path(__file__).parents[2] / "data" / "cursors"
OLD = [
    (path.stem, number, cursor)
    for path in sorted(FOLDER.glob("*.json"))
    for number, cursor in enumerate(json.loads(path.read_text(encoding="utf-8")))
]
every_old_cursor = pytest.mark.parametrize(("source", "cursor"), [one[::2] for one in OLD], ids=[f"{one[0]}-{one[1]}" for one in OLD])
OWN = {"archive": Progress, "example": MonthCursor, "mailbox": mailbox.MailboxCursor}
"""Sources that have no streams."""
STREAMS: dict[str, type[StreamState]] = {"feeds": FeedCursor, "mastodon": TimelineCursor, "youtube": ConversationCursor}
"""Sources whose streams are not read by `newest_first`."""
TABLES: dict[str, dict[str, Any]] = {
    "archive": {"files": ["cities/madrid.toml"]},
    "bluesky": {"base_url": "http://127.0.0.1:9"},
    "consul": {"site": "http://127.0.0.1:9"},
    "decidim": {"proposals": ["http://127.0.0.1:9/processes/barrio/f/39"]},
    "discourse": {"sites": ["http://127.0.0.1:9"]},
    "feeds": {"feeds": ["http://127.0.0.1:9/rss"], "allow_private": True},
    "mailbox": {"host": "127.0.0.1", "port": 9, "user": "buzon"},
    "mastodon": {"servers": ["http://127.0.0.1:9"], "hashtags": ["madrid"]},
    "reddit": {"base_url": "http://127.0.0.1:9"},
    "x": {"base_url": "http://127.0.0.1:9"},
    "youtube": {"base_url": "http://127.0.0.1:9", "videos": ["abcdefghijk"]},
}
SECRETS: dict[str, plugins.Secrets] = {
    "bluesky": BLUESKY_SECRETS,
    "mailbox": mailbox.Secrets(mailbox_password="password-of-test"),  # noqa: S106
    "mastodon": MASTODON_OPEN,
    "reddit": REDDIT_SECRETS,
    "x": X_SECRETS,
    "youtube": YOUTUBE_SECRETS,
}


DEFAULTS = {"seen": 0, "played": 0, "end": 0, "chain": "", "size": -1, "mtime_ns": -1}
"""Values of these keys that are not stored any more; elsewhere 0 and an empty text say something."""


def is_default(key: str, value: Any) -> bool:
    return value is None or value is False or value in ([], {}) or (key in DEFAULTS and value == DEFAULTS[key])


def kind_of(source: str, stream: str) -> type[StreamState]:
    if stream == "live":
        return LiveCursor
    return FullScanCursor if stream.endswith(" sweep") else STREAMS.get(source, StreamCursor)


def lost(before: Any, after: Any, path: str = "") -> list[str]:
    """What a stored cursor says and the one that was read from it does not; a default need not be said."""
    if isinstance(before, dict):
        if not isinstance(after, dict):
            return [path]
        said = [key for key, value in before.items() if not is_default(key, value)]
        return [one for key in said for one in lost(before[key], after.get(key, {}), f"{path}.{key}")]
    moment = isinstance(before, str) and before.replace("Z", "+00:00") == str(after).replace("Z", "+00:00")
    return [] if before == after or moment else [f"{path}: {before!r} became {after!r}"]


def test_the_collectors_of_the_cursors_of_before_are_still_there() -> None:
    """Newer ones have none: their first cursors have a version."""
    assert {source for source, _, _ in OLD} <= set(plugins.plugin_names("collectors"))
    assert len(OLD) > 20


@every_old_cursor
def test_a_cursor_of_before_is_read_and_nothing_of_it_is_lost(source: str, cursor: dict[str, Any]) -> None:
    assert "version" not in cursor
    read = OWN.get(source, SourceCursor).load(cursor, source)
    after = read.as_json()
    assert after["version"] == VERSION == 1
    assert lost(cursor, after) == []
    for name, state in cursor.get("streams", {}).items():
        one = kind_of(source, name).of(state, name)
        assert lost(state, one.as_state(), name) == []
        assert kind_of(source, name).of(one.as_state(), name) == one
    assert type(read).load(json.loads(json.dumps(after)), source) == read


@every_old_cursor
def test_each_key_of_a_stream_is_a_field_with_a_sentence(source: str, cursor: dict[str, Any]) -> None:
    for name, state in cursor.get("streams", {}).items():
        kind = kind_of(source, name)
        text = inspect.getsource(kind)
        assert set(state) <= set(kind.model_fields), "a key that is no field would be dropped"
        for key in state:
            assert re.search(rf'^    {key}: .*\n    """\S', text, re.MULTILINE), f"{kind.__name__}.{key} needs a sentence"


def test_the_cursors_of_before_have_every_field_of_the_walk_with_gaps() -> None:
    """A form that no stored cursor has would not be tested above."""
    keys = {
        key
        for source, _, cursor in OLD
        for name, state in cursor.get("streams", {}).items()
        if kind_of(source, name) is StreamCursor
        for key in state
    }
    assert keys == set(StreamCursor.model_fields)


@pytest.mark.parametrize("source", sorted(set(plugins.plugin_names("collectors")) - {"inbox"}))
def test_a_cursor_of_a_newer_version_is_refused_before_anything_is_asked(source: str) -> None:
    """Nothing listens at the addresses of these tables: a request would give another error."""
    options = plugins.load_options("collectors", source, TABLES.get(source, {}), "town.toml")
    budget = Budget(now=NOW, until=NOW)
    newer: Json = {"version": VERSION + 1, "streams": [], "files": 7, "validity": "new", "ends_at": {}}
    with pytest.raises(SourceError, match=rf"^{source}: its cursor in the ledger has version 2, .*Update Escucha") as refused:
        list(load_collector(source, "test").collect(CITY, options, SECRETS.get(source), newer, budget))
    assert refused.value.fatal


def test_a_cursor_that_cannot_be_read_is_refused_with_the_name_of_the_field() -> None:
    with pytest.raises(SourceError, match=r"x: its cursor in the ledger is invalid \(rests\.search: .*nothing was collected"):
        SourceCursor.load({"rests": {"search": "soon"}}, "x")
    with pytest.raises(StreamError, match=r"Madrid: its stored cursor is invalid \(high: "):
        StreamCursor.of({"high": "new"}, "Madrid")


def test_the_status_page_shows_nothing_of_a_cursor_that_it_cannot_read() -> None:
    newer: Json = {"version": VERSION + 1, "rests": [], "stopped": 7}
    assert (groups_in_backoff(newer, NOW), stopped_streams(newer)) == ({}, {})


def test_a_person_lets_a_stopped_stream_pass_and_the_rest_of_the_cursor_stays() -> None:
    stopped: Json = {"why": "odd", "until": datetime(2030, 1, 1, tzinfo=UTC).isoformat(), "pauses": 2}
    cursor: Json = {"streams": {"a": {"high": 7}}, "stopped": {"a": stopped}, "vocabulary": {"name": "post.fields"}, "version": 1}
    assert accept_next_page(cursor) == {
        "streams": {"a": {"high": 7}},
        "vocabulary": {"name": "post.fields"},
        "version": 1,
        "accepted": ["a"],
    }


def test_a_copy_with_a_value_of_another_type_is_refused() -> None:
    """Such a value comes from a network's answer: see `scheduler.PARSE_FAILURES`."""
    with pytest.raises(ValueError, match="token"):
        StreamCursor(high=7).changed(token={"next": 1})
    assert StreamCursor(high=7).changed(token=12).token == "12"  # noqa: S105
