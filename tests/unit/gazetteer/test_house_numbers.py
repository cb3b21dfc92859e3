"""House numbers as people write them, and numbers that are none."""

from pathlib import Path

import pytest

from gazetteer import Gazetteer
from nlp.questions.places.boundaries import correct_boundaries

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(MADRID, "Madrid")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bache en la calle Sallaberry 40 de Carabanchel que traga ruedas", "calle Sallaberry 40"),
        ("Calle Antonio López 120 de nuevo sin farolas", "Calle Antonio López 120"),
        ("calle de las Delicias 30 del barrio de siempre", "calle de las Delicias 30"),
        ("Calle Alcalá 12 de octubre cortada por el desfile", "Calle Alcalá"),
        ("Calle Velázquez 4 de cada 10 farolas apagadas", "Calle Velázquez"),
        ("Calle Orense 3 de los árboles se han secado", "Calle Orense"),
        ("Calle Goya 3 semanas sin farolas", "Calle Goya"),
        ("Calle Goya 10:30 y ni un barrendero", "Calle Goya"),
        ("Calle Goya 3/5/26, sin barrer", "Calle Goya"),
        ("Calle de Hortaleza 2024: las mismas aceras", "Calle de Hortaleza"),
    ],
)
def test_a_number_before_de_is_a_house_unless_a_date_or_a_count_follows(gazetteer: Gazetteer, text: str, words: str) -> None:
    assert words in [found.place.text for found in gazetteer.find(text)]


def test_a_square_whose_name_begins_with_a_type_word_has_house_numbers(gazetteer: Gazetteer) -> None:
    [found] = gazetteer.find("En la Puerta del Sol 5 hay una baldosa suelta")
    assert (found.place.text, found.place.name) == ("Puerta del Sol 5", "Plaza de la Puerta del Sol")
    [found] = gazetteer.find("En la Puerta del Sol hay una baldosa suelta")
    assert found.place.text == "Puerta del Sol"


@pytest.mark.parametrize(
    "text", ["Gaztambide, junto al 50, el alcorque está vacío", "Gaztambide frente al 50, de madrugada, dos contenedores"]
)
def test_a_number_beside_which_something_is_places_the_street(gazetteer: Gazetteer, text: str) -> None:
    there = gazetteer.resolve("calle de Gaztambide 50")
    [found] = gazetteer.find(text)
    assert (found.place.text, found.place.name, found.place.lat) == ("Gaztambide", there.name, there.lat)


def test_a_date_near_a_name_is_no_number(gazetteer: Gazetteer) -> None:
    [found] = gazetteer.find("Gaztambide, hasta el 30 de junio, sin agua")
    assert (found.place.text, found.place.lat) == ("Gaztambide", gazetteer.resolve("calle de Gaztambide").lat)


@pytest.mark.parametrize(
    ("text", "marked", "whole"),
    [
        ("calle Real 24 de Villarrío", "calle Real", "calle Real 24"),
        ("calle Real 24 de mayo", "calle Real", "calle Real"),
        ("calle Real 24 horas al día", "calle Real", "calle Real"),
        ("calle Real, 24 €", "calle Real", "calle Real"),
    ],
)
def test_the_tagger_reads_numbers_by_the_same_rule(text: str, marked: str, whole: str) -> None:
    assert [text[start:end] for start, end, _ in correct_boundaries(text, [(0, len(marked), 0.9)])] == [whole]
