"""Test which services and places a citizen's question names, in each language of the portal."""

import pytest

from core.config.word_lists import locale_words
from core.records.annotation import TOPICS
from search.analysis.stems import LANGUAGES
from search.queries import read_question, words_of_place

OF_THE_PORTAL = ("es", "en", "ca", "gl", "eu")


@pytest.mark.parametrize(
    ("language", "question", "services", "places"),
    [
        ("es", "Farola fundida en Embajadores", {"street_lighting"}, {"embajadores", "fundida"}),
        ("es", "no recogen las basuras, c/ Alcalá 45", {"waste_cleaning"}, {"recogen", "alcala"}),
        ("ca", "fanal fos al carrer de Goya", {"street_lighting"}, {"fos", "goya"}),
        ("gl", "lixo na praza Maior", {"waste_cleaning"}, {"maior"}),
        ("eu", "kaleko argiak hondatuta Atochan", {"street_lighting"}, {"atochan", "hondatuta", "kaleko"}),
        ("en", "rats in the park, Retiro", {"environment_animals", "parks_trees"}, {"retiro"}),
        ("es", "paso de peatones Goya", {"traffic_parking"}, {"goya"}),
        ("es", "Plaza Mayor", set(), {"mayor"}),
        ("es", "de la en y", set(), set()),
        ("es", "calle 12 34", set(), set()),
        ("es", "?!… 🙂", set(), set()),
    ],
)
def test_a_question_names_services_and_other_words(language: str, question: str, services: set[str], places: set[str]) -> None:
    asked = read_question(question, [language, "es"])
    assert (set(asked.services), set(asked.others)) == (services, places)


def test_the_words_of_the_city_are_understood_on_a_page_in_another_language() -> None:
    assert read_question("farola Embajadores", ["en", "es"]).services == {"street_lighting"}
    assert read_question("farola Embajadores", ["de"]).services == frozenset()
    assert read_question("farola", ["xx", "es"]).services == {"street_lighting"}


def test_a_word_with_the_stem_of_another_is_not_taken_for_it() -> None:
    """Basque `hondatuta`, broken, has the stem of `hondakin`, waste."""
    assert "waste_cleaning" not in read_question("hondatuta", ["eu"]).services
    assert "waste_cleaning" in read_question("hondakinak", ["eu"]).services


def test_a_street_called_after_a_service_keeps_its_word() -> None:
    assert read_question("Calle de la Luz", ["es"]).service_words == {"luz"}
    assert "luz" in words_of_place("Calle de la Luz", "Centro", None)


def test_kinds_of_street_and_numbers_are_no_words_of_a_place() -> None:
    assert words_of_place("Avda. de América 12", "Salamanca", None) == {"america", "salamanca"}


def test_every_service_has_words_in_every_language_of_the_portal() -> None:
    listed = locale_words("services")
    assert set(listed) == set(TOPICS) - {"other"}
    things = locale_words("search")["synonyms"]
    for topic, entry in listed.items():
        assert set(entry["things"]) <= set(things), topic
        assert set(OF_THE_PORTAL) <= set(entry) <= {"things", *LANGUAGES}, topic
        for language in OF_THE_PORTAL:
            for form in entry[language]:
                assert topic in read_question(form, [language]).services, (topic, language, form)
