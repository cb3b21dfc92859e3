"""The gazetteer: names found in texts, the right place of several, and honest coordinates."""

import json
import shutil
from pathlib import Path

import pytest

from core.config.city import load_city
from core.errors import ConfigurationError
from gazetteer import Gazetteer, gazetteer_of
from gazetteer.finding.fuzzy import is_one_edit
from gazetteer.loading.streets import load_rows
from gazetteer.names import folded_words

ROOT = Path(__file__).resolve().parents[3]
MADRID = ROOT / "cities" / "madrid"
SHARED = ROOT.parent / "shared" / "data" / "gazetteer_madrid"
UNKNOWN = ["Plaza de Agua, Azucarillos y Aguardiente", "Travesía de Los Nueve"]
"""A comma ends a name; a bare number is one only after calle and plaza."""
GOLD = [json.loads(line) for line in (ROOT / "tests" / "gold" / "places.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(MADRID)


def words(gazetteer: Gazetteer, text: str) -> list[str]:
    return [found.place.text for found in gazetteer.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hay un bache en la Calle de Alcalá 200 y nadie lo arregla", ["Calle de Alcalá 200"]),
        ("la farola de c/ Santiago, 11 no funciona", ["c/ Santiago, 11"]),
        ("aceras de Avda Ciudad de Barcelona 87 a 103 rotas", ["Avda Ciudad de Barcelona 87 a 103"]),
        ("suciedad en Pza. Castilla y en Pº de la Habana", ["Pza. Castilla", "Pº de la Habana"]),
        ("RUIDO EN LA CALLE COMANDANTE FONTANES TODA LA NOCHE, NO SE PUEDE DORMIR", ["CALLE COMANDANTE FONTANES"]),
        ("poda en sanchinarro, penagrande y VICALVARO", ["sanchinarro", "penagrande", "VICALVARO"]),
        ("junto al metro de Las Rosas", ["metro de Las Rosas"]),
        ("atasco en la M30 y en la M-40", ["M30", "M-40"]),
        ("Vivo en Las Tablas. En el Retiro hay ratas.", ["Las Tablas", "Retiro"]),
        ("las calles Goya, Serrano y Alcalá", ["Goya", "Serrano", "Alcalá"]),
        ("en el parque de la calle Boston", ["calle Boston"]),
        ("pinto la Avenida de San\u0301 Diego", ["Avenida de San\u0301 Diego"]),
    ],
)
def test_finds_the_exact_words_of_a_place(gazetteer: Gazetteer, text: str, expected: list[str]) -> None:
    assert words(gazetteer, text) == expected
    for found in gazetteer.find(text):
        assert text[found.start : found.end] == found.place.text


@pytest.mark.parametrize(
    "text",
    [
        "Madrid necesita más árboles",
        "En Madrid y en España hay sol todo el año",
        "el centro de salud está cerrado",
        "trabajo los fines de semana y algún fin de semana libre",
        "una calle a las 4 de la madrugada, a 5 minutos",
        "la mayor parte de la paz y la alegría es salud y libertad",
        "esto es real: el retiro de mi padre y el prado verde",
        "la carrera de 7 euros en taxi",
        "de la del los las el",
        "",
    ],
)
def test_everyday_words_and_the_city_itself_are_no_places(gazetteer: Gazetteer, text: str) -> None:
    assert words(gazetteer, text) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("barrio de Salamanca", "district:4"),  # the district is called a barrio
        ("calle Salamanca", "street:654700"),
        ("Goya", "barrio:4-2"),  # barrio before station and street
        ("metro Goya", "station:4_30"),
        ("calle Goya", "street:341900"),
        ("Canillejas", "barrio:20-7"),  # before the district San Blas - Canillejas
        ("puente de Vallecas", "district:13"),  # its name begins with a type word
        ("Castellana", "street:153600"),  # own list: the Paseo, not the barrio
        ("La Latina", "landmark:1-2:latina"),  # own list: the quarter in Centro ...
        ("distrito de Latina", "district:10"),  # ... not the district
        ("San Chinarro", "landmark:16-6:sanchinarro"),
        ("glorieta Elíptica", "street:293200"),  # people mix up plaza and glorieta
        ("cuesta de San Viciente", "street:687515"),  # one letter too much
        ("c/Garcia Noblejas", "street:357000"),  # Calle de los Hermanos García Noblejas
    ],
)
def test_the_type_word_decides_and_then_the_order_of_kinds(gazetteer: Gazetteer, text: str, key: str) -> None:
    assert gazetteer.resolve(text).key == key


