"""Erasure and objection outlive a restore, a kill, collecting again, a replay and other settings: with a real source and home."""

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from core.errors import ConfigurationError, LedgerMismatchError
from escucha.backup import backup as keep
from ledger import read, reconciliation
from ledger.retention.suppression_journal import Journal
from pipeline import all_steps as steps
from pipeline.context import Context, open_context
from pipeline.privacy import data_subject, erase
from tests.support.deployment import environment, escucha, write_profile
from tests.support.killing import killed_at

ANA, LUIS = "author-ana", "author-luis"


class Town:
    """A home that reads an archive of posts by Ana and Luis."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.posts = folder, folder / "posts.jsonl"
        self.settings = Settings(home=folder / "home", backup_key=SecretStr("a passphrase for tests, long enough"))
        self.profile = write_profile(folder, self.posts)

    def write(self, *posts: tuple[int, str]) -> None:
        """Posts by number and author, a minute apart."""
        lines = (
            {"id": str(n), "author": who, "text": f"Farola fundida ({n})", "created_at": f"2026-11-20T10:{n:02d}:00Z"} for n, who in posts
        )
        self.posts.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")

    def collect(self, *posts: tuple[int, str]) -> None:
        if posts:
            self.write(*posts)
        with open_context(self.profile, self.settings) as context:
            steps.collect(context)

    def there(self) -> list[int]:
        """Numbers of the posts that the ledger has; every balance holds, the line of the suppressed authors among them."""
        with open_context(self.profile, self.settings) as context:
            lines = reconciliation.balance_sheet(context.ledger, None)
            assert [line for line in lines if line.ok is False] == []
            return sorted(int(fact.text.split("(")[1][:-1]) for fact in read.post_records(context.ledger))

    def rejected(self) -> Counter[str]:
        with open_context(self.profile, self.settings) as context:
            return Counter(read.sources(context.ledger)[0].rejected)

    def ask(self, what: str, who: str) -> dict[str, object]:
        with open_context(self.profile, self.settings) as context:
            return dict(getattr(data_subject, what)(context, f"archive:{who}"))

    def backup(self) -> Path:
        keep.backup(self.settings, self.folder / "escucha.backup")
        return self.folder / "escucha.backup"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path)
    made.collect((1, ANA), (2, LUIS), (3, ANA), (4, ANA), (5, LUIS))
    return made


def test_what_was_erased_after_the_backup_is_not_back_after_the_restore(town: Town) -> None:
    """The review's own steps: backup, erase, restore. 3 of 3 posts were back."""
    backup = town.backup()
    with open_context(town.profile, town.settings) as context:
        assert erase.erase_author(context, f"archive:{ANA}") == {"erased": 3}
    keep.restore(town.settings, backup)
    files = list((town.folder / "home").glob("ledger.sqlite*"))
    assert [file.name for file in files if b"fundida (3)" in file.read_bytes()] == []
    assert town.there() == [2, 5]
    town.collect()
    assert town.there() == [2, 5]


def test_a_post_that_came_and_was_erased_after_the_backup_is_not_collected_again(town: Town) -> None:
    """The restored cursor is older: the source delivers the post once more, and the backup has no stub of it."""
    backup = town.backup()
    town.collect((1, ANA), (2, LUIS), (3, ANA), (4, ANA), (5, LUIS), (6, LUIS))
    assert town.there() == [1, 2, 3, 4, 5, 6]
    town.ask("erase", LUIS)
    keep.restore(town.settings, backup)
    town.collect()
    assert town.there() == [1, 3, 4]
    assert town.rejected()["erased"] >= 1
    town.collect((7, LUIS), (8, ANA))
    assert town.there() == [1, 3, 4, 7, 8], "who was erased and did not object is heard again"


def test_an_objection_survives_collecting_a_restore_a_replay_and_other_settings_of_the_source(town: Town) -> None:
    backup = town.backup()
    receipt = town.ask("object_to", ANA)
    assert (receipt["action"], receipt["posts_erased"]) == ("object", 3)
    town.collect((1, ANA), (6, ANA), (7, LUIS))
    assert town.there() == [2, 5, 7]
    assert town.rejected()["objected"] == 2
    keep.restore(town.settings, backup)
    assert town.there() == [2, 5]
    town.collect()
    assert town.there() == [2, 5, 7]
    # the same messages in a file of another name, played again as if they came in now
    renamed = town.folder / "renamed.jsonl"
    town.write((10, ANA), (11, LUIS))
    town.posts.rename(renamed)
    town.profile = write_profile(town.folder, renamed, archive="replay = true")
    town.collect()
    assert town.there() == [2, 5, 7, 11]


def test_a_withdrawn_objection_lets_new_posts_in_and_no_old_ones(town: Town) -> None:
    town.ask("object_to", ANA)
    assert town.ask("withdraw", ANA)["objection_was_there"] is True
    assert town.ask("withdraw", ANA)["objection_was_there"] is False
    town.collect((1, ANA), (6, ANA))
    assert town.there() == [2, 5, 6]


