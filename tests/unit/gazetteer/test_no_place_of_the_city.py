"""Names that their context rules out: of another town, in a date, or everyday words."""

from pathlib import Path

import pytest

from gazetteer import Gazetteer
from nlp.inference.model_output import Tag
from nlp.questions import places

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(MADRID, "Madrid")


def accepted(gazetteer: Gazetteer, text: str, marked: str) -> list[str]:
    """Return the texts of the places where the tagger is fairly sure of the words `marked`."""
    start = text.index(marked)
    found = places.candidates(gazetteer, text, [Tag(start, start + len(marked), 0.8)])
    label = places.label(places.Options(), gazetteer, found, "m", len(text))
    assert isinstance(label.value, tuple)
    return [place.text for place in label.value]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("En la calle Mayor de Alcalá de Henares está igual", "Henares"),
        ("Aquí en Getafe, en la calle de Madrid 40, tampoco pasa el camión", "calle de Madrid 40"),
        ("Aquí en Leganés, avenida de los Inventados 8, tampoco hay luz", "avenida de los Inventados 8"),
        ("Leganés, la plaza de España inundada y el mercadillo flotando", "plaza de España"),
        ("Ya quisiéramos los bancos de la avenida 9 de Julio de Buenos Aires", "Buenos Aires"),
        ("De vacaciones en La Estrella, Medellín. Aquí también hay metro", "Estrella"),
    ],
)
def test_an_address_of_another_town_is_no_place(gazetteer: Gazetteer, text: str, marked: str) -> None:
    assert accepted(gazetteer, text, marked) == []


def test_a_street_named_after_a_town_beside_one_of_the_city_stays(gazetteer: Gazetteer) -> None:
    text = "Corte en la calle de Madrid 2, a un paso de Getafe"
    assert accepted(gazetteer, text, "calle de Madrid 2") == ["calle de Madrid 2"]


@pytest.mark.parametrize(
    ("text", "date", "place"),
    [
        ("Calle Orense 12 de octubre cortada por el desfile", "12 de octubre", "Calle Orense"),
        ("Corte en Serrano 15 de mayo, de 8 a 20 h", "15 de mayo", "Serrano"),
    ],
)
def test_a_date_right_after_a_street_is_no_hospital(gazetteer: Gazetteer, text: str, date: str, place: str) -> None:
    assert accepted(gazetteer, text, date) == [place]


def test_a_hospital_named_after_a_date_is_still_found(gazetteer: Gazetteer) -> None:
    assert accepted(gazetteer, "Cuatro horas en urgencias del 12 de Octubre", "12 de Octubre") == ["12 de Octubre"]


def test_an_indefinite_article_makes_a_name_a_word(gazetteer: Gazetteer) -> None:
    assert [each.place.text for each in gazetteer.find("Una gran vía para el diálogo, dice el concejal")] == []
    assert [each.place.text for each in gazetteer.find("Otra vez la gran vía a oscuras")] == ["gran vía"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ratas en la puerta de la biblioteca Iván de Vargas", "biblioteca Iván de Vargas"),
        ("La fuente del parque de Santa Ana no echa agua", "parque de Santa Ana"),
    ],
)
def test_a_door_or_fountain_is_no_part_of_the_name_it_belongs_to(gazetteer: Gazetteer, text: str, words: str) -> None:
    assert [each.place.text for each in gazetteer.find(text)] == [words]
