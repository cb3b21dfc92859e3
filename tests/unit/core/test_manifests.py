"""What a part says of itself: `part.toml` is checked when it is read, and the rest of Escucha asks it instead of naming parts."""

from pathlib import Path

import pytest

from core.config.thresholds import is_debate, source_kind_of
from core.errors import ConfigurationError
from core.parts import FILE, PLACES, ROOT, Language, Source, TicketSystem, load, manifests, parts_in, sources
from core.records.answer_length import answers_on
from core.records.post import PRIVATE_SOURCES

LEAST = """
kind = "source"
style = "network"
quality = "scripted"
[name]
en = "Pigeon"
[about]
en = "letters by pigeon"
es = "cartas por paloma"
[defaults]
every = 15
[author]
form = "the ring"
[reads]
what = "letters"
"""

SYSTEM = 'kind = "ticket_system"\nquality = "scripted"\n{more}[name]\nen = "Ours"\n[about]\nen = "a"\nes = "b"\n'
LANGUAGE = 'kind = "language"\nquality = "read"\nfallback = "{fallback}"\n[name]\nen = "A language"\n{own}'


def loaded(folder: Path, text: str) -> Source:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return load(path, Source)


def test_a_short_manifest_is_enough(tmp_path: Path) -> None:
    made = loaded(tmp_path, LEAST)
    assert (made.name, made.defaults, made.author.pattern, made.answers) == ({"en": "Pigeon"}, {"every": 15}, ".+", None)


@pytest.mark.parametrize(
    ("given", "instead", "words"),
    [
        ('style = "network"', "", "style: Field required"),
        ('style = "network"', 'style = "loud"', "style: Input should be 'network', 'platform', 'letter' or 'mixed'"),
        ('kind = "source"', 'kind = "question"', "kind: Input should be 'source'"),
        ('form = "the ring"', 'form = "the ring"\ncolour = "red"', "author.colour: Extra inputs are not permitted"),
        ('es = "cartas por paloma"', "", r"\[about\] lacks es"),
        ('[name]\nen = "Pigeon"', '[name]\nes = "Paloma"', r"\[name\] lacks en"),
        ("[defaults]", "[defaults", "not TOML in UTF-8"),
    ],
)
def test_a_wrong_manifest_is_refused_by_file_and_key(tmp_path: Path, given: str, instead: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{FILE}.*{words}"):
        loaded(tmp_path, LEAST.replace(given, instead))


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


def test_every_folder_with_options_has_a_manifest_and_every_manifest_has_code() -> None:
    """Parts are found by their manifests alone."""
    for room, (place, kind) in PLACES.items():
        has_code = {one.parent for one in (ROOT / place).glob("*/__init__.py") if "\nclass Options(" in one.read_text(encoding="utf-8")}
        if kind is Language:
            has_code = {one.parent for one in (ROOT / place).glob("*/*.po")}
        assert {one.parent for one in (ROOT / place).glob(f"*/{FILE}")} == has_code
        assert len(manifests(room)) == len(has_code)


def test_what_the_rest_knows_of_a_source_is_what_its_manifest_says() -> None:
    assert {"inbox", "mailbox"} == PRIVATE_SOURCES
    assert {one: source_kind_of(one) for one in ("x", "decidim", "discourse", "inbox", "forum", "webform", "pigeon", "example-x")} == {
        **dict.fromkeys(("x", "pigeon", "example-x"), "network"),
        **dict.fromkeys(("decidim", "discourse", "forum"), "platform"),
        **dict.fromkeys(("inbox", "webform"), "letter"),
    }
    assert [one for one in sources() if is_debate(one, "una propuesta", None)] == ["archive", "consul", "decidim"]
    assert [answers_on(one).links_shown for one in ("x", "mastodon", "example-x", "bluesky", "feeds")] == [27, 30, 27, None, None]
