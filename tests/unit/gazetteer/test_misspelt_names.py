"""Find streets whose names are misspelt by one letter, and no others."""

from gazetteer.entry import Entry, Name
from gazetteer.finding.fuzzy import FuzzyIndex


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
