"""The database finds the posts and cases of an area: exactly those whose point lies in it."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.records.area import Area
from ledger import read, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from tests.support.seeded import open_seeded

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
AREAS = ("40.40,-3.72,40.43,-3.68", "40.4,-3.75,40.45,-3.7,40.42,-3.65", "40.4,-3.7,40.4,-3.6,40.5,-3.6,40.5,-3.7,40.45,-3.65")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, NOW)
    chance = random.Random(7)  # noqa: S311  places of a test
    with writing(context.ledger) as connection:
        for table in (schema.labels, schema.cases):
            (key,) = table.primary_key.columns
            for one in connection.execute(table.select()).mappings().all():
                point = {"lat": round(chance.uniform(40.38, 40.52), 5), "lon": round(chance.uniform(-3.76, -3.58), 5)}
                connection.execute(table.update().where(key == one[key.name]).values(point))
    yield context.ledger
    context.ledger.close()


@pytest.mark.parametrize("text", [*AREAS, "~".join(AREAS[:2])])
def test_the_database_finds_the_points_that_lie_in_an_area(ledger: Ledger, text: str) -> None:
    area = Area.read(text)
    posts = list(read.post_records(ledger))
    inside = {one.post_id for one in posts if one.lat is not None and one.lon and area.contains(one.lat, one.lon)}
    assert 0 < len(inside) < len(posts)
    assert set(read.message_ids(ledger, of="all", limit=100, area=area)) == inside
    assert read.count_messages(ledger, of="all", area=area) == len(inside)
    cases = list(read.case_records(ledger))
    of_cases = {one.case_key for one in cases if one.lat is not None and one.lon and area.contains(one.lat, one.lon)}
    assert {one.case_key for one in read.case_points(ledger, area=area)} == of_cases


def test_posts_are_counted_by_place_and_those_without_one_apart(ledger: Ledger) -> None:
    posts = [one for one in read.post_records(ledger) if one.district]
    counts = read.counts_by_place(ledger, "barrio", of="all")
    assert counts == {name: sum(one.barrio == name for one in posts) for name in ("Goya", "Sol")}
    without = read.count_messages(ledger, of="all", located=False)
    assert without + sum(read.counts_by_place(ledger, "district", of="all").values()) == 60
