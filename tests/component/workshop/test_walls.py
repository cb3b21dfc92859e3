"""The import contracts hold: each is kept as the code is, and broken by one planted import."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {one["id"]: one["name"] for one in PROJECT["tool"]["importlinter"]["contracts"]}
BREACHES = {
    "layers": ("core/runtime/stdio.py", "from pipeline.health import clock"),
    "workshop": ("escucha/commands/thresholds/deriving.py", "from workshop.gate import topics"),
    "readers": ("desk/pages/sources/__init__.py", "from ledger.ingest import store"),
    "writing": ("ledger/read/outbox.py", "from ledger.database.writing import writing"),
    "models": ("search/index/templates.py", "import tokenizers"),
    "elasticsearch": ("ledger/leases.py", "import elasticsearch"),
    "database": ("desk/pages/cases/__init__.py", "import sqlalchemy"),
    "airflow": ("core/errors.py", "import airflow"),
    "dags": ("dags/verify.py", "from ledger import read"),
    "web": ("reports/output/html.py", "import starlette"),
    "networks": ("pipeline/steps/collect.py", "import tweepy"),
    "ticket_systems": ("contact_centre/zammad/client.py", "from contact_centre.open311 import fields"),
    "sources": ("collectors/mastodon/__init__.py", "from collectors.bluesky import reply"),
    "search": ("search/connection/transport.py", "from search.index import writer"),
    "trends": ("trends/chance.py", "from ledger import read"),
}
IN_PORTAL = (
    "from desk import state",
    "from ledger.ingest import store",
    "from ledger.database.writing import writing",
    "import tokenizers",
    "import elasticsearch",
    "import sqlalchemy",
    "import airflow",
    "import tweepy",
    "from workshop.gate import topics",
)
"""Breaches by the portal: it is the desk's neighbour, and bound by every contract but those of single rooms."""
NOT_ROOMS = {"tests", "samples", "docs"}


def rooms() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_ROOMS


def test_every_room_of_the_product_is_in_one_layer() -> None:
    layers = next(one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["id"] == "layers")["layers"]
    listed = [room.strip() for layer in layers for room in layer.split("|")]
    assert sorted(listed) == sorted(rooms() - {"workshop"})
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == rooms()


def test_the_wheel_holds_every_room_of_the_product_and_not_the_workshop() -> None:
    packed = {one.removesuffix("*") for one in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packed == (rooms() - {"workshop", "dags"}) | {"docs"}  # Airflow reads the schedules in the checkout


def test_every_contract_has_a_planted_breach() -> None:
    assert set(BREACHES) == set(CONTRACTS)


def test_each_contract_is_broken_by_one_planted_import(tmp_path: Path) -> None:
    copy_code(tmp_path)
    assert broken(tmp_path) == set()
    for file, line in BREACHES.values():
        path = tmp_path / file
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert broken(tmp_path) == set(CONTRACTS.values())


def test_every_contract_binds_the_portal(tmp_path: Path) -> None:
    copy_code(tmp_path)
    path = tmp_path / "portal" / "app.py"
    path.write_text("\n".join([path.read_text(encoding="utf-8"), *IN_PORTAL, ""]), encoding="utf-8")
    others = {
        name for key, name in CONTRACTS.items() if key not in {"ticket_systems", "sources", "search", "trends", "dags", "web"}
    }  # the first five bind single rooms, `web` leaves the portal out
    assert broken(tmp_path) == others


PAGE = "desk/pages/search.py"
WRITES = """

def breach(desk: Desk) -> None:
    with desk.context.ledger.write() as connection:
        connection.exec_driver_sql("DELETE FROM cases")
    desk.context.ledger.engine.dispose()
"""


@pytest.mark.slow
def test_a_page_that_writes_to_the_ledger_or_takes_its_engine_is_refused_by_the_types(tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text((ROOT / PAGE).read_text(encoding="utf-8") + WRITES, encoding="utf-8")
    how = ("--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path / "cache", "--follow-imports", "silent")
    done = subprocess.run([sys.executable, "-m", "mypy", *how, path], cwd=ROOT, capture_output=True, text=True)
    refused = re.findall(r'error: "Ledger" has no attribute "(\w+)"', done.stdout)
    assert (refused, done.stdout.count("error:")) == (["write", "engine"], 2), done.stdout + done.stderr


def test_a_page_that_takes_what_is_private_of_the_ledger_is_refused() -> None:
    for file, refused in ((PAGE, 1), ("ledger/leases.py", 0)):
        how = ("check", "--no-cache", "--select", "SLF001", "--output-format", "concise", "--stdin-filename", file, "-")
        planted = f"{(ROOT / file).read_text(encoding='utf-8')}\nread.Ledger._engine\n"
        done = subprocess.run([Path(sys.executable).parent / "ruff", *how], cwd=ROOT, input=planted, capture_output=True, text=True)
        assert done.stdout.count("SLF001") == refused, done.stdout + done.stderr


def copy_code(folder: Path) -> None:
    """Copy the code of every room, and the contracts."""
    for room in rooms():
        shutil.copytree(ROOT / room, folder / room, ignore=lambda _, names: [n for n in names if not is_code(n)])
    shutil.copy(ROOT / "pyproject.toml", folder)


def is_code(name: str) -> bool:
    return name != "__pycache__" and ("." not in name or name.endswith(".py"))


def broken(folder: Path) -> set[str]:
    """Run import-linter in a folder and return the names of the broken contracts."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(folder), "COLUMNS": "200"}, capture_output=True, text=True)
    found = dict(re.findall(r"^(.+) (KEPT|BROKEN)(?: \(.*)?$", done.stdout, re.MULTILINE))
    assert set(found) == set(CONTRACTS.values()), done.stdout + done.stderr
    return {name for name, state in found.items() if state == "BROKEN"}


@pytest.mark.parametrize(("contract", "room"), [("ticket_systems", "contact_centre"), ("sources", "collectors")])
def test_every_part_is_held_apart_from_the_others(contract: str, room: str) -> None:
    listed = next(one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["id"] == contract)["modules"]
    parts = {f"{room}.{path.relative_to(ROOT / room).parts[0].removesuffix('.py')}" for path in options_files(room)}
    assert parts <= set(listed)


def options_files(room: str) -> list[Path]:
    """The files with the options of a part."""
    files = [*(ROOT / room).glob("*.py"), *(ROOT / room).glob("*/__init__.py")]
    return [path for path in files if "\nclass Options(" in path.read_text(encoding="utf-8")]