def test_the_district_in_brackets_of_an_official_name_is_not_part_of_it(gazetteer: Gazetteer) -> None:
    """`Biblioteca Pública Municipal Iván de Vargas (Centro)`; other brackets stay."""
    place = gazetteer.resolve("biblioteca Iván de Vargas")
    assert (place.district, place.lat) == ("Centro", 40.4141)
    assert gazetteer.resolve("biblioteca Iván de Vargas Centro").key == place.key


def test_what_nobody_knows_stays_text(gazetteer: Gazetteer) -> None:
    place = gazetteer.resolve("colegio Hostos")
    assert (place.kind, place.key, place.text, place.sure) == ("unresolved", None, "colegio Hostos", 0.0)
    assert gazetteer.resolve("").kind == "unresolved"


def test_the_house_number_says_in_which_barrio(gazetteer: Gazetteer) -> None:
    # street_parts.csv: Alcalá 152-206 even is Fuente del Berro, 279-443 odd is Quintana
    even, odd = gazetteer.resolve("Calle de Alcalá 200"), gazetteer.resolve("calle alcala nº 301")
    assert (even.district, even.barrio, even.lat, even.lon) == ("Salamanca", "Fuente del Berro", 40.4303, -3.6638)
    assert (odd.district, odd.barrio, odd.lat, odd.lon) == ("Ciudad Lineal", "Quintana", 40.4336, -3.6484)


def test_a_long_street_without_number_lies_in_no_district_and_at_no_point(gazetteer: Gazetteer) -> None:
    place = gazetteer.resolve("Calle de Alcalá")
    assert (place.street, place.district, place.barrio, place.lat, place.lon) == ("Calle de Alcalá", None, None, None, None)


def test_another_place_of_the_post_tells_which_of_two_streets(gazetteer: Gazetteer) -> None:
    names: dict[str, list[str]] = {}
    for row in load_rows(MADRID / "streets.csv"):
        if row["class"] == "Calle" and "|" not in row["districts"]:
            names.setdefault(row["name"], []).append(row["districts"])
    twins = {name: districts for name, districts in names.items() if len(set(districts)) == 2}
    assert twins
    for name, districts in twins.items():
        for district in districts:
            assert gazetteer.resolve(name, hint_districts=[district]).district == district
            assert gazetteer.resolve(name).ambiguous >= 1


def test_hints_raise_how_sure_a_place_is(gazetteer: Gazetteer) -> None:
    alone, hinted = gazetteer.resolve("Santa Eugenia"), gazetteer.resolve("Santa Eugenia", ["Villa de Vallecas"])
    assert alone.key == hinted.key == "barrio:18-2"
    assert hinted.sure > alone.sure


def test_no_coordinate_without_a_source(gazetteer: Gazetteer) -> None:
    """Of 9,393 streets only those with a point made from addresses, and in one barrio, have one; areas have none."""
    placed = {
        f"street:{r['cod_via']}" for r in load_rows(MADRID / "streets.csv") if r["coord_method"] == "points" and "|" not in r["barrios"]
    }
    for row in load_rows(MADRID / "streets.csv")[::7]:
        place = gazetteer.resolve(row["name"].replace('""', '"'))
        if place.key and place.key.startswith("street:"):
            assert (place.lat is not None) == (place.key in placed), row["name"]
    for area in ("Carabanchel", "Valdezarza", "Valdebebas", "Malasaña", "M-30"):
        assert gazetteer.resolve(area).lat is None, area


