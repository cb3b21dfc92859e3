"""Likes, shares, replies and views come from the fields that each network documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.parsing import count_of, shown_with
from core.config.plugins import load_plugin
from core.records.post import REACH, Raw

EXAMPLES = Path(__file__).parents[2] / "examples" / "collectors"
X_OLD = {"retweet_count": 2, "reply_count": 3, "like_count": 5, "quote_count": 1, "impression_count": 700}
X_NEW = {"repost_count": 2, "reply_count": 3, "like_count": 5, "quote_count": 1, "impression_count": 700}
BLUESKY = {"likeCount": 5, "repostCount": 2, "quoteCount": 1, "replyCount": 3}
MASTODON = {"favourites_count": 5, "reblogs_count": 3, "replies_count": 3}
REDDIT = {"score": 5, "num_crossposts": 3, "num_comments": 3}
DISCOURSE = {"actions_summary": [{"id": 2, "count": 5}, {"id": 3}], "reply_count": 3, "reads": 700}


def reach_of(source: str, example: str, path: tuple[str, ...], given: dict[str, Any]) -> tuple[int | None, ...]:
    """Return the counts of a real example with these counters at this place."""
    found = raw_of(source, example, path, given)
    return tuple(getattr(found, name) for name in REACH)


def raw_of(source: str, example: str, path: tuple[str, ...], given: dict[str, Any]) -> Raw:
    """Parse a real example with these counters at this place."""
    raw = json.loads((EXAMPLES / source / f"{example}.json").read_text(encoding="utf-8"))["raw"]
    where = raw["item"]
    for name in path:
        where = where[name]
    where.update(given)
    found = load_plugin("collectors", source, "test").parse(raw)
    assert isinstance(found, Raw)
    return found


@pytest.mark.parametrize(
    ("source", "example", "path", "given", "expected"),
    [
        ("x", "reply_long_text", (), {"public_metrics": X_OLD}, (5, 3, 3, 700)),
        ("x", "reply_long_text", (), {"public_metrics": X_NEW}, (5, 3, 3, 700)),
        ("bluesky", "reply", (), BLUESKY, (5, 3, 3, None)),
        ("mastodon", "status_from_another_server", (), MASTODON, (5, 3, 3, None)),
        ("reddit", "reply_edited", ("data",), REDDIT, (5, 3, 3, None)),
        ("youtube", "comment", ("snippet",), {"likeCount": 5}, (5, None, None, None)),
        ("discourse", "first_of_its_topic_edited", (), DISCOURSE, (5, None, 3, 700)),
    ],
)
def test_each_network_gives_the_counts_it_documents(
    source: str, example: str, path: tuple[str, ...], given: dict[str, Any], expected: tuple[int | None, ...]
) -> None:
    assert reach_of(source, example, path, given) == expected


def test_mastodon_gives_the_followers_of_the_author() -> None:
    account = {"followers_count": 1_347, "following_count": 280, "statuses_count": 5_012}
    found = raw_of("mastodon", "status_of_snac_recorded", ("account",), account)
    assert found.followers == 1_347
    assert raw_of("mastodon", "status_of_snac_recorded", ("account",), {}).followers is None, "snac tells none"


@pytest.mark.parametrize("odd", [None, "many", -1, True, 1.5, {"n": 1}, 2**60])
def test_a_counter_of_the_wrong_kind_costs_no_message(odd: object) -> None:
    assert reach_of("youtube", "comment", ("snippet",), {"likeCount": odd})[0] is None


@pytest.mark.parametrize("odd", [2**53, 2**60])
def test_a_counter_that_cannot_be_stored_ends_no_check_for_deletions(odd: int) -> None:
    assert count_of({"likes": odd}, "likes") is None
    assert shown_with({"likes": count_of({"likes": odd}, "likes")}) is False
    assert count_of({"reposts": 2**53 - 1, "quotes": 1}, "reposts", "quotes") is None


def test_counts_that_are_not_there_are_none_and_not_zero() -> None:
    assert count_of({}, "likes") is None
    assert count_of({"likes": 0}, "likes") == 0


def test_x_is_asked_for_them_in_both_contracts() -> None:
    from collectors.x.vocabulary import FIELDS

    assert all("public_metrics" in names for names in FIELDS.values())
