"""The course of streets: from a map as it is drawn there, from addresses approximately; drawn as much as there is room for."""

import math
import re
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from gazetteer.city_map import WIDTH, framed
from gazetteer.importing.folder import import_files
from gazetteer.lines import MapPart, city_streets
from gazetteer.lines.addresses import NumberedPoint, course_of
from gazetteer.lines.drawing import FONT, MOST_LABELS, MOST_VERTICES, draw_streets
from gazetteer.lines.file import FILE, read_lines, written
from gazetteer.lines.line import LOCAL, MAIN, THROUGH, StreetLine
from gazetteer.lines.of_map import course_of as course_of_map, join_pieces
from tests.support.deployment import ROOT

MADRID = ROOT / "cities" / "madrid"
VALENCIA = ROOT / "tests" / "data" / "valencia.geojson"
DIRECTORY = """Tipo Vía;Nombre Vía;Número;Distrito;Barrio;X;Y
CALLE;DE LA ESTACIÓN;1;NORTE;CASCO;440000,0;4474000,0
CALLE;DE LA ESTACIÓN;20;NORTE;CASCO;440200,0;4474000,0
CALLE;DE LA ESTACIÓN;41;NORTE;CASCO;440400,0;4474010,0
CALLE;DE LA ESTACIÓN;60;NORTE;CASCO;440600,0;4474000,0
CALLE;CORTA;1;NORTE;CASCO;440000,0;4474500,0
"""


def test_an_import_of_a_map_keeps_the_course_of_its_roads(tmp_path: Path) -> None:
    import_files([VALENCIA], "Valencia", tmp_path / "valencia")
    found = city_streets(tmp_path / "valencia")
    assert found.surveyed
    by_name = {one.name: one for one in found.streets}
    assert set(by_name) == {"Calle de Colón", "Calle de Sueca", "Calle de Serranos", "Avenida del Puerto"}
    colon = by_name["Calle de Colón"]
    assert colon.rank == MAIN
    assert [(one[0], one[-1]) for one in colon.courses] == [((-0.3763, 39.4671), (-0.3695, 39.4717))], (
        "two ways of one street are one course"
    )
    assert by_name["Calle de Sueca"].rank == LOCAL
    assert by_name["Avenida del Puerto"].metres == pytest.approx(2_280, rel=0.05)


def test_a_council_s_addresses_give_an_approximate_course(tmp_path: Path) -> None:
    table = tmp_path / "callejero.csv"
    table.write_text(DIRECTORY, encoding="utf-8")
    import_files([table], "Villa", tmp_path / "villa")
    found = city_streets(tmp_path / "villa")
    assert not found.surveyed
    assert not (tmp_path / "villa" / FILE).exists()
    by_name = {one.name: one for one in found.streets}
    station, short = (next(one for name, one in by_name.items() if word in name) for word in ("Estación", "Corta"))
    assert station.metres == pytest.approx(600, rel=0.02)
    assert (short.courses, short.at is not None) == ((), True), "one address gives a place for the name only"


def test_madrid_s_main_streets_are_known_and_are_as_long_as_they_are() -> None:
    by_name = {one.name: one for one in city_streets(MADRID).streets}
    for name, metres in (
        ("Calle de Alcalá", 10_500),
        ("Calle de Bravo Murillo", 4_200),
        ("Calle del Príncipe de Vergara", 4_400),
        ("Calle de Arturo Soria", 6_000),
        ("Paseo de la Castellana", 6_300),
    ):
        assert by_name[name].rank == MAIN
        assert 0.75 * metres < by_name[name].metres < 1.1 * metres, name
    assert not by_name.get("Autovía A-2", StreetLine("", MAIN, ())).courses, "its numbers are kilometres, not houses"


def test_points_without_numbers_give_a_course_only_along_a_line() -> None:
    ring = [NumberedPoint(None, -3.7 + 0.03 * math.cos(n), 40.4 + 0.03 * math.sin(n)) for n in range(6)]
    assert course_of(ring) == ()
    line = [NumberedPoint(None, -3.7 + 0.003 * n, 40.4 + 0.0001 * (n % 2)) for n in (3, 0, 2, 1)]
    assert [one[0] for one in course_of(line)] == [(-3.7, 40.4)]


def test_a_wrong_address_makes_no_spike_and_a_gap_is_not_bridged() -> None:
    straight = [NumberedPoint(20 * n + 1, -3.70 + 0.001 * n, 40.42) for n in range(8)]
    [course] = course_of([*straight, NumberedPoint(71, -3.70, 40.44)])
    assert all(abs(lat - 40.42) < 1e-9 for _, lat in course)
    apart = [*straight, *(NumberedPoint(401 + 20 * n, -3.67 + 0.001 * n, 40.42) for n in range(4))]
    assert [len(one) for one in course_of(apart)] == [8, 4]


