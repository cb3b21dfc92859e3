"""Verify both sides of every balance of the ledger, and of the search engine where one runs."""

import logging

from core.errors import EscuchaError
from ledger import reconciliation
from ledger.database.health import check_whole
from pipeline.context import Context
from search.engine import NotRunningError, connect
from search.writer import document_ids

log = logging.getLogger("escucha")


def verify(context: Context) -> list[reconciliation.Balance]:
    """Both sides of every identity: nothing lost, nothing doubled, or the line that shows it. The ledger's file is looked at first."""
    check_whole(context.ledger)
    lines = _both_sides(context)
    if [line.name for line in lines if line.ok is False and line.right is not None] == [reconciliation.DOCUMENTS]:
        return _both_sides(
            context
        )  # the engine was asked a moment before the ledger: an index run may have come between
    return lines


def _both_sides(context: Context) -> list[reconciliation.Balance]:
    """An engine that runs and cannot be searched is a difference; an embedded one that does not run is not asked."""
    try:
        documents = document_ids(connect(context.settings, start_embedded=False))
    except NotRunningError:
        return reconciliation.balance_sheet(context.ledger, None)
    except EscuchaError as error:
        log.error("verify: %s", error)
        lines = reconciliation.balance_sheet(context.ledger, None)
        return [
            line.model_copy(update={"ok": False}) if line.name == reconciliation.DOCUMENTS else line for line in lines
        ]
    return reconciliation.balance_sheet(context.ledger, documents)
