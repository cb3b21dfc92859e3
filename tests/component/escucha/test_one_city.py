"""A ledger belongs to one city: another profile is refused, whatever the command, and a renamed file of the same city is not a dead end."""

import argparse
import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from escucha.parser import parser
from tests.component.ledger.test_ledger_damaged import NEEDS, NO_LEDGER
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile

WATCH = "watch-scheduler"
"""What is wrong is its result."""
LEDGER_OF_NO_CITY = NO_LEDGER | {"rebind"}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A home filled for the profile `madrid.toml`, and beside it the profile `granada.toml` of another city."""
    write_posts(tmp_path / "posts.jsonl", 20)
    profile = write_profile(tmp_path, tmp_path / "posts.jsonl").rename(tmp_path / "madrid.toml")
    (tmp_path / "granada.toml").write_text(profile.read_text().replace('name = "Madrid"', 'name = "Granada"'))
    escucha("collect", env=environment(tmp_path / "home", profile))
    return tmp_path


def env_of(house: Path, profile: str) -> dict[str, str]:
    return environment(house / "home", house / profile)


def meta(house: Path, name: str) -> str | None:
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def rows(house: Path) -> dict[str, int]:
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def commands() -> list[str]:
    (found,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return sorted(set(found.choices) - LEDGER_OF_NO_CITY)


@pytest.mark.parametrize("command", commands())
def test_a_run_for_another_city_is_refused_with_what_to_do_and_changes_nothing(command: str, house: Path) -> None:
    before = rows(house)
    given = ["x"] if command == "user" else NEEDS.get(command, [])
    done = escucha(command, *given, env=env_of(house, "granada.toml"), check=False, stdin=b"a long password 12\n")
    said = (done.stdout if command == WATCH else done.stderr).decode()
    assert done.returncode == (1 if command == WATCH else 2), said
    assert "belongs to the profile 'madrid', not to 'granada'" in said
    assert "ESCUCHA_HOME=" in said
    assert "escucha rebind madrid --city" in said
    assert done.stdout == b"" or command == WATCH
    assert rows(house) == before
    assert not (house / "home" / "settings" / "granada.json").exists()


def elsewhere(house: Path, city: str) -> Path:
    """Return a profile of the same file name, in another folder, of a city of this name."""
    moved = house / "elsewhere" / "madrid.toml"
    moved.parent.mkdir()
    moved.write_text((house / "madrid.toml").read_text().replace('name = "Madrid"', f'name = "{city}"'))
    return moved


def test_the_profile_may_move(house: Path) -> None:
    escucha("collect", env=environment(house / "home", elsewhere(house, "Madrid")))


@pytest.mark.parametrize("command", ["status", "collect", "verify"])
def test_another_city_whose_profile_has_the_same_file_name_is_refused(command: str, house: Path) -> None:
    """`cp malaga.toml elsewhere/madrid.toml` opened Madrid's ledger."""
    before = rows(house)
    done = escucha(command, env=environment(house / "home", elsewhere(house, "Málaga")), check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    said = done.stderr.decode()
    assert "belongs to the city 'Madrid', not to 'Málaga', though both profiles are named 'madrid'" in said
    assert "Only if the same city changed its name: escucha rebind madrid --city .../madrid.toml" in said
    assert rows(house) == before
    assert meta(house, "city") == "Madrid"


def test_a_city_that_changed_its_name_is_bound_anew_on_purpose(house: Path) -> None:
    env = environment(house / "home", elsewhere(house, "Madrid, Villa y Corte"))
    assert escucha("collect", env=env, check=False).returncode == 2
    escucha("rebind", "madrid", env=env)
    escucha("collect", env=env)
    assert meta(house, "city") == "Madrid, Villa y Corte"
    assert escucha("collect", env=env_of(house, "madrid.toml"), check=False).returncode == 2


def test_a_ledger_bound_without_the_name_of_its_city_takes_it_from_the_next_command_that_writes(house: Path) -> None:
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE name = 'city'")
    escucha("status", env=env_of(house, "madrid.toml"))
    assert meta(house, "city") is None
    escucha("collect", env=env_of(house, "madrid.toml"))
    assert meta(house, "city") == "Madrid"


def test_a_ledger_of_before_is_bound_to_the_profile_that_opens_it_first(house: Path) -> None:
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE name IN ('profile', 'city')")
    escucha("collect", env=env_of(house, "granada.toml"))
    assert meta(house, "profile") == "granada"
    assert escucha("collect", env=env_of(house, "madrid.toml"), check=False).returncode == 2


def sevilla(folder: Path) -> Path:
    """Make a gazetteer that knows the names of three districts."""
    folder.mkdir()
    (folder / "ordinary_names.txt").write_text("")
    (folder / "barrios.json").write_text("[]")
    for name in ("streets.csv", "landmarks.csv", "street_parts.csv", "stops.csv", "own_places.csv"):
        shutil.copy(ROOT / "cities" / "madrid" / name, folder)
        header = (folder / name).read_text().splitlines()[0]
        (folder / name).write_text(header + "\n")
    districts = json.loads((ROOT / "cities" / "madrid" / "districts.json").read_text())[:3]
    named = [one | {"name": name, "barrios": []} for one, name in zip(districts, ("Centro", "Triana", "Nervión"), strict=True)]
    (folder / "districts.json").write_text(json.dumps(named))
    return folder


def test_a_ledger_of_before_whose_cases_are_in_another_citys_districts_is_refused(tmp_path: Path) -> None:
    """A ledger of version 0012, which holds 50 cases in Madrid and no city, opened first by another one."""
    home = tmp_path / "home"
    home.mkdir()
    old = ROOT / "tests" / "ledgers" / "0012"
    (home / "ledger.sqlite").write_bytes(gzip.decompress((old / "ledger.sqlite.gz").read_bytes()))
    for name in ("salt", "suppressions.jsonl"):
        shutil.copy(old / name, home)
    (tmp_path / "posts.jsonl").write_text("")
    madrid = write_profile(tmp_path, tmp_path / "posts.jsonl").rename(tmp_path / "madrid.toml")
    other = tmp_path / "sevilla.toml"
    other.write_text(
        madrid.read_text()
        .replace(str(ROOT / "cities" / "madrid"), str(sevilla(tmp_path / "sevilla")))
        .replace('name = "Madrid"', 'name = "Sevilla"')
    )
    done = escucha("collect", env=environment(home, other), check=False)
    assert done.returncode == 2
    assert b"it is not Sevilla's: its posts and cases are in Arganzuela, Barajas, Carabanchel" in done.stderr
    assert meta(tmp_path, "profile") is None
    escucha("collect", env=environment(home, madrid))
    assert (meta(tmp_path, "profile"), meta(tmp_path, "city")) == ("madrid", "Madrid")


def test_status_says_to_whom_a_ledger_belongs_and_that_one_of_before_is_not_bound(house: Path) -> None:
    env = env_of(house, "madrid.toml")
    assert b"belongs to: the profile 'madrid', the city 'Madrid'\n" in escucha("status", env=env).stdout
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE name IN ('profile', 'city')")
    told = escucha("status", env=env).stdout.decode()
    assert "belongs to: no city yet: an older Escucha made it. The next command that writes binds it to 'madrid'" in told
    assert meta(house, "profile") is None


def test_a_ledger_of_before_whose_settings_name_its_city_belongs_to_that_one(house: Path) -> None:
    """The desk stored a change of `madrid`: the ledger knows whose it is, whoever opens it first."""
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE name IN ('profile', 'city')")
        connection.execute(
            "INSERT INTO profile_changes (profile, section, revision, patch, differences, who, why, at) "
            "VALUES ('madrid', 'triage', 1, '{\"act\": 0.7}', '[]', 'ana', '', '2026-11-20 10:00:00.000000')"
        )
    assert escucha("collect", env=env_of(house, "granada.toml"), check=False).returncode == 2
    escucha("collect", env=env_of(house, "madrid.toml"))
    assert meta(house, "profile") == "madrid"


def test_after_its_file_was_renamed_the_ledger_is_bound_anew_on_purpose_and_keeps_the_settings(house: Path) -> None:
    with closing(sqlite3.connect(house / "home" / "ledger.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO profile_changes (profile, section, revision, patch, differences, who, why, at) "
            "VALUES ('madrid', 'triage', 1, '{\"act\": 0.7}', '[]', 'ana', '', '2026-11-20 10:00:00.000000')"
        )
    (house / "madrid.toml").rename(house / "villa.toml")
    wrong = escucha("rebind", "sevilla", env=env_of(house, "villa.toml"), check=False)
    assert (wrong.returncode, b"belongs to the profile 'madrid', not to 'sevilla'" in wrong.stderr) == (2, True)
    done = escucha("rebind", "madrid", env=env_of(house, "villa.toml"))
    assert done.stdout.decode() == "the ledger belongs to the profile 'villa' now; it belonged to 'madrid'\n"
    escucha("collect", env=env_of(house, "villa.toml"))
    assert b"[triage] changed on the desk" in escucha("status", env=env_of(house, "villa.toml")).stdout
    assert b"rebind" in escucha("audit", env=env_of(house, "villa.toml")).stdout
    assert b"ok  audit entries" in escucha("verify", env=env_of(house, "villa.toml")).stdout
