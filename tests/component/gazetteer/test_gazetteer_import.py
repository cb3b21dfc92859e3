"""`escucha gazetteer import`: any city's gazetteer of one file; a file that does not do is refused with what to do."""

import json
import math
import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.records.annotation import Place
from gazetteer.gazetteer import Gazetteer
from gazetteer.importing.folder import Summary, import_files
from gazetteer.importing.geometry import from_utm, is_inside
from gazetteer.importing.table import ordinary_case
from tests.support.deployment import NOTICE, ROOT, environment, escucha

VALENCIA = ROOT / "tests" / "data" / "valencia.geojson"
DIRECTORY = """Tipo Vía;Nombre Vía;Número;Distrito;Barrio;X;Y
CALLE;DE LA ESTACIÓN;2;NORTE;CASCO VIEJO;440290,5;4474257,0
CALLE;DE LA ESTACIÓN;4;NORTE;CASCO VIEJO;440300,5;4474257,0
CALLE;DE LA ESTACIÓN;5;SUR;ENSANCHE;440310,5;4474200,0
PLAZA;MAYOR;1;NORTE;CASCO VIEJO;;
"""


def made(folder: Path, *files: Path, **options: object) -> tuple[Gazetteer, Summary]:
    summary = import_files(files, "Villa", folder / "villa", **options)  # type: ignore[arg-type]
    return Gazetteer.load(folder / "villa", "Villa"), summary


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def one(gazetteer: Gazetteer, text: str) -> Place:
    [found] = gazetteer.find(text)
    return found.place


@pytest.fixture(scope="module")
def valencia(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gazetteer, Summary]:
    return made(tmp_path_factory.mktemp("cities"), VALENCIA)


def test_an_extract_of_openstreetmap_becomes_a_city(valencia: tuple[Gazetteer, Summary]) -> None:
    _, summary = valencia
    counts = {name: value for name, value in summary.model_dump().items() if isinstance(value, int)}
    assert counts.pop("outside") == len(summary.outside_names)
    assert counts == {"streets": 5, "numbered": 3, "placed": 5, "districts": 3, "barrios": 4, "stations": 2, "stops": 1, "landmarks": 5}
    assert summary.missing == ()
    assert summary.read == (
        "left out: 2 of a kind a gazetteer does not need, or without a name",
        "outside every district: 2 places with coordinates have no district",
    )
    assert summary.outside_names == ("Hospital Clínico Universitario", "Jardín de la Glorieta")


@pytest.mark.parametrize(
    ("text", "name", "district", "barrio", "lat", "lon"),
    [
        ("Hay un bache en la Calle Colón 20", "Calle de Colón", "Ciutat Vella", "Sant Francesc", 39.4688, -0.3733),
        ("carrer de Colom 5, sense llum", "Calle de Colón", "Ciutat Vella", "Sant Francesc", 39.4679, -0.3752),
        ("farola rota en la calle Colón 30", "Calle de Colón", "Ciutat Vella", "Sant Francesc", 39.4698, -0.3718),
        ("farola rota en la calle Colón 60", "Calle de Colón", "El Ensanche", "El Pla del Remei", 39.4713, -0.3697),
        ("En la calle Sueca 30 no hay luz", "Calle de Sueca", "El Ensanche", "Ruzafa", 39.4642, -0.3742),
        ("En la plaza del Ayuntamiento", "Plaza del Ayuntamiento", "Ciutat Vella", "Sant Francesc", 39.4692, -0.3772),
        ("En el mercado de Ruzafa huele", "Mercado de Ruzafa", "El Ensanche", "Ruzafa", 39.464, -0.374),
        ("El metro Colón está cerrado", "Colón", "Ciutat Vella", "Sant Francesc", 39.4698, -0.3722),
        ("Camino Nuevo del Grao 254", "Avenida del Puerto", "Camins al Grau", None, 39.4622, -0.339),
    ],
)
def test_its_places_are_found_with_coordinates(
    valencia: tuple[Gazetteer, Summary], text: str, name: str, district: str, barrio: str | None, lat: float, lon: float
) -> None:
    place = one(valencia[0], text)
    assert (place.name, place.district, place.barrio) == (name, district, barrio)
    assert (place.lat, place.lon) == pytest.approx((lat, lon), abs=0.0006)  # 60 m


