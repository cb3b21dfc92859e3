"""Suppressions: who objects is refused at the door and counted, in whatever order objections, pages and journals come."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.plugins import ROOT
from core.errors import ConfigurationError, LedgerMismatchError, UnavailableError
from ledger import read, reconciliation, schema
from ledger.citizens import contacts, receipts
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from ledger.ingest import cursors, dedupe, store
from ledger.retention import forget, objections, suppressions
from ledger.retention.suppression_journal import Journal, JournalEntry
from ledger.system import audit
from tests.support.killing import killed_at
from tests.support.ledger_facts import NOW, SALT, arrive, opened_case, post, unbalanced, upstream_deleted

pytest_plugins = ("tests.support.ledger_fixtures",)
ANA = f"{1:032x}"
"""The author of posts 1, 4, 7 ..."""
SECOND = timedelta(seconds=1)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "suppressions.jsonl", SALT)


@pytest.fixture
def kept(url: str, ledger: Ledger, journal: Journal) -> Iterator[Ledger]:
    """The ledger with its journal, as `open_context` opens it."""
    opened = open_ledger(url, SALT, journal=journal)
    suppressions.catch_up(opened)
    yield opened
    opened.close()


def there(ledger: Ledger) -> list[str]:
    return sorted(fact.post_id for fact in read.post_records(ledger))


def ids(*numbers: int) -> list[str]:
    return sorted(post(n).post_id for n in numbers)


def test_who_objects_is_erased_and_refused_and_counted_with_a_reason_of_its_own(kept: Ledger) -> None:
    opened_case(kept, post(1), post(2), post(4))
    assert objections.object_author(kept, ANA, NOW) == 2
    run_id = cursors.begin_run(kept, "archive", NOW)
    counts = store.store_page(kept, run_id, "archive", [post(7), post(3), post(1)], [], {}, None, NOW)
    assert counts == store.Counts(stored=1, duplicate=0, updated=0, rejected=2, objected=2)
    assert there(kept) == ids(2, 3)
    assert read.sources(kept)[0].rejected == {"objected": 2}
    assert sorted(run.objected for run in read.runs(kept)) == [0, 2]
    assert unbalanced(kept) == []
    with kept.read() as connection:  # nothing is kept of a post that was refused
        assert post(7).post_id not in repr(connection.execute(schema.tombstones.select()).all())


def test_an_objection_is_withdrawn_and_made_again_whatever_the_clock_says(kept: Ledger) -> None:
    objections.object_author(kept, ANA, NOW)
    assert objections.objected_at(kept, ANA) == NOW
    assert objections.withdraw_objection(kept, ANA, NOW - SECOND)
    assert not objections.withdraw_objection(kept, ANA, NOW)
    arrive(kept, [post(1)])
    assert there(kept) == ids(1)
    assert objections.object_author(kept, ANA, NOW - 9 * SECOND) == 1
    assert objections.count_objections(kept) == 1
    arrive(kept, [post(4)])
    assert there(kept) == []


def test_verify_shows_a_post_of_an_author_who_objects(kept: Ledger) -> None:
    objections.object_author(kept, ANA, NOW)
    with writing(kept) as connection:
        connection.execute(schema.suppressions.update().values(objects=False))
    arrive(kept, [post(1)])
    assert unbalanced(kept) == []
    with writing(kept) as connection:
        connection.execute(schema.suppressions.update().values(objects=True))
    assert [(line.name, line.left) for line in unbalanced(kept)] == [(reconciliation.SUPPRESSED, 1)]


def test_the_journal_holds_keyed_hashes_is_private_and_knows_no_retention(kept: Ledger, journal: Journal) -> None:
    arrive(kept, [post(n) for n in range(1, 9)])
    forget.forget_older(kept, NOW - timedelta(hours=6, minutes=30), NOW)
    forget.erase_post(kept, post(2).post_id, "erasure", NOW)
    upstream_deleted(kept, "archive", [post(3).post_id, post(90).post_id], NOW)
    upstream_deleted(kept, "archive", [post(3).post_id, post(90).post_id], NOW)
    objections.object_author(kept, ANA, NOW)
    told = [(entry.act, entry.subject, entry.reason) for _, entry in journal.read(0, journal.size())]
    assert sorted(told) == sorted(
        [
            ("post", post(2).post_id, "erasure"),
            ("post", post(3).post_id, "upstream"),
            ("post", post(90).post_id, "upstream"),
            ("object", ANA, ""),
            ("post", post(1).post_id, "objection"),
            ("post", post(4).post_id, "objection"),
        ]
    )
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert b"Alcal" not in journal.path.read_bytes()


def test_a_ledger_of_before_catches_up_with_everything_that_was_erased_since(kept: Ledger, journal: Journal, tmp_path: Path) -> None:
    """The older ledger is another one here, which never heard of any of it: what a restore puts back."""
    arrive(kept, [post(n) for n in (1, 2, 3, 4, 5)])
    forget.erase_post(kept, post(2).post_id, "erasure", NOW)
    upstream_deleted(kept, "archive", [post(3).post_id, post(6).post_id], NOW)
    objections.object_author(kept, ANA, NOW)
    forget.erase_author(kept, f"{2:032x}", "erasure", NOW)
    older = open_ledger(f"sqlite:///{tmp_path / 'older.sqlite'}", SALT, journal=journal)
    arrive(older, [post(n) for n in (1, 2, 3, 4, 5)])
    assert suppressions.catch_up(older) > 0
    assert there(older) == []
    arrive(older, [post(n) for n in range(1, 9)])
    # 8 is of the author who was erased and did not object, and was not there then
    assert there(older) == ids(8)
    assert suppressions.catch_up(older) <= 3  # what the catching up itself wrote down
    assert suppressions.catch_up(older) == 0
    assert unbalanced(older) == []
    older.close()


def test_a_journal_that_is_read_out_of_order_ends_with_the_latest_word(kept: Ledger) -> None:
    for act, at in (("withdraw", NOW + SECOND), ("object", NOW), ("object", NOW - SECOND)):
        suppressions._apply(kept, [JournalEntry.model_validate({"act": act, "subject": ANA, "at": at})])
        assert objections.objected_at(kept, ANA) is None
    suppressions._apply(kept, [JournalEntry(act="object", subject=ANA, at=NOW + SECOND)])
    assert objections.objected_at(kept, ANA) == NOW + SECOND


def test_a_post_that_is_being_stored_while_the_objection_is_written_is_not_there_afterwards(
    url: str, kept: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has looked at the suppressions and not committed: the objection must wait for it, and see its post."""
    arrive(kept, [post(2)])
    looked, objected = threading.Event(), threading.Event()
    storing = open_ledger(url, SALT, journal=kept.journal)
    known = dedupe.find_known

    def slowly(*arguments: object) -> object:
        looked.set()
        objected.wait(1)  # on PostgreSQL the other thread is inside its transaction by now, or waits for ours
        return known(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "find_known", slowly)
    page = threading.Thread(target=arrive, args=(storing, [post(1)]))
    page.start()
    assert looked.wait(60)

    def object_now() -> None:
        objections.object_author(kept, ANA, NOW)
        objected.set()

    objecting = threading.Thread(target=object_now)
    objecting.start()
    page.join(120)
    objecting.join(120)
    assert not page.is_alive()
    assert not objecting.is_alive()
    assert there(kept) == ids(2)
    assert unbalanced(kept) == []
    storing.close()


