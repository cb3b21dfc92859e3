"""Test that sanitised text neither hides nor reorders words, and that emoji survive."""

import pytest

from core.text import BIDI, JOINERS, NO_CHARACTERS, NO_GLYPHS, ZERO_WIDTH, one_line, sanitise

FAMILY = "👨\u200d👩\u200d👧 ❤\ufe0f"


@pytest.mark.parametrize("character", sorted(BIDI))
def test_a_direction_character_is_removed_by_default(character: str) -> None:
    assert sanitise(f"a{character}b") == "ab"


def test_other_characters_stay_by_default() -> None:
    text = f"uno\r\ndos\t\x07 {FAMILY} a\u0301\u0301\u0301\u0301"
    assert sanitise(text) == text


@pytest.mark.parametrize("character", sorted(ZERO_WIDTH))
def test_zero_width_characters_are_removed_where_they_are_named(character: str) -> None:
    assert sanitise(f"a{character}b", remove=BIDI | ZERO_WIDTH) == "ab"
    assert sanitise(f"a{character}b") == f"a{character}b"


@pytest.mark.parametrize("broken", ["\r\n", "\r", "\u2028", "\u2029", "\n"])
def test_lines_have_one_kind_of_line_break(broken: str) -> None:
    assert sanitise(f"uno{broken}dos\ttres\x1b[2J\x00", layout="lines") == "uno\ndos tres[2J"
    assert sanitise(f"uno{broken}dos\ttres\x1b[2J\x00", layout="one_line") == "uno dos tres [2J"


def test_a_removed_category_spares_what_is_kept() -> None:
    assert sanitise(f"{FAMILY}\u00ad\ue000", categories=NO_GLYPHS, keep=JOINERS) == FAMILY
    assert sanitise("\ud83d\ufffe👍\u00ad", categories=NO_CHARACTERS) == "👍\u00ad"


def test_marks_are_counted_after_composition() -> None:
    assert sanitise("Z" + "\u0301" * 50, max_marks=3) == "Ź" + "\u0301" * 3
    assert sanitise("an\u0303o", max_marks=0) == "año"
    assert sanitise("❤\ufe0f", keep=JOINERS, max_marks=0) == "❤\ufe0f"


def test_one_line_cannot_add_a_header() -> None:
    assert one_line("Asunto\r\nBcc: x@example.org\u2028y") == "Asunto Bcc: x@example.org y"
