"""`status` and `verify` write nothing: neither in an empty home, nor into a ledger of an older version, nor a salt that is gone."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile

OLD = ROOT / "tests" / "ledgers" / "0012"
INDEX = "ledger.sqlite-shm"
"""SQLite's index of what a killed writer left: no data, made anew by whoever reads it first."""
BOTH = pytest.mark.parametrize("command", ["status", "verify"])


def files(home: Path) -> dict[str, bytes]:
    """The files of a home with what is in them."""
    return {one.name: one.read_bytes() for one in home.rglob("*") if one.is_file()}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a home that does not exist yet."""
    write_posts(tmp_path / "posts.jsonl", 5)
    return environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))


@BOTH
def test_in_an_empty_home_nothing_is_made_and_what_a_start_would_do_is_said(command: str, env: dict[str, str], tmp_path: Path) -> None:
    done = escucha(command, env=env, check=False)
    said = (done.stdout + done.stderr).decode()
    assert "there is no ledger yet for Madrid, and nothing was made. The first start (`make run`, or `escucha run`) makes it" in said
    assert f"with its salt and its suppression journal, in {tmp_path / 'home'}, and reads: archive" in said
    assert done.returncode == (0 if command == "status" else 2), "nothing is wrong, but nothing was verified either"
    assert not (tmp_path / "home").exists()


def test_status_as_json_says_that_nothing_is_there(env: dict[str, str]) -> None:
    told = json.loads(escucha("status", "--json", env=env).stdout)
    assert told["ledger"] is None
    assert told["message"].startswith("there is no ledger yet for Madrid")


@BOTH
def test_a_ledger_of_an_older_version_is_not_migrated(command: str, env: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ledger.sqlite").write_bytes(gzip.decompress((OLD / "ledger.sqlite.gz").read_bytes()))
    for name in ("salt", "suppressions.jsonl"):
        shutil.copy(OLD / name, home)
    before = files(home)
    done = escucha(command, env=env, check=False)
    assert done.returncode == 1
    assert b"this ledger has tables of another version of Escucha (0012; this one needs " in done.stderr
    assert b"run `escucha prepare`: it brings an older ledger up to date, as every start and step does" in done.stderr
    assert files(home) == before
    assert b"ready for Madrid: SQLite " in escucha("prepare", env=env).stdout
    assert b"DIFFERENT" not in escucha("verify", env=env).stdout


@BOTH
def test_a_filled_home_is_read_and_stays_as_it_is_to_the_byte(command: str, env: dict[str, str], tmp_path: Path) -> None:
    escucha("collect", env=env)
    before = files(tmp_path / "home")
    done = escucha(command, env=env)
    assert b"archive" in done.stdout
    assert files(tmp_path / "home") == before


@BOTH
def test_what_a_killed_writer_left_is_read_and_left_to_the_next_start(command: str, env: dict[str, str], tmp_path: Path) -> None:
    escucha("collect", env=env)
    writer = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM posts'); c.commit(); os._exit(9)"
    subprocess.run([sys.executable, "-c", writer, str(tmp_path / "home" / "ledger.sqlite")], check=False)
    before = files(tmp_path / "home")
    assert before["ledger.sqlite-wal"]
    done = escucha(command, env=env, check=False)
    assert command == "status" or b"DIFFERENT" in done.stdout
    assert {**files(tmp_path / "home"), INDEX: b""} == {**before, INDEX: b""}


@BOTH
def test_a_journal_that_was_cut_is_an_error(command: str, env: dict[str, str], tmp_path: Path) -> None:
    escucha("collect", env=env)
    journal = tmp_path / "home" / "suppressions.jsonl"
    journal.write_bytes(journal.read_bytes()[:40])
    done = escucha(command, env=env, check=False)
    assert (done.returncode, str(journal) in done.stderr.decode(), b"archive" in done.stdout or command == "verify") == (2, True, True)


def test_a_journal_that_cannot_be_written_is_said_before_somebody_must_be_erased(env: dict[str, str], tmp_path: Path) -> None:
    """As the units had it: a journal on another disk, in a folder that `ProtectSystem=strict` makes read-only."""
    escucha("collect", env=env)
    place = tmp_path / "another disk"
    place.mkdir()
    shutil.copy(tmp_path / "home" / "suppressions.jsonl", place)
    bound = subprocess.run(["mount", "--bind", str(place), str(place)], capture_output=True)
    if bound.returncode != 0:
        pytest.skip(f"this machine mounts nothing: {bound.stderr.decode().strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
        moved = env | {"ESCUCHA_SUPPRESSIONS": str(place / "suppressions.jsonl")}
        done = escucha("prepare", env=moved, check=False)
        told = escucha("status", env=moved).stdout.decode()
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
    said = f"the suppression journal {place / 'suppressions.jsonl'} cannot be written, so no erasure"
    assert (done.returncode, said in done.stderr.decode()) == (1, True)
    assert f"NOT WRITABLE: {said}" in told
    escucha("prepare", env=moved)


@pytest.mark.parametrize("command", ["collect", "triage", "forget", "prepare"])
def test_a_journal_that_is_missing_is_refused_told_and_its_loss_accepted_on_purpose(
    command: str, env: dict[str, str], tmp_path: Path
) -> None:
    escucha("collect", env=env)
    journal = tmp_path / "home" / "suppressions.jsonl"
    put_away = journal.rename(tmp_path / "away.jsonl")
    before = files(tmp_path / "home")
    done = escucha(command, env=env, check=False)
    said = f"the suppression journal of this ledger is missing: there is no file {journal}"
    assert (done.returncode, said in done.stderr.decode()) == (2, True)
    assert b"escucha rebind --journal" in done.stderr
    told = escucha("status", env=env, check=False)
    assert (told.returncode, f"NOT WORKING: {said}" in told.stdout.decode()) == (2, True)
    assert said in told.stdout.decode().rpartition("problems: ")[2]
    verified = escucha("verify", "--json", env=env, check=False)
    assert (verified.returncode, json.loads(verified.stdout)["ok"], said in verified.stderr.decode()) == (2, False, True)
    assert files(tmp_path / "home") == before
    put_away.rename(journal)
    escucha(command, env=env)
    journal.unlink()
    escucha("rebind", "--journal", env=env)
    escucha(command, env=env)
    assert said not in escucha("status", env=env).stdout.decode()


@pytest.mark.parametrize("command", ["status", "verify", "collect", "forget"])
@pytest.mark.parametrize("left", ["ledger.sqlite", "suppressions.jsonl"])
def test_a_salt_that_is_gone_is_never_made_anew(left: str, command: str, env: dict[str, str], tmp_path: Path) -> None:
    """A new salt would know nobody again; what remains, ledger or journal, needs the old one."""
    escucha("collect", env=env)
    home = tmp_path / "home"
    (home / "salt").unlink()
    for one in home.glob("*"):
        if one.is_file() and not one.name.startswith(left):
            one.unlink()
    before = files(home)
    done = escucha(command, env=env, check=False)
    if left != "ledger.sqlite" and command in ("status", "verify"):
        assert b"there is no ledger yet" in done.stdout + done.stderr
    else:
        assert done.returncode == 2
        assert f"the salt {home / 'salt'} is gone".encode() in done.stderr
        assert b"put back the file that `make backup-salt` wrote, or set ESCUCHA_SALT" in done.stderr
    assert files(home) == before
