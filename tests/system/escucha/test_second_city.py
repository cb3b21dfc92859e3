"""A second city from its files to a case on the map, as docs/how-to/gazetteer.md shows it step by step."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.records.read_models import CaseRecord
from ledger import read
from ledger.database import open_ledger
from search.connection.engine import stop_embedded
from tests.support.deployment import ROOT, environment, escucha

FILES = ("calles.csv", "equipamientos.csv", "distritos.geojson")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's files in a folder of their own, imported."""
    folder = tmp_path_factory.mktemp("towns") / "second_city"
    shutil.copytree(ROOT / "samples" / "second_city", folder)
    files = (str(folder / name) for name in FILES)
    env = environment(folder / "home", folder / "villarrio.toml")
    done = escucha("gazetteer", "import", *files, "--city", "villarrio", "--into", str(folder), env=env)
    assert b"5 streets (5 with house numbers, 5 with coordinates), 2 districts, 3 barrios, 1 stations" in done.stdout
    assert b"missing:" not in done.stdout
    return folder


@pytest.fixture(scope="module")
def env(town: Path) -> Iterator[dict[str, str]]:
    """The town's own installation after its first pass."""
    made = environment(town / "home", town / "villarrio.toml")
    escucha("run", env=made)
    yield made
    stop_embedded(Settings(home=town / "home"))


def cases(env: dict[str, str]) -> dict[str, CaseRecord]:
    settings = Settings(home=Path(env["ESCUCHA_HOME"]))
    ledger = open_ledger(settings.ledger, settings.salt_bytes())
    found = {one.place or "": one for one in read.case_records(ledger)}
    ledger.close()
    return found


def test_each_report_is_a_case_where_the_towns_files_say(env: dict[str, str]) -> None:
    found = cases(env)
    where = {name: (one.district, one.lat, one.lon) for name, one in found.items()}
    assert where == {
        # the points of `calles.csv`, converted from UTM: test_utm_coordinates_of_the_whole_country_become_degrees
        "Avenida de la Estación": ("Río", pytest.approx(41.0029, abs=5e-4), pytest.approx(-4.0355, abs=5e-4)),
        "Calle de las Eras": ("Centro", pytest.approx(41.0075, abs=5e-4), pytest.approx(-4.0459, abs=5e-4)),
        "CEIP Los Tintoreros": ("Centro", 41.0102, -4.0462),
    }
    assert {one.department for one in found.values()} == {"Obras y servicios"}


def test_its_balances_hold_and_praise_is_no_case(env: dict[str, str]) -> None:
    posts = [json.loads(line) for line in escucha("export", "posts", env=env).stdout.splitlines()]
    assert [post["decision"] for post in posts] == ["in_case", "in_case", "in_case", "no_case"]
    assert json.loads(escucha("verify", "--json", env=env).stdout)["ok"] is True
