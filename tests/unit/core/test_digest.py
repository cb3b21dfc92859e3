"""The digest of the files that a process works by."""

import os
import time
from pathlib import Path

from core.runtime.digest import digest_of

LONG_AGO = time.time() - 86_400


def written(folder: Path, name: str, text: str, at: float = LONG_AGO) -> tuple[str, Path]:
    path = folder / name
    path.write_text(text)
    os.utime(path, (at, at))
    return name, path


def test_the_digest_is_that_of_names_and_contents_in_any_order(tmp_path: Path) -> None:
    one, two = written(tmp_path, "a.toml", "x"), written(tmp_path, "b.toml", "y")
    assert digest_of([one, two]) == digest_of([two, one])
    assert digest_of([one, two]) != digest_of([one])
    assert digest_of([one]) != digest_of([("c.toml", one[1])])
    assert digest_of([one]) != digest_of([written(tmp_path, "a.toml", "z")])


def test_a_file_that_changed_since_the_process_began_gives_a_digest_of_its_own(tmp_path: Path) -> None:
    changed = written(tmp_path, "words.toml", "x", time.time() + 60)
    assert digest_of([changed]) != digest_of([changed])


def test_what_cannot_be_read_counts_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.json").mkdir()
    found = [("lock", tmp_path / "lock"), ("folder.json", tmp_path / "folder.json")]
    assert digest_of(found) == digest_of(found) != digest_of([])