def as_before_there_were_journals(settings: Settings) -> None:
    """Leave the home as an Escucha without journals made it: no file, and a ledger that knows of none."""
    settings.journal.unlink()
    with closing(sqlite3.connect(settings.home / "ledger.sqlite")) as connection, connection:
        gone = connection.execute("DELETE FROM meta WHERE name LIKE 'journal%'").rowcount
    assert gone > 0


def test_a_ledger_from_before_there_were_journals_opens_and_begins_one(town: Town) -> None:
    town.ask("object_to", ANA)
    as_before_there_were_journals(town.settings)
    assert town.there() == [2, 5]
    journal = Journal(town.settings.journal, town.settings.salt_bytes())
    begun = Counter(entry.act for _, entry in journal.read(0, journal.size()))
    assert begun == {"object": 1, "post": 3}
    town.settings.journal.unlink()  # from now on it is the ledger's own, and missed
    with pytest.raises(LedgerMismatchError, match="the suppression journal of this ledger is missing"):
        town.there()


def test_a_ledger_from_before_there_were_journals_says_itself_what_was_erased(town: Town) -> None:
    as_before_there_were_journals(town.settings)
    backup = town.backup()
    town.ask("object_to", ANA)
    as_before_there_were_journals(town.settings)
    keep.restore(town.settings, backup)
    assert town.there() == [2, 5]


def test_a_journal_that_was_begun_anew_is_not_taken_for_the_one_of_the_backup(town: Town) -> None:
    """On a new machine any command makes an empty journal; it knows nothing of what was erased."""
    backup = town.backup()
    keep.backup_salt(town.settings, town.folder / "salt.txt")
    town.ask("erase", ANA)
    fresh = town.settings.model_copy(update={"home": town.folder / "new"})
    fresh.home.mkdir()
    shutil.copy(town.folder / "salt.txt", fresh.home / "salt")
    with open_context(town.profile, fresh):
        pass
    with pytest.raises(ConfigurationError, match="another one than the backup's"):
        keep.restore(fresh, backup)
    shutil.copy(town.settings.journal, fresh.journal)
    keep.restore(fresh, backup)
    town.settings = fresh
    assert town.there() == [2, 5]


def test_an_older_copy_of_the_journal_gets_back_what_the_ledger_knows(town: Town) -> None:
    with open_context(town.profile, town.settings):
        older = town.settings.journal.read_bytes()
    backup = town.backup()
    town.ask("erase", ANA)
    town.settings.journal.write_bytes(older)
    with open_context(town.profile, town.settings):  # any command
        pass
    keep.restore(town.settings, backup)
    assert town.there() == [2, 5]


def cut_to_its_header(journal: Path) -> None:
    """What a file system that was repaired, or a careless hand, leaves of a journal."""
    with journal.open("r+b") as file:
        file.readline()
        file.truncate(file.tell())


def test_a_journal_cut_to_its_header_is_seen_before_an_older_backup_comes_back(town: Town) -> None:
    """The review's own steps: 4 of 4 erased people came back in silence. The ledger in force knows how long its journal was."""
    backup = town.backup()
    town.ask("erase", ANA)
    cut_to_its_header(town.settings.journal)
    before = (town.settings.home / "ledger.sqlite").read_bytes()
    with pytest.raises(ConfigurationError) as refused:
        keep.restore(town.settings, backup)
    said = str(refused.value)
    assert "has 0 entries and was cut or replaced" in said
    assert f"the ledger in force ({town.settings.home / 'ledger.sqlite'}) knew more of it" in said
    assert "suppressions-" in said
    assert "WITHOUT_JOURNAL=1" in said
    assert (town.settings.home / "ledger.sqlite").read_bytes() == before
    keep.restore(town.settings, backup, without_journal=True)  # a person's word: what the ledger in force knows is kept
    assert town.there() == [2, 5]


def test_a_newer_backup_knows_how_long_the_journal_was_when_the_ledger_is_lost(town: Town) -> None:
    older = town.backup().rename(town.folder / "older.backup")
    town.ask("erase", ANA)
    newer = town.backup().rename(town.folder / "newer.backup")
    cut_to_its_header(town.settings.journal)
    for file in town.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    with pytest.raises(ConfigurationError, match=r"has 0 entries and was cut or replaced") as refused:
        keep.restore(town.settings, older)
    assert f"the backup {newer} knew 4 entries, the newest of 20" in str(refused.value)


