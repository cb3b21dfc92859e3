"""A full disk is told as a full disk: how much to free and where; never as damage, for a restored backup loses what came since.

The disk is a real one: a small file system in memory, which only root may mount.
"""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.deployment import environment, escucha, write_posts, write_profile
from tests.support.running import free_ports

MEGABYTE = 1_000_000
COMMANDS = (["run"], ["collect"], ["triage"], ["verify"], ["status"], ["index"], ["forget"], ["export", "posts"])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose ledger has posts, and that nobody has open: there is no `-shm`."""
    folder = tmp_path_factory.mktemp("filled")
    write_posts(folder / "posts.jsonl", 40)
    escucha("collect", env=environment(folder / "home", write_profile(folder, folder / "posts.jsonl")))
    assert not (folder / "home" / "ledger.sqlite-shm").exists()
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"this machine mounts no small disk: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def env(filled: Path, disk: Path) -> dict[str, str]:
    """That home on the small disk."""
    shutil.copytree(filled / "home", disk / "home")
    return environment(disk / "home", filled / "city.toml", ESCUCHA_SEARCH_PORT=free_ports(1)[0])


def fill(disk: Path) -> None:
    """Leave not one byte."""
    with (disk / "other people's files").open("wb", buffering=0) as file:
        for size in (MEGABYTE, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    assert shutil.disk_usage(disk).free == 0


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_a_full_disk_is_said_with_what_to_free_and_where_and_never_as_damage(command: list[str], env: dict[str, str], disk: Path) -> None:
    fill(disk)
    done = escucha(*command, env=env, check=False)
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert f"the disk of {disk / 'home'} is full (0 MB free): free at least 100 MB there" in said
    assert "nothing is half written" in said
    assert "damaged" not in said
    assert "restore" not in said
    assert "Traceback" not in said
    (disk / "other people's files").unlink()
    assert escucha("verify", env=env, check=False).returncode == 0


def test_a_write_that_finds_no_room_beside_a_reader_says_the_same(env: dict[str, str], disk: Path) -> None:
    """With the ledger open elsewhere its `-shm` is there: it can be read, and the first write fails."""
    with closing(sqlite3.connect(disk / "home" / "ledger.sqlite")) as reader:
        reader.execute("SELECT count(*) FROM posts").fetchall()
        fill(disk)
        done = escucha("triage", env=env, check=False)
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert f"the disk of {disk / 'home'} is full (0 MB free): free at least 100 MB there" in said
    assert "damaged" not in said


def test_a_disk_that_is_full_before_the_first_start_is_said_too(disk: Path, filled: Path) -> None:
    fill(disk)
    done = escucha("collect", env=environment(disk / "home", filled / "city.toml"), check=False)
    assert done.returncode == 1
    assert f"the disk of {disk / 'home'} is full (0 MB free): free at least 100 MB there" in done.stderr.decode()
