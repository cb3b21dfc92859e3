"""A town whose ledger cannot be opened keeps no other town from being served, and says what is wrong."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.config.towns import ServedTown, towns_of
from core.errors import EscuchaError
from core.web import opening
from desk import server as desk_server
from escucha import supervisor
from pipeline.context import open_context
from portal import server as portal_server
from search.connection.engine import stop_embedded
from tests.support.deployment import environment, escucha
from tests.support.province import WORDS, write_town

SERVERS = {"desk": desk_server, "portal": portal_server}
SAID = {"desk": "No se puede atender ahora a este municipio", "portal": "Esta página no se puede mostrar ahora"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path / "home", towns=",".join(str(write_town(tmp_path, town)) for town in WORDS))
    for town in towns_of(settings, Path("unused")):
        with open_context(town.profile, town.settings):
            pass
    yield settings
    stop_embedded(settings)


def ledger_of(house: Settings, town: str) -> Path:
    return house.home / "towns" / town / "ledger.sqlite"


def of_a_newer_version(ledger: Path) -> None:
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9.9'")
    connection.close()


def damaged(ledger: Path) -> None:
    ledger.write_bytes(b"SQLite format 3\0" + b"damage" * 2_000)


def gone_to_a_folder(ledger: Path) -> None:
    ledger.unlink()
    ledger.mkdir()


BROKEN = {
    "newer": (of_a_newer_version, "newer Escucha"),
    "damaged": (damaged, "damaged"),
    "folder": (gone_to_a_folder, "must be a file, in a folder, that the user of this program may read and write"),
}


Ask = Callable[..., Any]
Use = Callable[[Sequence[ServedTown], Ask], object]


def run(monkeypatch: pytest.MonkeyPatch, program: str, house: Settings, use: Use) -> int:
    """Start a program, let `use` ask its towns, and end it."""
    towns = towns_of(house, Path("unused"), missing_too=True)

    def answer(server: uvicorn.Server) -> None:
        def ask(town: ServedTown, path: str = "/alive", **headers: str) -> Any:
            address = getattr(town.settings, f"{program}_address")
            return TestClient(cast(Any, server.config.app), base_url=address, client=("127.0.0.1", 50000)).get(path, headers=headers)

        use(towns, ask)

    monkeypatch.setattr(uvicorn.Server, "run", answer)
    return int(SERVERS[program].serve(towns, house))


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("program", SERVERS)
def test_the_others_are_served_and_the_broken_one_says_what_is_wrong(
    house: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, program: str, broken: str
) -> None:
    here, _there = WORDS
    breaks, why = BROKEN[broken]
    breaks(ledger_of(house, here))

    def use(towns: Sequence[ServedTown], ask: Ask) -> None:
        wrong, good = towns
        assert ask(good).status_code == 200
        answer = ask(wrong, "/", **{"accept-language": "es"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert SAID[program] in answer.text
        assert (why in answer.text) is (program == "desk")  # citizens are shown no path of the machine

    assert run(monkeypatch, program, house, use) == 0
    assert f"{program}: {here} is not served, the other towns are: " in caplog.text
    assert why in caplog.text


@pytest.mark.parametrize("program", SERVERS)
def test_a_town_that_was_mended_opens_without_a_restart(house: Settings, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    ledger = ledger_of(house, next(iter(WORDS)))
    whole = ledger.read_bytes()
    damaged(ledger)

    def use(towns: Sequence[ServedTown], ask: Ask) -> None:
        assert ask(towns[0]).status_code == 503
        ledger.write_bytes(whole)
        assert ask(towns[0]).status_code == 503  # it was tried a moment ago
        monkeypatch.setattr(opening, "AGAIN_S", 0.0)
        assert ask(towns[0]).status_code == 200

    assert run(monkeypatch, program, house, use) == 0


@pytest.mark.parametrize("program", SERVERS)
def test_where_no_town_can_be_opened_it_is_said_why_in_each(house: Settings, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    for town in WORDS:
        damaged(ledger_of(house, town))
    with pytest.raises(EscuchaError, match=r"no town can be opened: getafe: .*; parla: "):
        run(monkeypatch, program, house, lambda *_: None)


def test_the_services_start_while_one_town_can_be_prepared(house: Settings) -> None:
    """All services wait for `escucha prepare`."""
    here, there = WORDS
    damaged(ledger_of(house, here))
    env = environment(house.home, Path("unused"), ESCUCHA_TOWNS=house.towns)
    done = escucha("prepare", env=env, check=False)
    assert (done.returncode, done.stdout.decode().startswith(f"ready for {there.capitalize()}")) == (0, True)
    assert f"escucha prepare: {here}: " in done.stderr.decode()
    damaged(ledger_of(house, there))
    assert escucha("prepare", env=env, check=False).returncode != 0


def test_make_run_starts_the_towns_that_can_be_opened(house: Settings) -> None:
    here, there = WORDS
    of_a_newer_version(ledger_of(house, here))
    sources, closed = supervisor._prepare(towns_of(house, Path("unused")))
    assert list(sources) == ["archive", "inbox"]
    assert list(closed) == [here]
    assert "newer Escucha" in closed[here]
    of_a_newer_version(ledger_of(house, there))
    with pytest.raises(EscuchaError, match="newer Escucha"):
        supervisor._prepare(towns_of(house, Path("unused")))
