"""Write to the ledger, which the ledger's own functions do alone.

The desk, the portal and all other rooms hold a `Ledger`, which reads; an import contract keeps them, and `ledger.read`, from this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from core.runtime.failpoints import failpoint
from ledger.database import Ledger
from ledger.database.errors import translate_errors
from ledger.system import audit_chain


@contextmanager
def writing(ledger: Ledger, journal: bool = True) -> Iterator[Connection]:
    """Run one write transaction.

    Without `journal` its erasures are not written to the suppression journal.
    """
    engine = engine_of(ledger)
    options = {"writes": True, audit_chain.KEY: ledger.audit_key, "journal": ledger.journal if journal else None}
    with translate_errors(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
        failpoint("ledger.commit")
    failpoint("ledger.committed")


def engine_of(ledger: Ledger) -> Engine:
    """Return the database itself, for what no transaction can do."""
    return ledger._engine
