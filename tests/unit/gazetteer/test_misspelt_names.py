"""Find streets whose names are misspelt by one letter, and no others."""

from pathlib import Path

import pytest

from gazetteer import Gazetteer
from gazetteer.entry import Entry, Name
from gazetteer.finding.fuzzy import FuzzyIndex

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid"


def street(*words: str, group: str = "calle") -> Entry:
    name = " ".join(words)
    return Entry(name, "street", name, (Name(words, False, group),))


def found(index: FuzzyIndex, group: str, written: str) -> list[str]:
    return [entry.key for entry, _ in index.near(group, tuple(written.split()))]


def test_a_letter_wrong_missing_added_or_swapped_is_found() -> None:
    index = FuzzyIndex([street("san", "vicente"), street("guadalajara"), street("vicente", "aleixandre")])
    for written in ("san vicemte", "san vcente", "san viciente", "san viecnte", "san vicente"):
        assert found(index, "calle", written) == ["san vicente"], written
    for written in ("san vemte", "dan vicente", "san vicentess", "sanvcente"):
        assert found(index, "calle", written) == [], written


def test_another_type_word_is_another_street() -> None:
    assert found(FuzzyIndex([street("guadalajara")]), "plaza", "guadalajra") == []


def test_a_missing_letter_comes_before_a_wrong_one_whatever_the_order_of_the_entries() -> None:
    both = [street("molinera"), street("molineros")]
    assert found(FuzzyIndex(both), "calle", "molinero") == ["molineros", "molinera"]
    assert found(FuzzyIndex(both[::-1]), "calle", "molinero") == ["molineros", "molinera"]


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("avenida de la alvufera 128 coche quemado", "avenida de la alvufera 128", "Avenida de la Albufera"),
        ("hay una rata en calle bravo morillo 95", "calle bravo morillo 95", "Calle de Bravo Murillo"),
        ("BACHE EN PASEO DE LAS DELISIAS 70, QUÉ VERGÜENZA", "PASEO DE LAS DELISIAS 70", "Paseo de las Delicias"),
        ("Trav. de Sam Mateo 8, colchones", "Trav. de Sam Mateo 8", "Travesía de San Mateo"),
    ],
)
def test_a_misspelt_street_in_lower_case_or_capitals_is_found_by_its_number(text: str, words: str, name: str) -> None:
    [found] = Gazetteer.load(MADRID).find(text)
    assert (found.place.text, found.place.name) == (words, name)
    assert found.place.sure <= 0.8


@pytest.mark.parametrize("text", ["en la calle hay basura 15 días", "avenida de la alvufera 9128", "calle bravo 12 morillo"])
def test_words_before_a_number_that_the_street_has_not_stay_words(text: str) -> None:
    assert [found.place.name for found in Gazetteer.load(MADRID).find(text)] in ([], ["Calle Bravo"])
