"""The places of a city's own folder stay; a person who is named like one of them goes."""

from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.privacy.in_city import redact_in_city
from core.privacy.redaction.persons.place_names import place_names
from core.privacy.redaction.text import redact

ROOT = Path(__file__).parents[3]
SEVILLA = ROOT / "tests" / "gold" / "redaction_cities" / "sevilla"
PLACES = place_names(["Calle Luis Montoto", "Calle de Antonio López", "Don Ramón de la Cruz", "Parque de María Luisa"])


@pytest.fixture
def sevilla() -> City:
    madrid = load_city(ROOT / "cities" / "madrid.toml")
    return madrid.model_copy(update={"name": "Sevilla", "gazetteer_folder": str(SEVILLA)})


@pytest.mark.parametrize("street", ["Luis Montoto", "Emilio Lemos", "Luis Uruñuela", "Benito Más y Prat"])
def test_a_street_of_the_citys_own_folder_is_no_private_person(sevilla: City, street: str) -> None:
    text = f"El semáforo de {street} no funciona"
    assert redact_in_city(text, sevilla) == text


def test_a_street_of_another_city_is_not_protected(sevilla: City) -> None:
    """Madrid's streets stood in the Spanish locale and stayed in every city."""
    assert redact_in_city("Han cortado Rufino González por obras", sevilla) == "Han cortado [name] por obras"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Antonio López me insultó", "[name] me insultó"),
        ("La calle Antonio López está sin luz", "La calle Antonio López está sin luz"),
        ("Antonio López 40 está sin luz", "Antonio López 40 está sin luz"),
        ("En Antonio López aparca todo el mundo", "En Antonio López aparca todo el mundo"),
        ("Luis Montoto se ha quedado sin luz", "Luis Montoto se ha quedado sin luz"),
        ("Multaron a Luis Montoto por aparcar mal", "Multaron a [name] por aparcar mal"),
        ("Hola, Luis Montoto es un vertedero", "Hola, Luis Montoto es un vertedero"),
        ("Hola Luis Montoto, gracias", "Hola [name], gracias"),
        ("Gracias. Luis Montoto ya está limpia", "Gracias. Luis Montoto ya está limpia"),
        ("Un saludo. Luis Montoto", "Un saludo. [name]"),
        ("Me ha dicho Luis Montoto que no", "Me ha dicho [name] que no"),
        ("Un árbol corta Luis Montoto", "Un árbol corta Luis Montoto"),
        ("Me caí en María Luisa", "Me caí en María Luisa"),
        ("El parque de María Luisa está sucio", "El parque de María Luisa está sucio"),
        ("Gracias a María Luisa por venir", "Gracias a [name] por venir"),
        ("El bus me llevó a Luis Montoto", "El bus me llevó a Luis Montoto"),
        ("La policía se llevó a Luis Montoto", "La policía se llevó a [name]"),
        ("El sr. Antonio López del 3ºB grita", "El sr. [name] del grita"),
        ("En Don Ramón de la Cruz no hay luz", "En Don Ramón de la Cruz no hay luz"),
        ("Me llamo luis montoto y vivo aquí", "Me llamo [name] y vivo aquí"),
    ],
)
def test_the_sentence_decides_about_a_name_that_a_street_has_too(text: str, left: str) -> None:
    assert redact(text, places=PLACES) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A PACO MERINO LE QUITARON LA PLAZA", "A [name] LE QUITARON LA PLAZA"),
        ("Mohamed El Bachiri, del bar, no paga", "[name], del bar, no paga"),
        ("La farola sigue rota. Atte. J. L. Goikoetxea", "La farola sigue rota. Atte. [name]"),
        ("Lo denunció Rosa", "Lo denunció [name]"),
        ("Ayer vi a Concha Romero tirando escombros", "Ayer vi a [name] tirando escombros"),
        ("He hablado con Pilar Santos y dice que no", "He hablado con [name] y dice que no"),
        ("655 12 34 5 6", "[number]"),
    ],
)
def test_names_and_numbers_that_were_left(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "La papelera del portal 40-46 está rota",
        "Vecinos de la calle Feria, portal 40-46, sin agua",
        "Miren el árbol que se cae",
        "Miren, la acera está rota",
        "Las líneas 650 651 652 no pasan",
        "Comercios 12 34 5 6 y 8",
    ],
)
def test_what_only_looks_like_a_home_or_a_name_stays(text: str) -> None:
    assert redact(text) == text


def test_miren_is_a_name_where_the_sentence_says_so() -> None:
    assert redact("Gracias a Miren por la ayuda") == "Gracias a [name] por la ayuda"
