"""Keep the ledger up with its suppression journal.

Write-ahead: the journal first, then the ledger. A ledger that is behind its journal (restored, or its writer was killed) catches up
before anything else uses it, so a crash at any moment loses no suppression.
"""

import logging
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from core.errors import EscuchaError, LedgerMismatchError
from core.runtime.failpoints import failpoint
from ledger import schema
from ledger.citizens.contacts import drop_contacts
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK, chunks
from ledger.retention import objections
from ledger.retention.forget import RETENTION, forget_author, forget_upstream
from ledger.retention.suppression_journal import Journal, JournalEntry, JournalState

log = logging.getLogger("escucha")

APPLIED, END = "journal", "journal-end"
"""Names in `meta`, each with the journal's id: how far it was applied, and how long it was and how it ended when it was last looked at."""
ID = "journal-id"
"""Name in `meta`: the one journal of this ledger."""

ERASURES = ("erase", "subject_erase_begun")
"""Entries of the audit before an author, a post or an address is erased, whose subject it is."""
ERASED_CONTACT = "contact "
"""Prefix of the subject of an erased address."""

_table = schema.suppressions


def catch_up(ledger: Ledger, adopt: bool = False) -> int:
    """Apply the journal entries the ledger lacks; return how many.

    Creates a journal for a ledger that never had one. A ledger has one journal: a second one would know a part of the erasures, and a
    restore with it would bring back the others. `adopt`: the ledger's own is lost, use this one; what the ledger knows is appended.

    Raises:
        LedgerMismatchError: it is not the journal of this ledger, or that is missing.
    """
    journal = ledger.journal
    if journal is None:
        return 0
    if not adopt:
        _check_own(ledger, journal)
    bound = _meta(ledger, ID)
    if not journal.path.exists():
        if bound:  # first, so that a kill leaves no journal that is refused
            bound = ""
            _set_meta(ledger, ID, bound)
        if journal.make(_all_suppressions(ledger)):
            if _applied(ledger):
                log.warning(
                    "%s was missing and was rebuilt from the ledger. If the ledger was restored from a backup, restore the journal "
                    "and start again: erasures since the backup are only in the journal",
                    journal.path,
                )
            _set_meta(ledger, ID, journal.identify())
            _move_mark(ledger, journal, journal.size())
            return 0
    known = journal.identify()
    if bound != known:
        if set(_applied(ledger)) - {known}:
            _append_all(ledger, journal)
        _set_meta(ledger, ID, known)
    last = known_state(ledger, journal)
    mark, end = _mark(ledger, journal), journal.size()
    if mark > end or (last is not None and not journal.continues(last)):
        log.warning(
            "%s was cut or replaced: it had %s, it has %s. The ledger's suppressions are appended again",
            journal.path,
            last.describe() if last else f"{mark:,} bytes",
            JournalState(bytes=end).describe(),
        )
        _append_all(ledger, journal)
        _note_end(ledger, journal)
        mark, end = 0, journal.size()
    applied = 0
    for lines in chunks(journal.read(mark, end)):
        _apply(ledger, [entry for _, entry in lines])
        failpoint("suppress.applied")
        _move_mark(ledger, journal, lines[-1][0])
        applied += len(lines)
    return applied


def journal_problem(ledger: Ledger) -> str | None:
    """Return what is wrong with the journal, and write nothing.

    The next start would refuse or mend it. None: all is well.
    """
    journal = ledger.journal
    if journal is None:
        return None
    try:
        _check_own(ledger, journal)
        if not journal.path.exists():
            return None  # of a ledger that never had one: the next start makes it
        last = known_state(ledger, journal)
        if last is None or journal.continues(last):
            return None
        found = journal.state().describe()
    except EscuchaError as error:
        return str(error)
    except OSError as error:
        return f"the suppression journal {journal.path} cannot be read: {error.strerror}"
    return (
        f"{journal.path} was cut or replaced: it had {last.describe()}, it has {found}. Put back the whole file; the next start appends "
        "what the ledger knows"
    )


def _check_own(ledger: Ledger, journal: Journal) -> None:
    """Refuse a journal that is not the ledger's own, or is missing.

    Raises:
        LedgerMismatchError: says how to put it back, and how to accept its loss.
    """
    bound = _meta(ledger, ID)
    if not journal.path.exists():
        own = [bound] if bound else _applied(ledger)
        if own:
            raise _refusal(
                journal,
                own,
                f"the suppression journal of this ledger is missing: there is no file {journal.path}",
                "Put it back there, or set",
            )
    elif bound and bound != (found := journal.identify()):
        what = f"this ledger has another suppression journal than {journal.path}, which is {found}: its own is {bound}"
        raise _refusal(journal, [bound], what, "Set")


def _refusal(journal: Journal, own: Sequence[str], what: str, do: str) -> LedgerMismatchError:
    copies = ", ".join(f"suppressions-{one}.jsonl" for one in own)
    return LedgerMismatchError(
        f"{what}. It holds who must stay erased. {do} ESCUCHA_SUPPRESSIONS to the file, on every machine the same one, in a folder that "
        f"all of them reach (the timer keeps a copy beside the backups: {copies}). Only if it is lost for good: `escucha rebind --journal` "
        f"writes {journal.path} from what the ledger knows; repeat the erasures made since the last backup after any later restore"
    )


