"""The hand-written streams of a day keep the promises of their README."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.config.city import load_city

STREAMS = Path(__file__).parents[2] / "data" / "streams"
MADRID = Path(__file__).parents[3] / "cities" / "madrid.toml"
FIRST = ("mentions", "form", "storm", "fiesta", "strike")
OF_MADRID = (*FIRST, "monday", "snow", "heat", "network", "pride", "sunday")
NAMES = (*OF_MADRID, "zaragoza", "valencia", "sevilla")
UNREAD = ("ar", "zh", "uk", "ro")


def rows(name: str, file: str) -> list[dict[str, Any]]:
    """Return the rows of a file of a stream."""
    return [json.loads(line) for line in (STREAMS / name / f"{file}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_posts_are_distinct_and_in_order_of_time(name: str) -> None:
    posts = rows(name, "posts")
    assert len({post["id"] for post in posts}) == len({post["text"] for post in posts}) == len(posts)
    times = [datetime.fromisoformat(post["created_at"]) for post in posts]
    assert times == sorted(times)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_follows_a_post_of_its_stream(name: str) -> None:
    seen: set[str] = set()
    for post in rows(name, "posts"):
        assert post["reply_to"] is None or post["reply_to"] in seen
        seen.add(post["id"])


@pytest.mark.parametrize("name", NAMES)
def test_places_stand_in_the_text(name: str) -> None:
    assert all(place in post["text"] for post in rows(name, "posts") for place in post["places"])


@pytest.mark.parametrize("name", NAMES)
def test_an_incident_has_at_least_two_posts(name: str) -> None:
    sizes = Counter(post["incident"] for post in rows(name, "posts") if post["incident"])
    assert min(sizes.values()) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_near_misses_are_of_different_incidents_and_worth_a_look(name: str) -> None:
    posts = {post["id"]: post for post in rows(name, "posts")}
    pairs = rows(name, "near_misses")
    assert len({(pair["a"], pair["b"]) for pair in pairs}) == len(pairs) >= 25
    for pair in pairs:
        one, other = posts[pair["a"]], posts[pair["b"]]
        assert one["id"] < other["id"]
        assert pair["why"]
        assert one["incident"] is None or one["incident"] != other["incident"]
        assert any(post["incident"] or post["actionable"] for post in (one, other))


@pytest.mark.parametrize("name", FIRST)
def test_each_unread_language_has_two_posts(name: str) -> None:
    count = Counter(post["language"] for post in rows(name, "posts"))
    assert {language: count[language] for language in UNREAD} == dict.fromkeys(UNREAD, 2)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_says_the_counts_and_the_base_rate(name: str) -> None:
    posts = rows(name, "posts")
    sizes = Counter(post["incident"] for post in posts if post["incident"])
    partnered = sizes.total()
    facts = (
        f"| `{name}` | {len(posts)} | {len(sizes)} | {partnered} | {partnered / len(posts):.1%} | {max(sizes.values())} |"
        f" {len(rows(name, 'near_misses'))} | {sum(post['actionable'] for post in posts)} |"
    )
    assert facts.replace("%", " %") in (STREAMS / "README.md").read_text()


def test_every_mention_holds_a_handle_of_the_city() -> None:
    handles = [handle.lower() for handle in load_city(MADRID).handles]
    assert all(any(handle in post["text"].lower() for handle in handles) for post in rows("mentions", "posts"))


def test_a_report_of_the_form_has_a_service_and_a_point_and_no_author() -> None:
    for post in rows("form", "posts"):
        assert post["channel"] == "webform"
        assert post["author"] is None
        assert post["service"]
        assert post["address"]
        assert 40.3 < post["lat"] < 40.6
        assert -3.9 < post["lon"] < -3.5
