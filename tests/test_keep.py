"""Backup and restore: what was there is there again, the engine is filled anew, and nothing is overwritten by mistake."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.errors import ConfigurationError
from core.settings import Settings
from escucha.keep import backup, restore
from ledger import indexing, read
from ledger.open import open_ledger
from tests.seeded import SALT, open_seeded

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of twelve posts, taken while the ledger is open."""
    house = open_seeded(tmp_path / "old", 12, NOW)
    settings = Settings(home=tmp_path / "old", salt=SecretStr(SALT.decode()))
    backup(settings, tmp_path / "escucha.tar.gz")
    house.ledger.close()
    return tmp_path / "escucha.tar.gz"


def test_a_restored_ledger_has_every_post_and_case_and_its_engine_is_filled_anew(kept: Path, tmp_path: Path) -> None:
    restore(Settings(home=tmp_path / "new"), kept)
    new = Settings(home=tmp_path / "new")
    assert new.salt_bytes() == SALT
    old_ledger = open_ledger(Settings(home=tmp_path / "old").ledger, SALT)
    new_ledger = open_ledger(new.ledger, SALT)
    assert list(read.post_facts(new_ledger)) == list(read.post_facts(old_ledger))
    assert list(read.case_facts(new_ledger)) == list(read.case_facts(old_ledger))
    assert indexing.marker(new_ledger)[0] == indexing.marker(old_ledger)[0]
    assert indexing.marker(new_ledger)[1] > indexing.marker(old_ledger)[1]
    old_ledger.close()
    new_ledger.close()


def test_a_backup_is_readable_by_its_owner_only(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_backup_of_another_ledger_is_refused(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "salt").write_text("the salt of another ledger")
    with pytest.raises(ConfigurationError, match="another salt is in force"):
        restore(Settings(home=tmp_path / "other"), kept)
    assert not (tmp_path / "other" / "ledger.sqlite").exists()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.tar.gz").write_bytes(b"not a backup")
    with pytest.raises(ConfigurationError, match="no backup of Escucha"):
        restore(Settings(home=tmp_path / "new"), tmp_path / "photo.tar.gz")


def test_without_a_ledger_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        backup(Settings(home=tmp_path), tmp_path / "escucha.tar.gz")
