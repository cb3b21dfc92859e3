"""A picture's description and a link's title are part of what a post says."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.config.plugins import load_plugin
from core.records.post import Raw
from tests.unit.collectors.test_collectors_reach import EXAMPLES

LAMP, NEWS = "Farola caída en la calle Mayor, 3", "Quejas por el alumbrado"
BLUESKY_PICTURES = {"$type": "app.bsky.embed.images", "images": [{"alt": LAMP}, {"alt": ""}, "odd"]}
BLUESKY_LINK = {"$type": "app.bsky.embed.external", "external": {"uri": "https://e.example", "title": NEWS}}
BLUESKY_QUOTE = {"$type": "app.bsky.embed.recordWithMedia", "record": {}, "media": BLUESKY_PICTURES}


def parsed(source: str, example: str, path: tuple[str, ...], given: dict[str, Any]) -> str:
    """Parse a real example with these fields at this place; return its text."""
    raw = json.loads((Path(EXAMPLES) / source / f"{example}.json").read_text(encoding="utf-8"))["raw"]
    where = raw["item"]
    for name in path:
        where = where[name]
    where.update(given)
    found = load_plugin("collectors", source, "test").parse(raw)
    assert isinstance(found, Raw)
    return found.text


@pytest.mark.parametrize(
    ("source", "example", "path", "given", "expected"),
    [
        ("bluesky", "reply", ("record",), {"text": "Así", "embed": BLUESKY_PICTURES}, f"Así\n🖼 {LAMP}"),
        ("bluesky", "reply", ("record",), {"text": "", "embed": BLUESKY_QUOTE}, f"🖼 {LAMP}"),
        ("bluesky", "reply", ("record",), {"text": "Así", "embed": BLUESKY_LINK}, f"Así\n🔗 {NEWS}"),
        (
            "mastodon",
            "status_from_another_server",
            (),
            {"content": "<p>Así</p>", "spoiler_text": "", "media_attachments": [{"description": LAMP}], "card": {"title": NEWS}},
            f"Así\n🖼 {LAMP}\n🔗 {NEWS}",
        ),
        (
            "x",
            "quote_edited",
            (),
            {"text": "Así", "entities": {"urls": [{"url": "https://t.co/a"}, {"title": "Quejas &amp; luz"}]}},
            "Así\n🔗 Quejas & luz",
        ),
    ],
)
def test_descriptions_and_titles_follow_the_text(
    source: str, example: str, path: tuple[str, ...], given: dict[str, Any], expected: str
) -> None:
    assert parsed(source, example, path, given) == expected


@pytest.mark.parametrize("odd", [None, "many", 1, {"images": "no list"}, {"images": [{"alt": 7}]}, {"external": []}])
def test_attachments_of_the_wrong_kind_cost_no_message(odd: object) -> None:
    assert parsed("bluesky", "reply", ("record",), {"text": "Así", "embed": odd}) == "Así"


def test_a_long_description_is_cut_and_a_title_in_the_text_is_not_repeated() -> None:
    long = "farola " * 200
    text = parsed("bluesky", "reply", ("record",), {"text": NEWS, "embed": {**BLUESKY_LINK, "images": [{"alt": long}]}})
    assert text.startswith(f"{NEWS}\n🖼 farola")
    assert text.count(NEWS) == 1
    assert len(text) <= len(NEWS) + 510
