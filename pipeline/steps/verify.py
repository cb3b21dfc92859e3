"""Verify the reconciliation of the ledger, and of a running search engine."""

import logging

from core.errors import EscuchaError
from ledger import reconciliation
from ledger.database import check_whole
from pipeline.context import Context
from search.connection.engine import Engine, NotRunningError, connect
from search.index.generations import read_state
from search.index.switch import whole_months
from search.index.writer import document_ids

log = logging.getLogger("escucha")

GENERATION_NAME = "index generation {}: months = months with this version's mapping that are read"


def verify(context: Context) -> list[reconciliation.Balance]:
    """Compare both sides of every balance; check the ledger's file first."""
    check_whole(context.ledger)
    lines = _both_sides(context)
    if [line.name for line in lines if line.ok is False and line.right is not None] == [reconciliation.DOCUMENTS]:
        return _both_sides(context)  # the engine is queried before the ledger: an index run may have come in between
    return lines


def _both_sides(context: Context) -> list[reconciliation.Balance]:
    """Return the balances, with the engine's documents where it runs.

    A running engine that cannot be searched is a difference. An embedded one that is not running is left out, and so is one that is
    filled for the first time: it is not read yet.
    """
    try:
        engine = connect(context.settings, start_embedded=False)
        state = read_state(engine)
        if state.serving is None and state.building is not None:
            return reconciliation.balance_sheet(context.ledger, None)
        documents = document_ids(engine)
        generation = _generation_line(engine)
    except NotRunningError:
        return reconciliation.balance_sheet(context.ledger, None)
    except EscuchaError as error:
        log.error("verify: %s", error)
        lines = reconciliation.balance_sheet(context.ledger, None)
        return [line.model_copy(update={"ok": False}) if line.name == reconciliation.DOCUMENTS else line for line in lines]
    return [*reconciliation.balance_sheet(context.ledger, documents), generation]


def _generation_line(engine: Engine) -> reconciliation.Balance:
    """Return the balance of the months of the generation that is read."""
    name, months, whole = whole_months(engine)
    return reconciliation.Balance.of(GENERATION_NAME.format(name), months, whole)
