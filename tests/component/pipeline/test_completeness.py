"""What a city's set-up lacks, the costliest first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.city.completeness import Item, completeness
from pipeline.context import Context
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path / "home", 0, datetime(2026, 12, 2, tzinfo=UTC))
    yield context
    context.ledger.close()


def missing(context: Context) -> set[str]:
    return {one.name for one in completeness(context).missing}


def changed(context: Context, **fields: object) -> Context:
    context.city = context.city.model_copy(update=fields)
    return context


def test_the_example_profile_lacks_what_only_a_council_can_give(context: Context) -> None:
    found = completeness(context)
    assert {one.name for one in found.missing} >= {"mail", "alarms", "backup", "reports", "teams", "notice", "portal"}
    assert {"handles", "names", "near", "gazetteer", "streets", "bodies", "brands", "region", "holidays"}.isdisjoint(missing(context))
    weights = [one.weight for one in found.missing]
    assert weights == sorted(weights, reverse=True)
    assert found.share == pytest.approx(sum(i.weight for i in found.items if i.done) / sum(i.weight for i in found.items))


def test_a_city_without_a_folder_has_no_streets_bodies_or_brands(context: Context) -> None:
    assert {"gazetteer", "streets", "bodies", "brands"} <= missing(changed(context, gazetteer_folder=None, handles=()))
    assert "handles" in missing(context)


def test_a_part_of_a_citys_streets_is_less_than_the_city(context: Context, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "streets.csv").write_text("cod_via,name\n1,Calle Mayor\n", encoding="utf-8")
    found = missing(changed(context, gazetteer_folder="part", path=tmp_path / "city.toml"))
    assert "streets" in found
    assert "gazetteer" not in found


def test_an_address_of_the_examples_is_none(context: Context) -> None:
    notice = context.city.notice.model_copy(update={"contact": "gente@villar.es", "data_protection_officer": "dpd@villar.es"})
    team = context.city.departments[0].model_copy(update={"mail": "limpieza@villar.es"})
    assert {"notice", "teams"}.isdisjoint(missing(changed(context, notice=notice, departments=(team,))))


def test_every_item_has_a_weight_and_a_name_of_its_own(context: Context) -> None:
    items = completeness(context).items
    assert len({one.name for one in items}) == len(items) > 15
    assert all(isinstance(one, Item) and one.weight in (1, 2, 3) for one in items)