def test_roads_without_a_name_are_drawn_and_paths_are_not() -> None:
    line = {"type": "LineString", "coordinates": [[-3.7, 40.4], [-3.6, 40.4]]}
    found = course_of_map({"highway": "motorway", "ref": "M-30"}, "", line)
    assert found is not None
    assert (found.name, found.rank) == ("M-30", MAIN)
    tertiary = course_of_map({"highway": "tertiary"}, "", line)
    assert tertiary is not None
    assert (tertiary.name, tertiary.rank) == ("", THROUGH)
    for tags, name in (({"highway": "footway"}, "Senda"), ({"highway": "residential"}, ""), ({"building": "yes"}, "A")):
        assert course_of_map(tags, name, line) is None
    assert course_of_map({"highway": "pedestrian"}, "Plaza", {"type": "Polygon", "coordinates": [[[0, 0]]]}) is None


def test_pieces_are_joined_whichever_way_they_run() -> None:
    a, b, c, d = (-3.70, 40.40), (-3.69, 40.41), (-3.68, 40.43), (-3.67, 40.40)
    pieces = [StreetLine("Mayor", MAIN, (one,)) for one in ((b, a), (c, d), (c, b))]
    [street] = join_pieces(pieces)
    assert street.courses in (((a, b, c, d),), ((d, c, b, a),))
    assert len(join_pieces([*pieces, StreetLine("Mayor", LOCAL, ((a, d),))])) == 2, "another rank is another record"


def test_the_file_is_read_as_it_was_written_and_a_broken_one_is_refused_with_the_cure(tmp_path: Path) -> None:
    streets = (StreetLine("Calle «A», 1", MAIN, (((-3.7, -34.6), (-3.6, -34.5)), ((1.0, 2.0), (3.0, 4.0)))),)
    path = tmp_path / FILE
    path.write_text(written(streets), encoding="utf-8")
    assert read_lines(path) == streets
    for text in ("name,rank,course\nA,9,1 2", "name,rank,course\nA,1,1 2 3", "name,rank,course\nA,1,x y", "a,b\n1,2"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"import the city again with --replace, or remove this file"):
            city_streets.__wrapped__(tmp_path)


def test_a_whole_city_has_its_main_streets_and_a_quarter_its_small_ones_with_names() -> None:
    streets = city_streets(MADRID).streets
    whole, near = (draw_streets(streets, framed(frame)) for frame in ((-3.89, -3.52, 40.31, 40.64), (-3.69, -3.66, 40.415, 40.435)))
    assert {rank for rank, _ in whole.paths} == {MAIN, THROUGH}
    assert {rank for rank, _ in near.paths} == {MAIN, THROUGH, LOCAL}
    assert sum(len(path) for _, path in whole.paths) < 60_000
    names = [one.text for one in near.labels]
    assert "Calle de Alcalá" in names
    assert 20 < len(names) == len(set(names)) <= MOST_LABELS


def test_names_do_not_meet_and_stay_on_the_map() -> None:
    drawn = framed((-3.69, -3.66, 40.415, 40.435))
    found = draw_streets(city_streets(MADRID).streets, drawn)
    corners = []
    for one in found.labels:
        half = 0.5 * found.font * len(one.text) / 2
        cos, sin = math.cos(math.radians(one.angle)), math.sin(math.radians(one.angle))
        assert -90 <= one.angle <= 90
        corners.append([(one.x + at * half * cos, one.y + at * half * sin) for at in (-1, -0.5, 0, 0.5, 1)])
        assert all(0 <= x <= WIDTH and 0 <= y <= drawn.height for x, y in corners[-1])
    for at, here in enumerate(corners):
        for other in corners[at + 1 :]:
            assert all(math.dist(p, q) > found.font * 0.9 for p in here for q in other)


def test_an_enlarged_part_has_more_of_its_streets_and_smaller_names() -> None:
    streets, drawn = city_streets(MADRID).streets, framed((-3.89, -3.52, 40.31, 40.64))
    part = MapPart(500, 550, 100, 100)
    found = draw_streets(streets, drawn, part)
    assert found.font == pytest.approx(FONT / 10, rel=0.1)
    assert LOCAL in dict(found.paths)
    points = [tuple(map(float, one)) for _, path in found.paths for one in re.findall(r"([\d.-]+),([\d.-]+)", path)]
    assert any(500 <= x <= 600 and 550 <= y <= 650 for x, y in points)
    assert len(points) < MOST_VERTICES
    assert all(500 <= one.x <= 600 and 550 <= one.y <= 650 for one in found.labels)


def test_a_city_with_more_streets_than_there_is_room_for_keeps_the_main_ones() -> None:
    streets = [
        StreetLine(f"S{n}", MAIN if n < 5 else THROUGH, (tuple((-3.8 + 0.002 * k, 40.35 + 0.001 * n) for k in range(100)),))
        for n in range(100)
    ]
    found = dict(draw_streets(streets, framed((-3.8, -3.6, 40.35, 40.45)), vertices=700).paths)
    assert (found[MAIN].count("M"), found[THROUGH].count("M")) == (5, 2)