def test_the_timers_copy_knows_how_long_the_journal_was_when_the_ledger_is_lost_too(town: Town) -> None:
    """Whoever lost a disk puts back what is old of both: three erased posts came back in silence."""
    backup = town.backup()
    town.ask("erase", ANA)
    copy = Journal(town.settings.journal, town.settings.salt_bytes()).copy_in(backup.parent).path
    copy.write_bytes(town.settings.journal.read_bytes())
    cut_to_its_header(town.settings.journal)
    for file in town.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    with pytest.raises(ConfigurationError, match=f"has 0 entries and was cut or replaced: its copy {copy} knew 4 entries") as refused:
        keep.restore(town.settings, backup)
    assert not (town.settings.home / "ledger.sqlite").exists()
    assert "ESCUCHA_SUPPRESSIONS" in str(refused.value)


def test_a_journal_that_was_cut_and_grew_again_is_seen_too(town: Town) -> None:
    """As many bytes as before, but other lines: what an hour of work with a cut file makes."""
    backup = town.backup()
    town.ask("erase", ANA)
    lines = town.settings.journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 5
    subjects = [json.loads(line)["subject"].encode() for line in lines[1:]]
    others = [line.replace(one, one[::-1]) for line, one in zip(lines[1:], subjects, strict=True)]
    town.settings.journal.write_bytes(b"".join([lines[0], *others]))
    with pytest.raises(ConfigurationError, match="was cut or replaced"):
        keep.restore(town.settings, backup)


def test_a_lost_journal_is_replaced_by_a_word_of_a_person_and_both_sides_know_all_then(town: Town) -> None:
    """A journal of another home is no journal of this ledger, until somebody says that there is no other."""
    town.ask("object_to", ANA)
    other = town.folder / "other.jsonl"
    journal = Journal(other, town.settings.salt_bytes())
    assert journal.make([])
    env = environment(town.settings.home, town.profile, ESCUCHA_SUPPRESSIONS=str(other))
    refused = escucha("collect", env=env, check=False)
    assert (refused.returncode, b"escucha rebind --journal" in refused.stderr) == (2, True)
    said = escucha("rebind", "--journal", env=env).stdout.decode()
    assert said == f"the suppression journal of the ledger is {other} now\n"
    assert {entry.act for _, entry in journal.read(0, journal.size())} == {"object", "post"}
    escucha("collect", env=env)


def test_a_restore_says_how_much_the_journal_has_and_how_new_it_is(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    backup = town.backup()
    town.ask("erase", ANA)
    with caplog.at_level("INFO"):
        keep.restore(town.settings, backup)
    (said,) = [line for line in caplog.messages if "the suppression journal" in line and "entries, the newest of" in line]
    assert f"{town.settings.journal} has 4 entries, the newest of 20" in said


def test_in_an_empty_home_a_backup_is_not_restored_without_the_journal(town: Town) -> None:
    backup = town.backup()
    keep.backup_salt(town.settings, town.folder / "salt.txt")
    town.ask("object_to", ANA)
    empty = town.settings.model_copy(update={"home": town.folder / "new"})
    with pytest.raises(ConfigurationError, match=r"no suppression journal at .*ESCUCHA_SUPPRESSIONS"):
        keep.restore(empty, backup, town.folder / "salt.txt")
    assert list((town.folder / "new").iterdir()) == []
    elsewhere = town.folder / "elsewhere.jsonl"
    shutil.copy(town.settings.journal, elsewhere)
    keep.restore(empty.model_copy(update={"suppressions": str(elsewhere)}), backup, town.folder / "salt.txt")
    town.settings = empty.model_copy(update={"suppressions": str(elsewhere)})
    assert town.there() == [2, 5]
    assert not (empty.home / "suppressions.jsonl").exists()


@pytest.mark.parametrize("point", ["restore.checked", "suppress.applied", "restore.caught_up", "restore.put"])
@pytest.mark.slow
def test_a_kill_in_a_restore_leaves_the_old_ledger_or_the_new_one_and_nobody_erased_in_either(point: str, town: Town) -> None:
    backup = town.backup()
    town.ask("object_to", ANA)
    assert killed_at(f"{point}:1", lambda: keep.restore(town.settings, backup))
    assert town.there() == [2, 5]
    keep.restore(town.settings, backup)
    assert town.there() == [2, 5]


@pytest.mark.parametrize("point", ["backup.copied", "backup.sealed"])
def test_a_kill_in_a_backup_leaves_the_backup_before_it(point: str, town: Town) -> None:
    backup = town.backup()
    before = backup.read_bytes()
    assert killed_at(f"{point}:1", town.backup)
    assert backup.read_bytes() == before


def test_no_step_opens_a_ledger_that_is_behind_its_journal(town: Town) -> None:
    """Put back by hand, without `make restore`: whatever opens the house next catches up first."""
    old = town.folder / "old.sqlite"
    shutil.copy(town.settings.home / "ledger.sqlite", old)
    town.ask("object_to", ANA)
    for file in town.settings.home.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(old, town.settings.home / "ledger.sqlite")

    def seen(context: Context) -> int:
        return read.count_posts(context.ledger)

    with open_context(town.profile, town.settings) as context:
        assert seen(context) == 2
