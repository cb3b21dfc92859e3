"""A damaged ledger is told in words, by every command: what is damaged, to stop, and how to get a whole one back."""

import argparse
import random
import shutil
from pathlib import Path

import pytest

from core.config.plugins import ROOT
from core.errors import DamagedLedgerError, UnavailableError
from escucha.parser import parser
from ledger.database import Ledger, check_whole, open_ledger
from tests.support.deployment import environment, escucha, write_posts, write_profile
from tests.support.running import free_ports

pytest_plugins = ("tests.support.ledger_fixtures",)

PAGE = 4096
PORTS = ("ESCUCHA_DESK_PORT", "ESCUCHA_PORTAL_PORT", "ESCUCHA_AIRFLOW_PORT", "ESCUCHA_SEARCH_PORT")
NEEDS = {
    "export": ["posts"],
    "erase": ["--post", "x"],
    "cost": ["--source", "archive"],
    "open311-key": ["app"],
    "token": ["list"],
    "rebind": ["city"],
    "subject": ["archive:x", "show"],
    "thresholds": ["--gold", str(ROOT / "tests" / "data" / "actionable.jsonl")],
    "prove": ["--gold", str(ROOT / "tests" / "data" / "actionable.jsonl")],
}
NO_LEDGER = {"label", "models", "dashboards", "init", "gazetteer", "pools", "towns"}
"""They open none."""
MAY_MISS_IT = {"rebind", "user", "deliver", "follow", "report", "cost", "check", "open311-key", "token"}
"""They may read none of the damaged pages."""


def damage(path: Path, pages: int) -> None:
    """Overwrite so many pages at random; never the first, or it would be no database at all."""
    dice = random.Random(4)  # noqa: S311
    with path.open("r+b") as file:
        for number in dice.sample(range(1, path.stat().st_size // PAGE), pages):
            file.seek(number * PAGE)
            file.write(dice.randbytes(PAGE))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with posts that were read and decided."""
    folder = tmp_path_factory.mktemp("filled")
    write_posts(folder / "posts.jsonl", 120)
    profile = write_profile(folder, folder / "posts.jsonl")
    for command in ("collect", "classify", "triage"):
        escucha(command, env=environment(folder / "home", profile))
    return folder


@pytest.fixture
def env(filled: Path, tmp_path: Path) -> dict[str, str]:
    """A copy of that home whose ledger was damaged while nobody had it open."""
    shutil.copytree(filled / "home", tmp_path / "home")
    ledger = tmp_path / "home" / "ledger.sqlite"
    assert ledger.stat().st_size > 60 * PAGE
    damage(ledger, 40)
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    return environment(tmp_path / "home", filled / "city.toml", **ports)


def commands() -> list[str]:
    (found,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return sorted(set(found.choices) - NO_LEDGER)


@pytest.mark.parametrize("command", commands())
def test_no_command_answers_a_damaged_ledger_with_a_traceback(command: str, env: dict[str, str]) -> None:
    given = ["x"] if command == "user" else NEEDS.get(command, [])
    done = escucha(command, *given, env=env, check=False, stdin=b"a long password 12\n")
    said = done.stderr.decode()
    assert "Traceback" not in said
    if command == "watch-scheduler":
        said = done.stdout.decode()  # what is wrong is its result
    if command in MAY_MISS_IT and done.returncode == 0:
        return
    assert done.returncode == 1
    assert f"the ledger {env['ESCUCHA_HOME']}/ledger.sqlite is damaged (" in said
    assert "make restore FILE=" in said
    assert ".recover" in said


def test_a_file_that_is_no_database_is_told_too(env: dict[str, str]) -> None:
    path = Path(env["ESCUCHA_HOME"]) / "ledger.sqlite"
    path.write_bytes(b"this was a ledger once. " * 1000)
    done = escucha("status", env=env, check=False)
    assert done.returncode == 1
    assert b"is damaged (file is not a database)" in done.stderr


def test_a_whole_ledger_passes(ledger: Ledger) -> None:
    check_whole(ledger)


def test_a_whole_ledger_is_not_called_damaged_for_what_a_statement_says(ledger: Ledger) -> None:
    """SQLite says `malformed JSON` of a value; the file is examined before a backup is advised."""
    if not ledger.is_sqlite:
        pytest.skip("PostgreSQL has other words")
    with pytest.raises(UnavailableError, match="its file was examined and is whole"), ledger.read() as connection:
        connection.exec_driver_sql("SELECT json('{')")


def test_one_damaged_page_that_no_step_reads_is_found_by_the_check(env: dict[str, str], filled: Path) -> None:
    path = Path(env["ESCUCHA_HOME"]) / "ledger.sqlite"
    shutil.copy(filled / "home" / "ledger.sqlite", path)
    damage(path, 1)
    ledger = open_ledger(f"sqlite:///{path}", (filled / "home" / "salt").read_bytes().strip())
    with pytest.raises(DamagedLedgerError, match="make restore"):
        check_whole(ledger)
    ledger.close()
