"""What redaction keeps of one city's bodies, sites and office holders comes from that city's folder."""

from pathlib import Path
from typing import Any

import pytest

from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.privacy.in_city import places_in
from core.privacy.redaction.own_words import OwnWords, own_words
from core.privacy.redaction.persons.place_names import PlaceNames
from core.privacy.redaction.text import redact
from gazetteer.finding.tokens import tokenise
from gazetteer.place_types import place_types_of
from nlp.questions.spam.features import spam_kind
from search.queries import own_services, read_question

MADRID = ROOT / "cities" / "madrid"
SEVILLA = PlaceNames(own=OwnWords(bodies=["Tussam"], sites=["tussam.es"], no_names=["sevilla"], known_persons=["espadas"]))


@pytest.mark.parametrize(
    "text",
    [
        "Llamé a Línea Madrid 915 298 210",
        "El Samur, 914 123 456",
        "la EMT: 914 068 810",
        "Mirad https://www.emtmadrid.es/lineas",
        "www.metromadrid.es/averias",
        "Carmena lo prometió",
    ],
)
def test_what_is_public_in_madrid_stays_in_madrid_only(text: str) -> None:
    assert redact(text, places=places_in(MADRID)) == text
    if "Carmena" not in text:  # no given name: nothing announces a person
        assert redact(text, places=SEVILLA) != text


def test_another_city_says_its_own() -> None:
    for text in ("Tussam no contesta, 955 010 010", "ver www.tussam.es/linea-27"):
        assert redact(text, places=SEVILLA) == text
        assert redact(text, places=places_in(MADRID)) != text


def test_pages_of_the_state_and_of_councils_stay_in_every_city() -> None:
    for text in ("https://www.boe.es/buscar", "https://www.zaragoza.es/sede", "https://www.ayto-arganda.es/obras"):
        assert redact(text) == text


@pytest.mark.parametrize("town", ["Madrid", "Zaragoza", "A Coruña", "Cádiz", "cadiz"])
def test_a_birth_date_goes_wherever_somebody_was_born(town: str) -> None:
    assert redact(f"Nací en {town} el 3/4/1961") == f"Nací en {town} el [number]"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (["Tussam"], "is a table"),
        ({"body": ["Tussam"]}, "no key 'body'; there are bodies, sites"),
        ({"bodies": "Tussam"}, r"bodies is a list of words, such as bodies = \[\"Tussam\"\]"),
        ({"sites": [""]}, "sites is a list of words"),
    ],
)
def test_a_wrong_table_is_refused_in_words(table: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        own_words(table)


def test_a_wrong_table_is_refused_when_the_city_is_read(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text("[redaction]\nbodies = 3\n")
    with pytest.raises(ConfigurationError, match="bodies is a list"):
        places_in(tmp_path)


def test_who_speaks_to_the_city_does_not_advertise() -> None:
    text = "@Sevilla_ Préstamos rápidos sin nómina, WhatsApp [number]"
    assert spam_kind(text) == "advertising"
    assert spam_kind(text, ["@sevilla"]) is None


def test_a_spelling_of_one_city_counts_there(tmp_path: Path) -> None:
    assert [one.word for one in tokenise("Vallekas", place_types_of(MADRID).respelt).tokens] == ["vallecas"]
    assert [one.word for one in tokenise("Vallekas").tokens] == ["vallekas"]
    (tmp_path / "words.toml").write_text('[places.respelt]\nvallekas = "villa de vallecas"\n')
    with pytest.raises(ConfigurationError, match="a word by a word"):
        place_types_of(tmp_path)


def test_what_people_call_a_service_is_the_citys() -> None:
    own = own_services({"water_sewage": ["Emasesa"]})
    asked = read_question("avería de EMASESA en Feria", ["es"], own)
    assert asked.services == {"water_sewage"}
    assert asked.others == {"averia", "feria"}
    assert "water_sewage" not in read_question("avería de Emasesa", ["es"]).services


@pytest.mark.parametrize("table", [["agua"], {"water_sewage": "Emasesa"}, {"water_sewage": [" "]}, {"water": ["Emasesa"]}])
def test_wrong_services_are_refused_in_words(table: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"words\.toml: \[services\]"):
        own_services(table)
