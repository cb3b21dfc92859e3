"""Erasure and objection outlive a restore, a kill, collecting again, a replay and other settings: with a real source and home."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from core.errors import ConfigurationError
from escucha.backup import backup as keep
from ledger import read, reconciliation
from pipeline import all_steps as steps
from pipeline.context import Context, open_context
from pipeline.privacy import data_subject, erase
from tests.support.deployment import write_profile
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
            {"id": str(n), "author": who, "text": f"Farola fundida ({n})", "created_at": f"2026-11-20T10:{n:02d}:00Z"}
            for n, who in posts
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


def test_a_ledger_from_before_there_were_journals_says_itself_what_was_erased(town: Town) -> None:
    town.settings.journal.unlink()
    backup = town.backup()
    town.ask("object_to", ANA)
    town.settings.journal.unlink()
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
def test_a_kill_in_a_restore_leaves_the_old_ledger_or_the_new_one_and_nobody_erased_in_either(
    point: str, town: Town
) -> None:
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
