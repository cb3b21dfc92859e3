"""Test the index of district outlines that Kibana's map shows."""

from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.word_lists import city_folder
from core.errors import EscuchaError
from gazetteer.loading.outlines import outlines
from search.connection.engine import Engine
from search.index.districts import DISTRICTS, plan_districts, write_districts

pytest_plugins = ("tests.support.engines",)

CITY = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
AREAS = outlines(city_folder(CITY), "district")
SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


@pytest.fixture
def empty(engine: Engine) -> Engine:
    engine.client.options(ignore_status=404).indices.delete(index=DISTRICTS)
    return engine


@pytest.mark.needs("shapes")
def test_outlines_are_written_once_and_a_point_finds_its_district(empty: Engine) -> None:
    change = plan_districts(empty, AREAS)
    assert (change.is_new, len(change.write), change.delete) == (True, 21, ())
    write_districts(empty, change)
    assert not plan_districts(empty, AREAS)
    puerta_del_sol = {"type": "point", "coordinates": [-3.70346, 40.41694]}
    query = {"geo_shape": {"outline": {"shape": puerta_del_sol, "relation": "intersects"}}}
    hits = empty.client.search(index=DISTRICTS, query=query)["hits"]["hits"]
    assert [hit["_source"]["name"] for hit in hits] == ["Centro"]


@pytest.mark.needs("shape_fields")
def test_only_what_differs_is_written_and_what_is_gone_is_deleted(empty: Engine) -> None:
    write_districts(empty, plan_districts(empty, {"A": [SQUARE], "B": [SQUARE]}))
    moved = [(lon + 1, lat) for lon, lat in SQUARE]
    change = plan_districts(empty, {"A": [SQUARE], "C": [moved, SQUARE]})
    assert (change.is_new, sorted(change.write), change.delete) == (False, ["C"], ("B",))
    write_districts(empty, change)
    write_districts(empty, change)  # a second worker with the same plan
    assert not plan_districts(empty, {"A": [SQUARE], "C": [moved, SQUARE]})


@pytest.mark.needs("shapes")
def test_a_refused_outline_is_told_with_its_cure_and_the_others_are_written(empty: Engine) -> None:
    line = [(0.0, 0.0), (1.0, 0.0)]
    with pytest.raises(EscuchaError, match=r"refused 1 outlines of districts; correct them in districts\.json of the city: Line"):
        write_districts(empty, plan_districts(empty, {"Line": [line], "A": [SQUARE]}))
    assert plan_districts(empty, {"Line": [line], "A": [SQUARE]}).write.keys() == {"Line"}


def test_an_engine_without_such_fields_refuses_the_index_and_gets_no_document(empty: Engine, request: pytest.FixtureRequest) -> None:
    from tests.support.engines import LACKS

    if "shape_fields" not in LACKS.get(request.getfixturevalue("engine_kind").name, set()):
        pytest.skip("this engine has them")
    with pytest.raises(EscuchaError, match=f"refused the index {DISTRICTS}"):
        write_districts(empty, plan_districts(empty, {"A": [SQUARE]}))
    assert plan_districts(empty, {}).is_new


def test_a_plan_for_a_new_index_writes_nothing(empty: Engine) -> None:
    assert plan_districts(empty, {"A": [SQUARE]}).is_new
    assert not empty.client.indices.exists(index=DISTRICTS)
