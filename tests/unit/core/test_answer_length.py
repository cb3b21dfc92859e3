"""The length of an answer, counted as its network counts it: expected values by hand, from the networks' published rules."""

import pytest

from core.records.answer_length import length_on, limit_of

FAMILY = "👩‍👩‍👧‍👦"
LINK = "https://sede.madrid.es/" + "a" * 90


@pytest.mark.parametrize(
    ("channel", "text", "length"),
    [
        ("x", "España", 6),
        ("x", "Espan\u0303a", 6),  # X counts composed characters
        ("x", f"Vea {LINK} ya", 4 + 23 + 3),
        ("x", "Vea www.madrid.es/avisos ya", 4 + 23 + 3),  # X makes a link of it
        ("x", "a@madrid.es", 11),
        ("x", "hola…", 6),  # the ellipsis is outside the ranges that count once
        ("x", "“hola”", 6),
        ("x", "中文", 4),
        ("x", FAMILY, 2),
        ("x", "🇪🇸", 2),
        ("bluesky", "Espan\u0303a", 6),
        ("bluesky", FAMILY, 1),
        ("bluesky", f"Vea {LINK}", 4 + len(LINK)),
        ("mastodon", f"Vea {LINK} ya", 4 + 23 + 3),
        ("mastodon", "@vecina@barrio.example hecho", len("@vecina hecho")),
        ("mastodon", FAMILY, 1),
        ("reddit", FAMILY, 7),
        ("mailbox", "hola", 4),
        ("example-x", "ñ €", 4),
    ],
)
def test_each_network_counts_in_its_own_way(channel: str, text: str, length: int) -> None:
    assert length_on(channel, text) == length


def test_limits() -> None:
    assert [limit_of(one) for one in ("x", "bluesky", "mastodon", "feeds", "example-x")] == [280, 300, 500, 20_000, 280]
