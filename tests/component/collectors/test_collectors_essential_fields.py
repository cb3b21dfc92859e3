"""Test which fields of each network a message needs: all others may be missing or odd."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.drift import is_structural
from collectors.usual_fields import has_field
from collectors.x import vocabulary
from core.config import plugins
from core.records.post import Rejected
from tests.support.worlds import MADE

EXAMPLES = Path(__file__).parents[2] / "examples" / "collectors"
ESSENTIAL: dict[str, set[str]] = {
    "bluesky": {"uri", "record", "record.text", "did", "rkey", "operation"},
    "consul": {"__typename", "id", "body", "public_created_at"},
    "decidim": {"id", "body", "createdAt", "publishedAt", "body.translations"} | {"page", "proposal", "kind", "above"},
    "discourse": {"id", "created_at", "cooked", "site"},
    "feeds": set(),
    "mailbox": {"size", "received", "mail"},
    "mastodon": {"uri", "created_at", "visibility", "content", "account", "reblog"},
    "reddit": {"data", "data.name", "data.body", "data.created_utc"},
    "x": {"id", "text"},
    "youtube": {"id", "snippet", "snippet.textDisplay", "snippet.publishedAt"},
}
"""Without these there is no message: its id, its words, its date where the id does not tell it, whether it is public, and what the
collector itself adds. The author of a Mastodon message too: by it the city's own are known. Everything else is an ornament."""
OWN_FORMS = {
    "archive": "its columns: collectors/archive/columns.py",
    "example": "records of other networks, each read by its own network's parser",
    "inbox": "its fields: docs/reference/inbox.md",
}
"""Read no network: what they take is ours to say."""
ESSENTIAL |= {name: set(vars(world)["essential_fields"]) for name, (_, world) in MADE.items() if name not in ESSENTIAL}
"""A newer network says it in its world."""
ODD_ONLY = {"body.translations", "reblog"}
"""May be missing, but not be something else: there the words stand."""
ODD = ("missing", "null", "an object")


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if isinstance(value, dict):
            yield (*at, key)
        yield from paths(one, (*at, key))


def without(raw_json: Any, path: tuple[Any, ...], how: str) -> Any:
    changed = copy.deepcopy(raw_json)
    holder = changed["item"]
    for key in path[:-1]:
        holder = holder[key]
    if how == "missing":
        del holder[path[-1]]
    else:
        holder[path[-1]] = None if how == "null" else {"odd": 1}
    return changed


@pytest.mark.parametrize("how", ODD)
@pytest.mark.parametrize("name", sorted(set(plugins.plugin_names("collectors")) - set(OWN_FORMS)))
def test_an_ornament_costs_no_message(name: str, how: str) -> None:
    """Each field of each example, one after the other, is missing or null: only what is essential may cost the message."""
    if how != "missing" and name == "feeds":
        pytest.skip("feedparser gives texts, or nothing")
    module = plugins.load_plugin("collectors", name, "test")
    lost, tried = set(), 0
    for example in sorted((EXAMPLES / name).glob("*.json")):
        raw_json = json.loads(example.read_text(encoding="utf-8"))["raw"]
        if isinstance(module.parse(raw_json), Rejected):
            continue
        for path in paths(raw_json["item"]):
            tried += 1
            found = module.parse(without(raw_json, path, how))
            if isinstance(found, Rejected) and is_structural(found):
                lost.add(".".join(str(key) for key in path if not isinstance(key, int)))
    assert tried > 3
    assert sorted(lost - ESSENTIAL[name]) == []
    if how == "missing":
        assert sorted(ESSENTIAL[name] - lost - ODD_ONLY) == []


USUAL_MAY_LACK = {
    ("youtube", "author_withheld.json"),
    ("reddit", "comment_of_a_deleted_author.json"),
    ("bluesky", "quote_dated_in_the_future.json"),
    ("feeds", "atom_of_the_city_dated_in_the_future.json"),
    ("feeds", "nothing_to_know_it_by.json"),
}
"""Examples of the few records that lack a usual field."""


@pytest.mark.parametrize("name", sorted(set(plugins.plugin_names("collectors")) - set(OWN_FORMS) - {"mailbox"}))
def test_the_fields_that_a_network_usually_gives_are_in_its_recorded_examples(name: str) -> None:
    """`mailbox` reads e-mail, whose format no network can change."""
    module = plugins.load_plugin("collectors", name, "test")
    usual = vocabulary.USUAL if name == "x" else module.USUAL
    examples = [path for path in sorted((EXAMPLES / name).glob("*.json")) if (name, path.name) not in USUAL_MAY_LACK]
    records = [json.loads(path.read_text(encoding="utf-8"))["raw"]["item"] for path in examples]
    lacking = {(path.name, field) for path, item in zip(examples, records, strict=True) for field in usual if not has_field(item, field)}
    assert (len(usual) > 0, lacking) == (True, set())


def test_the_author_of_a_forum_is_watched_by_id_and_by_name() -> None:
    """By its name the council's own user is known, and a forum that gives none would make its posts a citizen's."""
    assert {"user_id", "username"} <= set(plugins.load_plugin("collectors", "discourse", "test").USUAL)


def test_every_network_says_which_of_its_fields_are_essential() -> None:
    assert set(ESSENTIAL) | set(OWN_FORMS) == set(plugins.plugin_names("collectors"))


def test_a_comment_of_reddit_without_an_address_gets_one_made_of_its_ids() -> None:
    raw_json = json.loads((EXAMPLES / "reddit" / "reply_edited.json").read_text(encoding="utf-8"))["raw"]
    found = plugins.load_plugin("collectors", "reddit", "test").parse(without(raw_json, ("data", "permalink"), "missing"))
    assert found.url == "https://www.reddit.com/comments/1p5kq2z/_/nq3x8ab/"


@pytest.mark.parametrize("name", sorted(MADE))
def test_records_whose_id_is_null_are_not_all_one_message(name: str) -> None:
    module = plugins.load_plugin("collectors", name, "test")
    seen = 0
    for example in sorted((EXAMPLES / name).glob("*.json")):
        raw_json = json.loads(example.read_text(encoding="utf-8"))["raw"]
        for path in (("id",), ("uri",), ("data", "name"), ("did",), ("comment", "ap_id")):
            holder = raw_json["item"] if len(path) == 1 else raw_json["item"].get(path[0], {})
            if path[-1] in holder and ESSENTIAL[name] & {".".join(path)}:
                found = module.parse(without(raw_json, path, "null"))
                assert isinstance(found, Rejected), path
                seen += 1
    assert seen
