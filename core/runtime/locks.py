"""Hold one lock for each town where a process serves several."""

from threading import Lock

_locks: dict[tuple[str, str], Lock] = {}


def lock_of(what: str, ledger_id: str) -> Lock:
    """Return the lock of one kind of work on one ledger.

    What runs for one town must not wait for another's.
    """
    return _locks.setdefault((what, ledger_id), Lock())
