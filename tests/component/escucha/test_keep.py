"""Backup and restore: encrypted, the salt apart, whole or refused; what was there is there again, and the engine is filled anew."""

import json
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, inspect, text

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.privacy.encrypted_file import CHUNK, EncryptedFileError, decrypt, encrypt
from escucha.backup import backup as keep
from escucha.backup.backup import backup, restore
from ledger import indexing, read
from ledger.database import backup as keeping, open_ledger
from ledger.database.writing import writing
from ledger.retention.suppression_journal import Journal
from tests.support.deployment import ROOT
from tests.support.seeded import SALT, open_seeded

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = SecretStr("a passphrase for tests, long enough")


def settings(home: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": home, "backup_key": KEY} | more)


def seeded(home: Path) -> Settings:
    """A home with twelve posts, its salt in its file."""
    context = open_seeded(home, 12, NOW)
    context.ledger.close()
    (home / "salt").write_bytes(SALT)
    return settings(home)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of twelve posts, the salt beside it in a file of its own."""
    old = seeded(tmp_path / "old")
    backup(old, tmp_path / "escucha.backup")
    keep.backup_salt(old, tmp_path / "salt.txt")
    return tmp_path / "escucha.backup"


def test_a_restored_ledger_has_every_post_and_case_and_its_engine_is_filled_anew(kept: Path, tmp_path: Path) -> None:
    new = settings(tmp_path / "new")
    restore(new, kept, tmp_path / "salt.txt", without_journal=True)
    assert new.salt_bytes() == SALT
    old_ledger = open_ledger(Settings(home=tmp_path / "old").ledger, SALT)
    new_ledger = open_ledger(new.ledger, SALT)
    assert list(read.post_records(new_ledger)) == list(read.post_records(old_ledger))
    assert list(read.case_records(new_ledger)) == list(read.case_records(old_ledger))
    assert indexing.marker(new_ledger)[0] == indexing.marker(old_ledger)[0]
    assert indexing.marker(new_ledger)[1] > indexing.marker(old_ledger)[1]
    old_ledger.close()
    new_ledger.close()
    assert (new.home / "ledger.sqlite").stat().st_mode & 0o777 == 0o600
    assert (new.home / "salt").stat().st_mode & 0o777 == 0o600


def test_a_backup_holds_neither_words_nor_salt_and_is_readable_by_its_owner_only(kept: Path, tmp_path: Path) -> None:
    content = kept.read_bytes()
    assert b"SQLite format" not in content
    assert b"contenedores" not in content
    assert SALT not in content
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "salt.txt").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "old").iterdir() if path.name.startswith("scratch")] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[: len(b) // 2], "cut short or changed"),
        (lambda b: b[:-1], "cut short or changed"),
        (lambda b: b + b"x", "cut short or changed"),
        (lambda b: b[:-40] + bytes([b[-40] ^ 1]) + b[-39:], "cut short or changed"),
        (lambda b: b.replace(b'"kind": "sqlite"', b'"kind": "SQLITE"'), "cut short or changed"),
        (lambda b: b[:12], "not a backup of Escucha"),
        (lambda b: b[:60], "beginning is damaged"),
        (lambda b: b"", "not a backup of Escucha"),
        (lambda b: b"\x1f\x8b not one either", "not a backup of Escucha"),
    ],
    ids=["half", "a byte less", "a byte more", "a bit", "header", "magic cut", "header cut", "empty", "another file"],
)
def test_what_is_not_the_whole_backup_is_refused_and_the_ledger_in_force_stays(
    kept: Path, tmp_path: Path, change: "object", words: str
) -> None:
    kept.write_bytes(change(kept.read_bytes()))  # type: ignore[operator]
    before = (tmp_path / "old" / "ledger.sqlite").read_bytes()
    with pytest.raises(ConfigurationError, match=words):
        restore(settings(tmp_path / "old"), kept)
    assert (tmp_path / "old" / "ledger.sqlite").read_bytes() == before
    with pytest.raises(ConfigurationError, match=words):
        restore(settings(tmp_path / "new"), kept, tmp_path / "salt.txt", without_journal=True)
    assert list((tmp_path / "new").iterdir()) == []


def test_another_key_no_key_and_a_short_key_are_told_apart(kept: Path, tmp_path: Path) -> None:
    wrong = {"another key": "another passphrase, long too", "openssl rand": None, "5 bytes": "short"}
    for words, given in wrong.items():
        key = None if given is None else SecretStr(given)
        with pytest.raises(ConfigurationError, match=words):
            restore(settings(tmp_path / "new", backup_key=key), kept, without_journal=True)
    with pytest.raises(ConfigurationError, match="backups are encrypted"):
        backup(settings(tmp_path / "old", backup_key=None), tmp_path / "other.backup")
    assert not (tmp_path / "other.backup").exists()


def test_the_key_may_stand_in_a_file(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY.get_secret_value()}\n")
    by_file = settings(tmp_path / "new", backup_key=None, backup_key_file=str(tmp_path / "key"))
    restore(by_file, kept, tmp_path / "salt.txt", without_journal=True)
    assert (by_file.home / "ledger.sqlite").exists()
    with pytest.raises(ConfigurationError, match="BACKUP_KEY_FILE"):
        restore(settings(tmp_path / "n", backup_key=None, backup_key_file=str(tmp_path / "none")), kept)


def test_a_backup_does_not_bring_its_salt_and_a_wrong_one_is_refused(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not contain the salt"):
        restore(settings(tmp_path / "new"), kept, without_journal=True)
    (tmp_path / "wrong").write_text("the salt of another ledger")
    with pytest.raises(ConfigurationError, match="belongs to another ledger"):
        restore(settings(tmp_path / "new"), kept, tmp_path / "wrong", without_journal=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "salt").write_text("the salt of another ledger")
    with pytest.raises(ConfigurationError, match="another salt is set"):
        restore(settings(tmp_path / "other"), kept, tmp_path / "salt.txt")
    assert not (tmp_path / "other" / "ledger.sqlite").exists()
    with pytest.raises(ConfigurationError, match="never overwritten"):
        keep.backup_salt(settings(tmp_path / "old"), tmp_path / "salt.txt")


def test_a_backup_of_an_older_escucha_is_restored_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old = seeded(tmp_path / "old")
    keeping.copy_to(old.ledger, tmp_path / "ledger")
    (tmp_path / "salt").write_bytes(SALT)
    (tmp_path / "backup.json").write_text(json.dumps({"kind": "sqlite", "made_at": NOW.isoformat()}))
    with tarfile.open(tmp_path / "old.tar.gz", "w:gz") as tar:
        for name in ("backup.json", "ledger", "salt"):
            tar.add(tmp_path / name, arcname=name)
    restore(settings(tmp_path / "new", backup_key=None), tmp_path / "old.tar.gz", without_journal=True)
    assert "is not encrypted" in caplog.text
    ledger = open_ledger(settings(tmp_path / "new").ledger, SALT)
    assert read.count_posts(ledger) == 12
    ledger.close()


def test_scheduled_backups_are_named_by_their_time_and_old_ones_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = seeded(tmp_path / "old")
    old = old.model_copy(update={"backup_folder": str(tmp_path / "backups"), "backup_keep_days": 3})
    journal = Journal(old.journal, SALT)
    assert journal.make([])
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "notes.backup").write_text("not ours")
    monkeypatch.setattr(keep, "ALWAYS_KEPT", 2)
    for day in range(6):
        moment = NOW + timedelta(days=day)
        monkeypatch.setattr(keep, "now", lambda moment=moment: moment)
        keep.scheduled(old)
    names = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert names == [f"escucha-202611{day}T120000Z.backup" for day in (26, 27, 28, 29)] + [
        "notes.backup",
        f"suppressions-{journal.identify()}.jsonl",
    ]
    note = keep.last_backup(old)
    before = len(names)
    assert note is not None
    assert (note.at, note.file.endswith("29T120000Z.backup")) == (NOW + timedelta(days=5), True)
    monkeypatch.setattr(keep, "ALWAYS_KEPT", 7)
    monkeypatch.setattr(keep, "now", lambda: NOW + timedelta(days=400))  # one wrong clock takes none of the newest
    keep.scheduled(old)
    assert len(list((tmp_path / "backups").iterdir())) == before + 1
    with pytest.raises(ConfigurationError, match="ESCUCHA_BACKUP_FOLDER"):
        keep.scheduled(settings(tmp_path / "old"))


def test_without_a_ledger_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        backup(settings(tmp_path, salt=SecretStr(SALT.decode())), tmp_path / "escucha.backup")
    for act in (backup, keep.backup_salt):
        with pytest.raises(ConfigurationError, match="nothing to back up"):
            act(settings(tmp_path), tmp_path / "escucha.backup")
    assert not (tmp_path / "salt").exists()
    assert keep.last_backup(settings(tmp_path)) is None


def test_the_command_says_what_to_give(tmp_path: Path) -> None:
    for arguments, words in ((("backup", ""), "make backup FILE="), (("restore", "nowhere"), "file not found")):
        done = subprocess.run(
            [sys.executable, "-m", "escucha.backup", *arguments],
            env=os.environ | {"ESCUCHA_HOME": str(tmp_path), "ESCUCHA_BACKUP_KEY": KEY.get_secret_value()},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("size", "fill"),
    [*((size, "random") for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK)), (CHUNK, "zeros"), (3 * CHUNK, "zeros")],
)
def test_every_size_comes_back_and_every_cut_is_noticed(size: int, fill: str, tmp_path: Path) -> None:
    plain, sealed, back = tmp_path / "plain", tmp_path / "sealed", tmp_path / "back"
    plain.write_bytes(os.urandom(size) if fill == "random" else bytes(size))
    with plain.open("rb") as source, sealed.open("wb") as target:
        encrypt(source, target, {"kind": "test"}, b"passphrase")
    with sealed.open("rb") as source, back.open("wb") as target:
        assert decrypt(source, target, b"passphrase") == {"kind": "test"}
    assert back.read_bytes() == plain.read_bytes()
    whole = sealed.read_bytes()
    cuts = {len(whole) - 1, len(whole) // 2, whole.index(b"}\n") + 2}
    cuts |= {whole.index(b"}\n") + 2 + n * (CHUNK + 16) for n in range(1, 4)}
    for cut in (cut for cut in cuts if cut < len(whole)):
        sealed.write_bytes(whole[:cut])
        with sealed.open("rb") as source, back.open("wb") as target, pytest.raises(EncryptedFileError):
            decrypt(source, target, b"passphrase")


@pytest.mark.slow
def test_memory_stays_flat_however_large_the_ledger_is(tmp_path: Path) -> None:
    """120 MB that do not compress, and 120 MB that compress a thousandfold, in a process of its own."""
    program = """
import re, sys
from pathlib import Path
from core.privacy.encrypted_file import decrypt, encrypt
folder = Path(sys.argv[1])
for name in ("random", "zeros"):
    with (folder / name).open("rb") as source, (folder / "sealed").open("wb") as target:
        encrypt(source, target, {}, b"passphrase")
    with (folder / "sealed").open("rb") as source, (folder / "back").open("wb") as target:
        decrypt(source, target, b"passphrase")
    assert (folder / name).stat().st_size == (folder / "back").stat().st_size
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
    with (tmp_path / "random").open("wb") as file:
        for _ in range(120):
            file.write(os.urandom(1 << 20))
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(120 << 20)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 110_000  # kB; Python and its imports, 32 MB of scrypt, a few chunks


def test_postgresql_is_backed_up_and_restored_and_what_was_erased_since_is_not_back(tmp_path: Path, own_database: str) -> None:
    from ledger.retention import objections, suppressions
    from ledger.retention.suppression_journal import Journal
    from tests.support.ledger_facts import SALT as LEDGER_SALT, arrive, emptied, post

    salt = SecretStr(LEDGER_SALT.decode())
    server = settings(tmp_path / "home", ledger_url=emptied(own_database), salt=salt)
    server.home.mkdir()
    ledger = open_ledger(server.ledger, LEDGER_SALT, journal=Journal(server.journal, LEDGER_SALT))
    suppressions.catch_up(ledger)
    arrive(ledger, [post(n) for n in range(1, 8)])
    backup(server, tmp_path / "escucha.backup")
    assert objections.object_author(ledger, post(1).author or "", NOW) == 3
    ledger.close()
    restore(server, tmp_path / "escucha.backup")
    again = open_ledger(server.ledger, LEDGER_SALT)
    assert sorted(fact.post_id for fact in read.post_records(again)) == sorted(post(n).post_id for n in (2, 3, 5, 6))
    again.close()


@pytest.mark.parametrize(("revision", "said"), [("0030", r"between Escucha 0\.2 and 0\.3"), ("0.9", "made by a newer Escucha")])
def test_a_backup_that_this_version_does_not_open_replaces_nothing_on_a_server(
    tmp_path: Path, own_database: str, revision: str, said: str
) -> None:
    """The server's tables were gone before the ledger of the backup was refused."""
    from tests.support.ledger_facts import SALT as LEDGER_SALT, arrive, emptied, post

    server = settings(tmp_path / "home", ledger_url=emptied(own_database), salt=SecretStr(LEDGER_SALT.decode()))
    server.home.mkdir()
    ledger = open_ledger(server.ledger, LEDGER_SALT, journal=Journal(server.journal, LEDGER_SALT))
    arrive(ledger, [post(n) for n in range(1, 4)])
    with writing(ledger) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    backup(server, tmp_path / "old.backup")
    with writing(ledger) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0.3'"))
    ledger.close()
    with pytest.raises(ConfigurationError, match=said):
        restore(server, tmp_path / "old.backup")
    again = open_ledger(server.ledger, LEDGER_SALT)
    assert len(list(read.post_records(again))) == 3
    again.close()


def test_a_copy_of_fewer_tables_replaces_a_ledger_whose_tables_refer_to_them(tmp_path: Path, own_database: str) -> None:
    """The way back to an older version: `pg_restore --clean` failed at the first newer table."""
    from tests.support.ledger_facts import SALT as LEDGER_SALT, arrive, emptied, post

    url = emptied(own_database)
    ledger = open_ledger(url, LEDGER_SALT)
    arrive(ledger, [post(1)])
    with writing(ledger) as connection:
        connection.execute(text("DROP TABLE receipts, annotations CASCADE"))
        connection.execute(text("CREATE TABLE councils_own (id INTEGER)"))
    keeping.copy_to(url, tmp_path / "ledger")
    with writing(ledger) as connection:
        connection.execute(text("DROP TABLE councils_own"))
        connection.execute(text("CREATE TABLE receipts (post_id VARCHAR REFERENCES posts (post_id))"))
        connection.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
    ledger.close()
    keeping.check_copy(url, tmp_path / "ledger", "postgresql")
    for _ in range(2):
        keeping.restore_copy(url, tmp_path / "ledger", "postgresql")
        assert not (tmp_path / "ledger.sql").exists()
    engine = create_engine(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    assert ({"posts", "councils_own", "somebody_elses"} <= tables, {"receipts", "annotations"} & tables) == (True, set())


pytest_plugins = ("tests.support.ledger_fixtures",)
