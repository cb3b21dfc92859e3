"""Places in short posts as people write them: the committed set holds its floors, and each way of writing has its case."""

import json
from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.records.annotation import Place
from gazetteer import Gazetteer, gazetteer_of
from gazetteer.names import split_tokens
from nlp.inference.model_output import Tag
from nlp.questions import places
from workshop.evaluation.place_posts import score_posts
from workshop.evaluation.small_gazetteers import measured_sizes

ROOT = Path(__file__).resolve().parents[3]
ROWS = [json.loads(line) for line in (ROOT / "tests" / "gold" / "places_posts.jsonl").read_text(encoding="utf-8").splitlines()]
FLOORS = {  # precision, recall (lenient); a little under what was measured on 2026-11-27
    "m1": (0.945, 0.94),
    "m2": (0.94, 0.895),
    "m3": (0.945, 0.945),
    "v6": (0.88, 0.80),
    "b7": (0.92, 0.70),
}


@pytest.fixture(scope="module")
def madrid() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


@pytest.fixture(scope="module")
def gazetteer(madrid: City) -> Gazetteer:
    return gazetteer_of(madrid)


@pytest.mark.slow  # 9 s; the cases below take the same ways one by one
def test_places_of_short_posts_hold_their_floors(madrid: City) -> None:
    """At least 600 mentions of five authors; m1 to m3 taught the weights (left out: docs/models/escucha-e5-small.md)."""
    found = score_posts(madrid, ROWS)
    assert sum(figures.mentions for figures in found.values()) >= 600
    for author, (precision, recall) in FLOORS.items():
        assert found[author].precision.value >= precision, (author, found[author])
        assert found[author].recall.value >= recall, (author, found[author])
    for author in ("m1", "m2", "m3"):
        assert found[author].placed.value >= 0.74, (author, found[author])
        assert found[author].resolved.value >= 0.90, (author, found[author])


@pytest.mark.parametrize(
    ("text", "words", "district"),
    [
        ("contenedores de Argumosa 15 a rebosar desde el martes", "Argumosa 15", "Centro"),
        ("sin agua en hilarion eslava 34 tampoco en los bajos", "hilarion eslava 34", "Chamberí"),
        ("Están ardiendo dos contenedores en Ferraz 78 y hay un coche al lado", "Ferraz 78", "Moncloa - Aravaca"),
        ("local sito en Pez, 20, que funciona de noche", "Pez, 20", "Centro"),
        ("SIN LUZ OTRA VEZ, LA FAROLA DE SALLABERRY 56 FUNDIDA", "SALLABERRY 56", "Carabanchel"),
        ("Solicito arreglo de la acera en Camarena 114", "Camarena 114", "Latina"),
        ("Padre Damián 20: triple fila de coches", "Padre Damián 20", "Chamartín"),
    ],
)
def test_name_and_number_need_no_type_word(gazetteer: Gazetteer, text: str, words: str, district: str) -> None:
    [found] = [each for each in gazetteer.find(text) if each.place.text == words]
    assert found.place.street is not None
    assert found.place.district == district


def test_a_station_has_no_house_number(gazetteer: Gazetteer) -> None:
    place = gazetteer.resolve("Núñez de Balboa 90")
    assert (place.name, place.district) == ("Calle de Núñez de Balboa", "Salamanca")
    assert gazetteer.resolve("metro Núñez de Balboa").kind == "station"


def test_a_school_at_a_house_number_is_its_street(gazetteer: Gazetteer) -> None:
    [found] = gazetteer.find("puerta del colegio de Padre Damián 20, triple fila")
    assert (found.place.text, found.place.kind) == ("Padre Damián 20", "street")


@pytest.mark.parametrize(
    "text", ["Socavón en Arturo Soria, a la altura del 246, carril derecho", "la farola de enfrente del 246 de Arturo Soria"]
)
def test_a_number_said_near_the_name_places_it(gazetteer: Gazetteer, text: str) -> None:
    [found] = gazetteer.find(text)
    beside = gazetteer.resolve("calle de Arturo Soria 246")
    assert beside.lat is not None
    assert gazetteer.resolve("calle de Arturo Soria").lat is None
    assert (found.place.text, found.place.barrio, found.place.lat) == ("Arturo Soria", beside.barrio, beside.lat)