def test_pages_and_objections_of_many_workers_end_with_no_post_of_who_objects(url: str, kept: Ledger) -> None:
    failed: list[BaseException] = []

    def work(n: int) -> None:
        mine = open_ledger(url, SALT, journal=kept.journal)
        try:
            for k in range(12):
                if n == 0:
                    objections.object_author(mine, f"{k % 3:032x}", NOW + k * SECOND)
                else:
                    arrive(mine, [post(1000 * n + 10 * k + j, source=f"s{n}") for j in range(9)], source=f"s{n}")
        except BaseException as error:  # told by the test
            failed.append(error)
        finally:
            mine.close()

    workers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert failed == []
    assert there(kept) == []
    assert unbalanced(kept) == []


ACTS: dict[str, Callable[[Ledger], object]] = {
    "object": lambda ledger: objections.object_author(ledger, ANA, NOW),
    "erase": lambda ledger: forget.erase_author(ledger, ANA, "erasure", NOW),
    "upstream": lambda ledger: upstream_deleted(ledger, "archive", [post(1).post_id, post(4).post_id, post(90).post_id], NOW),
}
POINTS = (
    *("journal.written:1", "journal.written:2", "suppress.written:1"),
    *(f"{name}:{n}" for n in range(1, 7) for name in ("ledger.commit", "ledger.committed")),
)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.slow
def test_a_kill_at_any_moment_loses_no_suppression(url: str, kept: Ledger, journal: Journal, act: str) -> None:
    """What stands in the journal is done when the ledger is opened next; of what does not, nothing was begun."""
    killed = 0
    for point in POINTS:
        emptied(kept, journal)
        arrive(kept, [post(n) for n in (1, 2, 3, 4, 5)])
        before = journal.size()
        killed += killed_at(point, lambda: _opened_anew(url, journal, act))
        told = [entry for _, entry in journal.read(before, journal.size())]
        gone = {entry.subject for entry in told if entry.act == "post"}
        if any(entry.act in ("object", "erase") for entry in told):
            gone |= {*ids(1, 4)}
        suppressions.catch_up(kept)
        assert there(kept) == [one for one in ids(1, 2, 3, 4, 5) if one not in gone], point
        objects = any(entry.act == "object" for entry in told)
        assert (objections.objected_at(kept, ANA) is not None) == objects, point
        ACTS[act](kept)  # asked for again
        arrive(kept, [post(1), post(4), post(7)])
        assert there(kept) == ids(2, 3, 5) if act == "object" else ids(2, 3, 5, 7), point
        assert unbalanced(kept) == [], point
    assert killed >= 3


