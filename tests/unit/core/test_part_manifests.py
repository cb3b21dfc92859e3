"""Manifests of parts: a wrong one is refused by the name of its file."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.parts import Language, TicketSystem, parts_in

SYSTEM = 'kind = "ticket_system"\nquality = "scripted"\n{more}[name]\nen = "Ours"\n[about]\nen = "a"\nes = "b"\n'
LANGUAGE = 'kind = "language"\nquality = "read"\nfallback = "{fallback}"\n[name]\nen = "A language"\n{own}'


def write(place: Path, name: str, text: str) -> None:
    (place / name).mkdir(parents=True)
    (place / name / "part.toml").write_text(text, encoding="utf-8")


def test_two_parts_of_one_name_are_refused_by_both_folders(tmp_path: Path) -> None:
    write(tmp_path, "ours", SYSTEM.format(more='id = "rt"\n'))
    write(tmp_path, "theirs", SYSTEM.format(more='id = "rt"\n'))
    with pytest.raises(ConfigurationError, match=r"theirs/part\.toml: .*/ours is called 'rt' too"):
        parts_in(tmp_path, TicketSystem)


def test_a_language_names_itself(tmp_path: Path) -> None:
    write(tmp_path, "pt", LANGUAGE.format(fallback="en", own=""))
    with pytest.raises(ConfigurationError, match=r"pt/part\.toml: \[name\] lacks pt"):
        parts_in(tmp_path, Language)


@pytest.mark.parametrize("fallback", ["pt", "gl", "xx"])
def test_a_language_leads_to_english(tmp_path: Path, fallback: str) -> None:
    write(tmp_path, "pt", LANGUAGE.format(fallback=fallback, own='pt = "Portugu\u00eas"\n'))
    write(tmp_path, "gl", LANGUAGE.format(fallback="pt", own='gl = "Galego"\n'))
    with pytest.raises(ConfigurationError, match=r"fallback: '\w\w' leads to no language"):
        parts_in(tmp_path, Language)


def test_a_chain_of_languages_that_ends_in_english_is_taken(tmp_path: Path) -> None:
    write(tmp_path, "pt", LANGUAGE.format(fallback="en", own='pt = "Portugu\u00eas"\n'))
    write(tmp_path, "gl", LANGUAGE.format(fallback="pt", own='gl = "Galego"\n'))
    assert list(parts_in(tmp_path, Language)) == ["gl", "pt"]