def test_a_long_street_without_a_number_has_no_point_and_no_district(valencia: tuple[Gazetteer, Summary]) -> None:
    place = one(valencia[0], "En la Calle de Colón no hay luz")
    assert (place.district, place.lat) == (None, None)


def test_the_same_file_in_another_order_gives_the_same_folder(tmp_path: Path) -> None:
    whole = json.loads(VALENCIA.read_text(encoding="utf-8"))
    other = write(tmp_path / "valencia.geojson", json.dumps({**whole, "features": whole["features"][::-1]}))
    made(tmp_path / "a", VALENCIA)
    made(tmp_path / "b", other)
    for path in sorted((tmp_path / "a" / "villa").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / "villa" / path.name).read_bytes(), path.name


def test_of_an_extract_of_a_province_only_the_town_is_taken(tmp_path: Path) -> None:
    whole = json.loads(VALENCIA.read_text(encoding="utf-8"))
    ring = [[-0.383, 39.4665], [-0.3715, 39.4665], [-0.3715, 39.481], [-0.383, 39.481], [-0.383, 39.4665]]
    town = {"boundary": "administrative", "admin_level": "8", "name": "Vila Menuda", "name:es": "Villa Menuda"}
    whole["features"].append({"properties": town, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    province = write(tmp_path / "province.geojson", json.dumps(whole))
    gazetteer, summary = made(tmp_path, province, within="villa menuda")
    assert (summary.streets, summary.districts, summary.landmarks) == (3, 1, 0)
    assert one(gazetteer, "Calle Colón 20, bache").lat == 39.4688
    assert gazetteer.find("calle Sueca 11") == [] or one(gazetteer, "calle Sueca 11").kind == "unresolved"
    with pytest.raises(ConfigurationError, match=r"--within Otra: no outline .*the files have: Vila Menuda, Villa Menuda"):
        import_files([province], "Villa", tmp_path / "other", within="Otra")


def test_one_feature_a_line_is_read_too(tmp_path: Path) -> None:
    features = json.loads(VALENCIA.read_text(encoding="utf-8"))["features"]
    lines = write(tmp_path / "city.geojsonseq", "".join(f"\x1e{json.dumps(one)}\n" for one in features))
    assert made(tmp_path, lines)[1].streets == 5


def test_a_councils_directory_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    table = write(tmp_path / "callejero.csv", DIRECTORY, "cp1252")
    gazetteer, summary = made(tmp_path, table)
    assert (summary.streets, summary.numbered, summary.districts, summary.barrios) == (2, 2, 2, 2)
    assert "number = Número" in summary.read[0]
    assert len(summary.missing) == 2  # stations and landmarks
    even, odd = one(gazetteer, "Calle de la Estación 4, farola"), one(gazetteer, "Calle Estación 5, farola")
    assert (even.name, even.district, even.barrio) == ("Calle de la Estación", "Norte", "Casco Viejo")
    assert (odd.district, odd.barrio) == ("Sur", "Ensanche")
    # by another way: 440,290.5 m E, 4,474,257 m N of zone 30 lie in the Puerta del Sol of Madrid
    assert (even.lat, even.lon) == pytest.approx((40.4165, -3.7038), abs=0.002)
    assert one(gazetteer, "en la plaza Mayor").district == "Norte"


def test_cartociudads_columns_and_a_list_of_facilities_go_together(tmp_path: Path) -> None:
    streets = write(
        tmp_path / "carto.csv",
        "id,tip_via,address,portalNumber,lat,lng\n1,AVENIDA,DE AMÉRICA,7,40.1001,-3.2001\n2,AVENIDA,DE AMÉRICA,s/n,40.1,-3.2\n",
    )
    places = write(
        tmp_path / "equipamientos.csv",
        "nombre;tipo;latitud;longitud\nCEIP Jaime Vera;Colegios públicos;40,1;-3,2\nEstación Central;Estación de tren;40,2;-3,2\n",
    )
    gazetteer, summary = made(tmp_path, streets, places)
    assert (summary.streets, summary.stations, summary.landmarks) == (1, 1, 1)
    place = one(gazetteer, "Avenida de América 7, bache")
    assert (place.lat, place.lon, place.district) == (40.1001, -3.2001, None)
    assert one(gazetteer, "goteras en el CEIP Jaime Vera").lat == 40.1
    assert "no districts" in summary.missing[0]


def test_ranges_of_house_numbers_are_read(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "calle,desde,hasta,distrito\nCalle Luna,1,25,Norte\nCalle Luna,27,61,Sur\n")
    gazetteer, _ = made(tmp_path, table)
    assert one(gazetteer, "Calle Luna 13, farola").district == "Norte"
    assert one(gazetteer, "Calle Luna 45, farola").district == "Sur"


PROJECTED = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"highway": "residential", "name": "A"},
                "geometry": {"type": "Point", "coordinates": [440290, 4474257]},
            }
        ],
    }
)
BAD = {
    "not there": ("gone.geojson", None, "no such file"),
    "another form": ("city.osm", "<osm/>", r"'\.osm' is not a supported format; give GeoJSON, PBF, or CSV with column"),
    "a shapefile": ("city.shp", "x", r"'\.shp' is not a supported format; give GeoJSON"),
    "no json": ("city.geojson", "<osm/>", r"not JSON .*osmium export"),
    "no features": ("city.geojson", '{"elements": []}', "not a GeoJSON FeatureCollection: make it with"),
    "features of nothing": ("city.geojson", '{"type": "FeatureCollection", "features": [1]}', "not a GeoJSON FeatureCollection"),
    "no street": ("city.geojson", '{"type": "FeatureCollection", "features": []}', r"no street in it \(OpenStreetMap: ways with highway"),
    "metres": ("city.geojson", PROJECTED, r"its coordinates are not degrees \(WGS84\): .*EPSG:4326"),
    "no column": ("t.csv", "foo;bar\n1;2\n", r"its columns are foo, bar; it needs a column with street names \(nombre_via"),
    "no rows": ("t.csv", "calle;numero\n", "not CSV with a line of column names and rows below it"),
    "metres as degrees": ("t.csv", "calle;lat;lon\nCalle A;4474257;440290\n", "name the columns x and y if they are UTM"),
    "centimetres": ("t.csv", "calle;x;y\nCalle A;44029050;447425700\n", "not UTM coordinates of Spain"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_does_not_do_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    file, text, words = BAD[name]
    path = tmp_path / file
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        made(tmp_path, path)
    assert not (tmp_path / "villa").exists()
    assert list(tmp_path.glob(".villa*")) == []


def test_binary_rubbish_is_refused_in_words(tmp_path: Path) -> None:
    for name in ("city.geojson", "city.csv"):
        path = tmp_path / name
        path.write_bytes(bytes(range(256)))
        with pytest.raises(ConfigurationError, match=r"not UTF-8 text|not CSV"):
            made(tmp_path, path)


def test_a_folder_that_is_there_is_kept_unless_told_and_what_people_edit_always(tmp_path: Path) -> None:
    made(tmp_path, VALENCIA)
    own = tmp_path / "villa" / "own_places.csv"
    line = "El Cauce,zona,Antiguo cauce,,,,,,own\n"
    own.write_text(own.read_text(encoding="utf-8") + line, encoding="utf-8")
    others = [write(own.with_name(name), "# of the city") for name in ("bodies.toml", "inhabitants.csv", "answers.toml")]
    with pytest.raises(ConfigurationError, match="exists already; --replace imports it again and keeps the files that people wrote"):
        made(tmp_path, VALENCIA)
    gazetteer, _ = made(tmp_path, VALENCIA, replace=True)
    assert line in own.read_text(encoding="utf-8")
    assert [one.read_text(encoding="utf-8") for one in others] == ["# of the city"] * 3, "they were lost"
    assert one(gazetteer, "hay ratas en El Cauce otra vez").name == "El Cauce"


def test_a_table_of_zaragoza_is_read_by_the_names_that_its_council_uses(tmp_path: Path) -> None:
    """`junta` was no district, a tram stop a bus stop, and each landmark credited to the first file."""
    streets = write(tmp_path / "calles.csv", "tipo_via;nombre_via;junta;lat;lon\nCALLE;DE LEÓN XIII;Centro;41.6438;-0.8808\n")
    places = "nombre;tipo;junta;lat;lon\nGran Vía;Parada de tranvía;Centro;41.6443;-0.8897\nMuseo Goya;Museo;Centro;41.6547;-0.8789\n"
    gazetteer, summary = made(tmp_path, streets, write(tmp_path / "lugares.csv", places))
    assert one(gazetteer, "el semáforo de la calle León XIII").district == "Centro"
    assert (summary.stations, summary.stops, summary.districts) == (1, 0, 1)
    assert "import:lugares.csv" in (tmp_path / "villa" / "landmarks.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CALLE ALFONSO I", "Calle Alfonso I"),
        ("CALLE DE FELIPE II", "Calle de Felipe II"),
        ("PLAZA DE CARLOS V", "Plaza de Carlos V"),
        ("CARRER DE PRAT I ROCA", "Carrer de Prat i Roca"),
        ("CALLE DE UN AMERICANO EN PARÍS", "Calle de Un Americano en París"),
        ("CALLE VIDI", "Calle Vidi"),
    ],
)
def test_names_in_capitals_are_written_as_on_the_street_sign(written: str, name: str) -> None:
    """`León Xiii` stood on cases, and so did `Felipe Ii`."""
    assert ordinary_case(written) == name