def _opened_anew(url: str, journal: Journal, act: str) -> None:
    ledger = open_ledger(url, SALT, journal=journal)
    suppressions.catch_up(ledger)
    ACTS[act](ledger)


def emptied(ledger: Ledger, journal: Journal) -> None:
    """The same ledger and another journal, as on the first day."""
    with writing(ledger) as connection:
        for table in reversed(schema.metadata.sorted_tables):
            if table.name != "meta":
                connection.execute(table.delete())
        connection.execute(schema.meta.delete().where(schema.meta.c.name.like("journal %")))
    journal.path.unlink()
    suppressions.catch_up(ledger, adopt=True)


def test_what_a_killed_writer_left_half_written_is_cut_off(kept: Ledger, journal: Journal) -> None:
    objections.object_author(kept, ANA, NOW)
    whole = journal.size()
    with journal.path.open("ab") as file:
        file.write(b'{"act":"object","subject":"' + b"f" * 5000)
    assert journal.size() == whole
    assert suppressions.catch_up(kept) in (0, 1)
    objections.object_author(kept, f"{2:032x}", NOW)
    assert [entry.subject for _, entry in journal.read(0, journal.size()) if entry.act == "object"] == [ANA, f"{2:032x}"]


def test_a_damaged_journal_stops_everything_and_can_be_made_again_from_the_ledger(
    kept: Ledger, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    objections.object_author(kept, ANA, NOW)
    content = journal.path.read_bytes()
    journal.path.write_bytes(content.replace(b'"act"', b'"\x00ct"'))
    with pytest.raises(ConfigurationError, match="is damaged; restore an intact copy"):
        suppressions.catch_up(kept)
    journal.path.unlink()
    suppressions.catch_up(kept, adopt=True)  # `escucha rebind --journal`
    assert "was missing and was rebuilt from the ledger" in caplog.text
    assert [(entry.act, entry.subject) for _, entry in journal.read(0, journal.size())] == [("object", ANA)]


def test_a_journal_that_became_shorter_gets_back_what_the_ledger_knows(kept: Ledger, journal: Journal) -> None:
    short = journal.path.read_bytes()
    arrive(kept, [post(n) for n in (1, 2, 4)])
    objections.object_author(kept, ANA, NOW)
    forget.erase_post(kept, post(2).post_id, "erasure", NOW)
    suppressions.catch_up(kept)
    journal.path.write_bytes(short)
    suppressions.catch_up(kept)
    subjects = {entry.subject for _, entry in journal.read(0, journal.size())}
    assert subjects == {ANA, *ids(1, 2, 4)}


def test_a_ledger_has_one_journal_and_a_second_machine_with_its_own_is_refused(
    url: str, kept: Ledger, journal: Journal, tmp_path: Path
) -> None:
    """What was erased on one machine would be in its journal alone, and come back with a restore on the other."""
    elsewhere = Journal(tmp_path / "machine B" / "suppressions.jsonl", SALT)
    assert elsewhere.make([])
    second = open_ledger(url, SALT, journal=elsewhere)
    with pytest.raises(LedgerMismatchError, match=f"another suppression journal .*{journal.identify()}.*ESCUCHA_SUPPRESSIONS"):
        suppressions.catch_up(second)
    objections.object_author(kept, ANA, NOW)
    assert suppressions.catch_up(second, adopt=True) > 0, "a person's word: the other one is lost"
    assert [entry.subject for _, entry in elsewhere.read(0, elsewhere.size())] == [ANA]
    second.close()
    with pytest.raises(LedgerMismatchError, match=elsewhere.identify()):
        suppressions.catch_up(kept)


def test_a_ledger_whose_journal_is_missing_is_refused_and_none_is_made(url: str, kept: Ledger, journal: Journal, tmp_path: Path) -> None:
    """A wrong path, a second machine, a disk that is not mounted: a new journal would know a part of the erasures."""
    elsewhere = Journal(tmp_path / "machine B" / "suppressions.jsonl", SALT)
    second = open_ledger(url, SALT, journal=elsewhere)
    said = f"is missing: there is no file {elsewhere.path}.*Put it back.*every machine.*suppressions-{journal.identify()}.*rebind --journal"
    with pytest.raises(LedgerMismatchError, match=said):
        suppressions.catch_up(second)
    assert not elsewhere.path.exists()
    assert suppressions.journal_problem(kept) is None
    assert "is missing" in str(suppressions.journal_problem(second))
    suppressions.catch_up(second, adopt=True)  # `escucha rebind --journal`
    assert suppressions.journal_problem(second) is None
    assert elsewhere.identify() in str(suppressions.journal_problem(kept)), "its file is another journal now"
    second.close()


def test_a_ledger_from_before_journals_had_an_id_is_refused_too_when_its_journal_is_missing(kept: Ledger, journal: Journal) -> None:
    with writing(kept) as connection:
        connection.execute(schema.meta.delete().where(schema.meta.c.name == suppressions.ID))
    own = journal.identify()
    journal.path.unlink()
    with pytest.raises(LedgerMismatchError, match=f"is missing.*suppressions-{own}"):
        suppressions.catch_up(kept)


def test_a_journal_that_was_cut_is_told_without_mending_it(kept: Ledger, journal: Journal) -> None:
    short = journal.path.read_bytes()
    objections.object_author(kept, ANA, NOW)
    suppressions.catch_up(kept)
    suppressions.note_end(kept)
    journal.path.write_bytes(short)
    assert "was cut or replaced" in str(suppressions.journal_problem(kept))
    assert journal.path.read_bytes() == short


def test_a_journal_made_anew_has_the_erased_authors_and_addresses_that_the_ledger_knows_of(
    kept: Ledger, journal: Journal, tmp_path: Path
) -> None:
    """The older ledger has posts and an address that were erased since: what a restore after the loss puts back."""
    eva, number = f"{2:032x}", "7K3D9F012Q"
    arrive(kept, [post(1), post(2)])
    audit.log(kept, "operator", "subject_erase_begun", eva, "", NOW)
    forget.erase_author(kept, eva, "erasure", NOW)
    audit.log(kept, "operator", "erase", post(9).post_id, "", NOW)
    receipts.store_receipt(kept, post(1).post_id, number, NOW)
    contacts.store_contact(kept, number, "sealed", "hash", "es", NOW)
    contacts.erase_contact(kept, number, NOW)
    journal.path.unlink()
    suppressions.catch_up(kept, adopt=True)
    entries = [(entry.act, entry.subject) for _, entry in journal.read(0, journal.size())]
    assert ("erase", eva) in entries
    assert ("contact", number) in entries
    assert ("post", post(2).post_id) in entries

    older = open_ledger(f"sqlite:///{tmp_path / 'older.sqlite'}", SALT, journal=journal)
    arrive(older, [post(1), post(2), post(5)])
    receipts.store_receipt(older, post(1).post_id, number, NOW)
    contacts.store_contact(older, number, "sealed", "hash", "es", NOW)
    suppressions.catch_up(older)
    assert there(older) == ids(1), "post 5 is of the erased author, and the newer ledger never had it"
    assert read.contact(older, number=number) is None
    older.close()


def test_a_kill_between_a_new_journal_and_its_note_leaves_no_ledger_that_refuses_it(
    kept: Ledger, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    objections.object_author(kept, ANA, NOW)
    journal.path.unlink()
    noted = suppressions._set_meta

    def killed(ledger: Ledger, name: str, value: str) -> None:
        if name == suppressions.ID and value:
            raise KeyboardInterrupt
        noted(ledger, name, value)

    with monkeypatch.context() as patched:
        patched.setattr(suppressions, "_set_meta", killed)
        with pytest.raises(KeyboardInterrupt):
            suppressions.catch_up(kept, adopt=True)
    suppressions.catch_up(kept)
    assert {entry.subject for _, entry in journal.read(0, journal.size())} == {ANA}


def test_a_ledger_whose_machines_had_a_journal_each_keeps_the_first_that_is_opened_with_all_it_knows(
    kept: Ledger, journal: Journal
) -> None:
    """As older versions left it: marks of two journals, and what one of them knows is not in the other."""
    objections.object_author(kept, ANA, NOW)
    journal.path.unlink()
    assert journal.make([])
    with writing(kept) as connection:
        connection.execute(schema.meta.delete().where(schema.meta.c.name == "journal-id"))
    suppressions.catch_up(kept)
    assert [entry.subject for _, entry in journal.read(0, journal.size())] == [ANA]
    assert suppressions.catch_up(kept) == 0


def test_a_journal_of_another_salt_or_no_journal_at_all_is_refused(kept: Ledger, journal: Journal) -> None:
    other = Journal(journal.path, b"another salt, also 32 bytes long")
    with pytest.raises(LedgerMismatchError, match="made with another salt"):
        other.append([JournalEntry(act="object", subject=ANA, at=NOW)])
    journal.path.write_text("shopping list\n")
    with pytest.raises(ConfigurationError, match="not a suppression journal"):
        objections.object_author(kept, ANA, NOW)
    journal.path.unlink()
    with pytest.raises(UnavailableError, match="nothing was erased or refused"):
        objections.object_author(kept, ANA, NOW)
    assert objections.objected_at(kept, ANA) is None


def test_on_a_full_disk_nothing_is_half_written_and_nothing_half_erased(kept: Ledger, journal: Journal) -> None:
    """The kernel itself refuses the last bytes: RLIMIT_FSIZE, as a full disk does."""
    arrive(kept, [post(1)])
    objections.object_author(kept, f"{2:032x}", NOW)
    size = journal.size()
    program = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 20}, {size + 20}))
import sys
sys.path.insert(0, {str(ROOT)!r})
from datetime import UTC, datetime
from pathlib import Path
from ledger.retention.suppression_journal import Journal, JournalEntry
from ledger.system import audit
Journal(Path(sys.argv[1]), {SALT!r}).append([JournalEntry(act="object", subject="{ANA}", at=datetime.now(UTC))])
"""
    done = subprocess.run([sys.executable, "-c", program, str(journal.path)], capture_output=True, text=True)
    assert "cannot be written (File too large): nothing was erased" in done.stderr, done.stderr
    assert journal.path.stat().st_size == size