def test_a_number_before_a_street_named_after_a_town_is_its_house(gazetteer: Gazetteer) -> None:
    text = "A la altura del 30 de Cartagena hay un escape de agua"
    label = places.label(places.Options(), gazetteer, places.candidates(gazetteer, text, []), "m", len(text))
    assert isinstance(label.value, tuple)
    [place] = label.value
    assert (place.text, place.lat) == ("Cartagena", gazetteer.resolve("calle de Cartagena 30").lat)
    assert gazetteer.find("En la calle Mayor 24 de Cartagena no hay un bache") == []


def test_the_handle_of_a_district_says_which_of_two_places(gazetteer: Gazetteer) -> None:
    assert gazetteer.districts_of("hola @JMVallecas y @EMTmadrid") == {"Puente de Vallecas", "Villa de Vallecas"}
    assert gazetteer.districts_of("@JuntaVicalvaro") == {"Vicálvaro"}


def test_streets_that_cross_vouch_for_each_other(gazetteer: Gazetteer) -> None:
    found = [each.place.text for each in gazetteer.find("en Fernández de los Ríos con Gaztambide tampoco hay agua")]
    assert found == ["Fernández de los Ríos", "Gaztambide"]


@pytest.mark.parametrize(
    "text",
    [
        "Corte de agua en la calle Galileo de Móstoles hasta las 18h",
        "En Bravo Murillo, Las Palmas, hay doble fila desde siempre",
        "Vivo en la plaza de Santa Ana de Sevilla y aquí tampoco se duerme",
        "Paseo de las Delicias, Sevilla, sin luz. Vergonzoso",
        "Semáforo apagado en la avenida de Andalucía de Jaén y los niños entrando",
    ],
)
def test_a_street_of_another_town_is_no_place(gazetteer: Gazetteer, text: str) -> None:
    assert [each.place.text for each in gazetteer.find(text)] == []


def test_a_list_of_streets_named_after_towns_stays_one(gazetteer: Gazetteer) -> None:
    found = [each.place.text for each in gazetteer.find("las calles Goya, Toledo y Segovia")]
    assert found == ["Goya", "Toledo", "Segovia"]


def test_the_tagger_brings_no_other_town_back(gazetteer: Gazetteer) -> None:
    text = "La calle Galileo de Fuenlabrada sí que tiene baches"
    mark = Tag(text.index("calle"), text.index(" sí"), 0.8)
    label = places.label(places.Options(), gazetteer, places.candidates(gazetteer, text, [mark]), "m", len(text))
    assert label.value == ()


def test_a_long_street_keeps_the_points_of_its_stretches(gazetteer: Gazetteer) -> None:
    """Without number it has no point of its own; the incident may choose among at most six."""
    text = "Ruido en la calle de Bravo Murillo toda la noche"
    label = places.label(places.Options(), gazetteer, places.candidates(gazetteer, text, []), "m", len(text))
    [place] = [place for place in label.value if isinstance(place, Place)] if isinstance(label.value, tuple) else []
    assert place.lat is None
    assert 2 <= len(label.candidates) <= 6
    for candidate in label.candidates:
        assert candidate.key == place.key
        assert candidate.lat is not None
        assert candidate.district is not None
        assert candidate.sure < place.sure
    assert label == type(label).model_validate_json(label.model_dump_json())


def test_a_doubtful_name_is_a_candidate(gazetteer: Gazetteer) -> None:
    text = "Un jueves cualquiera pensé en Betanzos y en sus vecinos"
    found = places.candidates(gazetteer, text, [])
    label = places.label(places.Options(enough=0.99, enough_for_text=0.99), gazetteer, found, "m", len(text))
    assert label.value == ()
    assert any(candidate.name == "Avenida de Betanzos" for candidate in label.candidates)


def test_the_list_of_towns_holds_no_everyday_word_and_not_the_city_itself(gazetteer: Gazetteer) -> None:
    lines = (ROOT / "locales" / "es_ES" / "towns.txt").read_text(encoding="utf-8").splitlines()
    towns = {line.casefold() for line in lines if not line.startswith("#")}
    assert {"móstoles", "las palmas", "alcalá de henares"} <= towns
    assert not towns & {"madrid", "centro", "ronda", "oliva", "pinto"}
    assert all(split_tokens(town) for town in towns)


@pytest.mark.slow
def test_a_gazetteer_of_a_few_streets_never_finds_fewer_places_than_none(madrid: City) -> None:
    none, *small, whole = measured_sizes(madrid)
    assert [one["streets"] for one in (none, *small)] == [0, 60, 600]
    assert all(one["recall"] >= none["recall"] and one["posts with a place"] >= none["posts with a place"] for one in (*small, whole))
    assert all(one["places precision"] >= 0.91 for one in (none, *small, whole))