def test_without_its_package_a_pbf_is_refused_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(ConfigurationError, match=r"pip install osmium`; or give GeoJSON \(make it with `osmium export"):
        made(tmp_path, write(tmp_path / "city.osm.pbf", "x"))


def test_a_pbf_is_read_where_its_package_is_installed(tmp_path: Path) -> None:
    osmium = pytest.importorskip("osmium", reason="osmium is no requirement: pip install osmium")
    mutable = pytest.importorskip("osmium.osm.mutable")
    Node, Relation, Way = mutable.Node, mutable.Relation, mutable.Way  # noqa: N806 (classes)

    path = tmp_path / "city.osm.pbf"
    corners = [(-0.383, 39.46), (-0.35, 39.46), (-0.35, 39.49), (-0.383, 39.49)]
    course = [(-0.3763, 39.4671), (-0.3735, 39.4690), (-0.3702, 39.4712)]
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate([*course, *corners], start=1):
            writer.add_node(Node(id=number, location=place, version=1))
        context = {"addr:street": "Calle de Colón", "addr:housenumber": "20"}
        writer.add_node(Node(id=20, location=(-0.3733, 39.4688), tags=context, version=1))
        writer.add_way(Way(id=1, nodes=[1, 2, 3], tags={"highway": "primary", "name": "Calle de Colón"}, version=1))
        writer.add_way(Way(id=2, nodes=[4, 5, 6, 7, 4], version=1))
        district = {"type": "boundary", "boundary": "administrative", "admin_level": "9", "name": "Ciutat Vella"}
        writer.add_relation(Relation(id=1, members=[("w", 2, "outer")], tags=district, version=1))
    found = one(made(tmp_path, path)[0], "Calle Colón 20, bache")
    assert (found.name, found.district, found.lat, found.lon) == ("Calle de Colón", "Ciutat Vella", 39.4688, -0.3733)
    with pytest.raises(ConfigurationError, match="cannot be read as PBF"):
        import_files([write(tmp_path / "bad.osm.pbf", "no pbf")], "Villa", tmp_path / "other")


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    made(tmp_path, write(tmp_path / "t.csv", "calle,numero\n=cmd|' /C calc'!A0,1\n"))
    assert "\n=cmd" not in (tmp_path / "villa" / "streets.csv").read_text(encoding="utf-8")
    assert ",=cmd" not in (tmp_path / "villa" / "streets.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_makes_the_folder_and_label_finds_its_places(tmp_path: Path) -> None:
    profile = tmp_path / "valencia.toml"
    profile.write_text(
        f'name = "València"\ngazetteer_folder = "valencia"\n{NOTICE}[[departments]]\nname = "A"\ntopics = ["other"]\n', encoding="utf-8"
    )
    env = environment(tmp_path / "home", profile, OMP_NUM_THREADS="1")
    done = escucha("gazetteer", "import", str(VALENCIA), "--city", "valencia", "--into", str(tmp_path), env=env)
    assert b"5 streets (3 with house numbers" in done.stdout
    line = json.dumps({"id": "1", "text": "Hay un socavón enorme en la calle Colón 20, que lo arreglen ya"})
    labelled = json.loads(escucha("label", env=env, stdin=f"{line}\n".encode()).stdout)
    assert labelled["places"] == ["calle Colón 20"]
    for arguments, words in ((["--city", "../x"], b"use small letters"), ([], b"--city"), (["--city", "valencia"], b"exists already")):
        refused = escucha("gazetteer", "import", str(VALENCIA), "--into", str(tmp_path), *arguments, env=env, check=False)
        assert (refused.returncode, words in refused.stderr) == (2, True), refused.stderr


def to_utm(lat: float, lon: float, zone: int) -> tuple[float, float]:
    """The other way, by another formula: Krüger's series to the third order, good to millimetres."""
    n = 1 / 298.257222101 / (2 - 1 / 298.257222101)
    radius = 6_378_137.0 / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    phi, lam = math.radians(lat), math.radians(lon - (zone * 6 - 183))
    e = 2 * math.sqrt(n) / (1 + n)
    t = math.sinh(math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi)))
    xi, eta = math.atan2(t, math.cos(lam)), math.atanh(math.sin(lam) / math.hypot(1, t))
    alphas = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    east = eta + sum(a * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, a in enumerate(alphas, 1))
    north = xi + sum(a * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, a in enumerate(alphas, 1))
    return 500_000 + 0.9996 * radius * east, 0.9996 * radius * north


@pytest.mark.parametrize(
    ("lat", "lon", "zone"), [(40.41692, -3.70356, 30), (39.4699, -0.3763, 30), (43.3713, -8.396, 29), (41.387, 2.17, 31), (28.1, -15.4, 28)]
)
def test_utm_coordinates_of_the_whole_country_become_degrees(lat: float, lon: float, zone: int) -> None:
    assert from_utm(*to_utm(lat, lon, zone), zone) == pytest.approx((lat, lon), abs=1e-7)


def test_points_outlines_and_names() -> None:
    ring = [(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0)]
    hole = [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0)]
    assert is_inside((3.0, 3.0), [[ring, hole]])
    assert not is_inside((1.5, 1.5), [[ring, hole]])
    assert not is_inside((5.0, 1.0), [[ring, hole]])
    assert ordinary_case("AVENIDA DE LA PESETA") == "Avenida de la Peseta"
    assert ordinary_case("Calle de Colón") == "Calle de Colón"