def _append_all(ledger: Ledger, journal: Journal) -> None:
    for some in chunks(_all_suppressions(ledger)):
        journal.append(some)


def _apply(ledger: Ledger, entries: list[JournalEntry]) -> None:
    """Apply journal entries; repeating it changes nothing."""
    posts: dict[tuple[str, str], list[JournalEntry]] = {}
    for entry in entries:
        if entry.act == "post":
            posts.setdefault((entry.source, entry.reason), []).append(entry)
    for (source, reason), some in posts.items():
        with writing(ledger, journal=False) as connection:
            forget_upstream(connection, source, [one.subject for one in some], some[-1].at, reason=reason)
    for entry in entries:
        if entry.act == "erase":
            forget_author(ledger, entry.subject, "erasure", entry.at, received_until=entry.at)
        elif entry.act == "contact":
            with writing(ledger) as connection:
                drop_contacts(connection, [entry.subject])
        elif entry.act != "post":
            objections.store(ledger, entry)
            if objections.objected_at(ledger, entry.subject) is not None:
                forget_author(ledger, entry.subject, objections.OBJECTION, entry.at)


def _all_suppressions(ledger: Ledger) -> Iterator[JournalEntry]:
    """Yield all suppressions of the ledger, for a new journal.

    Erasures of authors are in the audit, which names their pseudonyms; addresses that were erased leave no trace but receipts without
    one, so all of these are named.
    """
    tombstones, audit, receipts, contacts = schema.tombstones.c, schema.audit.c, schema.receipts.c, schema.contacts.c
    erased = select(audit.subject, audit.at).where(
        audit.what.in_(ERASURES), ~audit.subject.startswith(ERASED_CONTACT), audit.subject.not_in(select(tombstones.post_id))
    )
    no_address = select(receipts.number, receipts.at).where(receipts.number.not_in(select(contacts.number)))
    posts = select(tombstones.post_id, tombstones.source, tombstones.reason, tombstones.at).where(tombstones.reason != RETENTION)
    with ledger.read() as connection:
        for row in connection.execute(select(_table)):
            yield JournalEntry(act="object" if row.objects else "withdraw", subject=row.author, at=row.changed_at)
        for row in connection.execute(erased.order_by(audit.id)):
            yield JournalEntry(act="erase", subject=row.subject, at=row.at)
        for row in connection.execution_options(yield_per=CHUNK).execute(no_address):
            yield JournalEntry(act="contact", subject=row.number, at=row.at)
        for row in connection.execution_options(yield_per=CHUNK).execute(posts):
            yield JournalEntry(act="post", subject=row.post_id, at=row.at, source=row.source, reason=row.reason)


def note_end(ledger: Ledger) -> None:
    """Store how long the journal is and how it ends.

    So an older copy, or one that was cut, is detected.
    """
    journal = ledger.journal
    if journal is None or not journal.path.exists():
        return
    last = known_state(ledger, journal)
    if last is None or not last.end or last.bytes < journal.size():
        _note_end(ledger, journal)


def _note_end(ledger: Ledger, journal: Journal) -> None:
    found = journal.mark()
    _set_meta(ledger, _name(journal, END), f"{found.bytes} {found.end}")


def known_state(ledger: Ledger, journal: Journal) -> JournalState | None:
    """Return what the ledger last knew of this journal."""
    return state_of(_meta(ledger, _name(journal, END)))


def state_of(noted: str | None) -> JournalState | None:
    """Parse what a ledger notes of its journal in `meta`.

    >>> state_of("5120 0a1b2c3d4e5f6071").bytes
    5120
    """
    if noted is None:
        return None
    size, _, end = noted.partition(" ")
    return JournalState(bytes=int(size), end=end)


def _mark(ledger: Ledger, journal: Journal) -> int:
    """Return how far this ledger has applied this journal."""
    return int(_meta(ledger, _name(journal, APPLIED)) or 0)


def _applied(ledger: Ledger) -> list[str]:
    """Return the ids of the journals that this ledger has applied."""
    meta = schema.meta.c
    with ledger.read() as connection:
        found = connection.execute(select(meta.name).where(meta.name.startswith(f"{APPLIED} "))).scalars()
        return sorted(name.removeprefix(f"{APPLIED} ") for name in found)


def _move_mark(ledger: Ledger, journal: Journal, offset: int) -> None:
    """Move the mark; entries before it are applied whole.

    So appending alone never moves it.
    """
    _set_meta(ledger, _name(journal, APPLIED), str(offset))


def _meta(ledger: Ledger, name: str) -> str | None:
    meta = schema.meta.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(meta.value).where(meta.name == name)).scalar_one_or_none()
    return found


def _set_meta(ledger: Ledger, name: str, value: str) -> None:
    with writing(ledger) as connection:
        statement = insert(connection, schema.meta).values(name=name, value=value)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _name(journal: Journal, what: str) -> str:
    return f"{what} {journal.identify()}"