def test_official_names_lead_to_their_own_street(gazetteer: Gazetteer) -> None:
    """All 9,393: none unknown but two odd ones; under 1 % to another street (twins of one name, or a name of the own list)."""
    streets = [(row["name"].replace('""', '"'), f"street:{row['cod_via']}") for row in load_rows(MADRID / "streets.csv")]
    places = [(name, key, gazetteer.resolve(name)) for name, key in streets]
    assert [name for name, _, place in places if place.kind == "unresolved"] == UNKNOWN
    elsewhere = [(name, place.name) for name, key, place in places if place.key != key]
    assert len(elsewhere) < 50, elsewhere


def test_without_a_gazetteer_places_stay_text() -> None:
    empty = Gazetteer.empty()
    assert empty.resolve("Calle de Alcalá 200").kind == "unresolved"
    assert [found.place.kind for found in empty.find("en la Calle de Alcalá 200")] == ["unresolved"]


def test_one_slip_of_the_pen() -> None:
    assert is_one_edit("castellana", "castallana")
    assert is_one_edit("guadalajara", "guadalajra")
    assert is_one_edit("vicente", "viciente")
    assert is_one_edit("esquivias", "esquivais")
    assert not is_one_edit("goya", "moya")  # the first letter is kept
    assert not is_one_edit("palma", "plasma a")
    assert not is_one_edit("san juan", "san jose")


def test_a_damaged_gazetteer_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(MADRID, folder)
    (folder / "stops.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"stops\.csv: cannot read this file of the gazetteer"):
        Gazetteer.load(folder)
    shutil.copy(MADRID / "stops.csv", folder)
    with (folder / "own_places.csv").open("a", encoding="utf-8") as own:
        own.write("Nowhere,zona,,street:0,,,,,own\n")
    with pytest.raises(ConfigurationError, match="'Nowhere' is same_as 'street:0'"):
        Gazetteer.load(folder)


def test_the_profile_of_madrid_leads_to_its_gazetteer() -> None:
    assert gazetteer_of(load_city(ROOT / "cities" / "madrid.toml")).resolve("Plaza Mayor").name == "Plaza Mayor"


def test_another_gazetteer_is_another_revision(tmp_path: Path, gazetteer: Gazetteer) -> None:
    folder = tmp_path / "city"
    shutil.copytree(MADRID, folder)
    assert Gazetteer.load(folder).revision == gazetteer.revision
    with (folder / "ordinary_names.txt").open("a", encoding="utf-8") as ordinary:
        ordinary.write("goya\n")
    assert Gazetteer.load(folder).revision != gazetteer.revision


def test_places_read_by_hand_are_resolved_as_a_person_would(gazetteer: Gazetteer) -> None:
    """200 mentions of Decide Madrid (attributed; see tests/gold/README.md), half of them used to fix the rules, half only to measure."""
    right = {"rules": 0, "measure": 0}
    for row in GOLD:
        found = [each for each in gazetteer.find(row["text"]) if each.start <= row["start"] < each.end]
        right[row["half"]] += (found[0].place.key if found else None) == row["key"]
    assert len(GOLD) == 200
    assert right["rules"] >= 92
    assert right["measure"] >= 92


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/gazetteer_madrid")
def test_the_shipped_files_are_the_published_ones() -> None:
    for name in ("streets.csv", "street_parts.csv"):
        assert (MADRID / name).read_bytes() == (SHARED / name).read_bytes(), name
    for ours, theirs in zip(load_rows(MADRID / "stops.csv"), load_rows(SHARED / "stops.csv"), strict=True):
        assert ours | {"name": ""} == theirs | {"name": ""}
        assert sorted(folded_words(ours["name"])) == sorted(folded_words(theirs["name"]))  # accents, order of words
    published = load_rows(SHARED / "landmarks.csv")
    assert load_rows(MADRID / "landmarks.csv") == [row for row in published if not row["source"].startswith("own:")]
    for name in ("districts.json", "barrios.json"):
        assert json.loads((MADRID / name).read_text()) == json.loads((SHARED / name).read_text()), name
