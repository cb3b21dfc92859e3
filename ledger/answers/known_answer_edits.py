"""Store what staff change of known answers, and decide on proposals.

Every revision is kept. A change made from an older revision is refused, so that two people never overwrite each other.
"""

from sqlalchemy import Connection, func, select

from core.config.known_answers.edits import AnswerEdit
from core.errors import StaleError
from core.records.answer_proposal import ProposalDecision
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

ANSWER_CHANGED = "This answer was changed since you opened it. Nothing of yours was saved yet; your words are below."
_table = schema.known_answer_edits


def store_edit(ledger: Ledger, edit: AnswerEdit, action: str, proposal: ProposalDecision | None = None) -> bool:
    """Store the next revision of an answer, and its audit entry.

    Returns False when this very revision is stored already (a form sent twice).

    Args:
        ledger: the open ledger.
        edit: its `revision` is the one that the person looked at, plus 1.
        action: what the audit calls it, such as "edit known answer".
        proposal: the proposal that the answer was made of; it is stored as accepted.

    Raises:
        StaleError: the answer has another revision by now.
    """
    with writing(ledger) as connection:
        row = edit.model_dump()
        added = insert(connection, _table).values(**row).on_conflict_do_nothing().returning(_table.c.id)
        is_next = _newest(connection, edit.answer_id) == edit.revision - 1
        if not is_next or connection.execute(added).first() is None:
            if _is_repeated(connection, edit):
                return False
            raise StaleError(ANSWER_CHANGED)
        if proposal is not None:
            _decide(connection, proposal)
        history.audit(connection, edit.who, action, edit.answer_id, edit.why, edit.at)
    return True


def _newest(connection: Connection, answer_id: str) -> int:
    newest = select(func.max(_table.c.revision)).where(_table.c.answer_id == answer_id)
    return int(connection.execute(newest).scalar_one() or 0)


def _is_repeated(connection: Connection, edit: AnswerEdit) -> bool:
    same = (_table.c.answer_id == edit.answer_id) & (_table.c.revision == edit.revision)
    row = connection.execute(select(_table).where(same)).one_or_none()
    return row is not None and (row.content, row.withdrawn, row.who) == (edit.content, edit.withdrawn, edit.who)


def refuse_proposal(ledger: Ledger, decision: ProposalDecision) -> bool:
    """Remember that a proposal was refused. Returns False when it was decided before."""
    with writing(ledger) as connection:
        if not _decide(connection, decision):
            return False
        history.audit(connection, decision.who, "refuse proposal", decision.key, decision.why, decision.at)
    return True


def _decide(connection: Connection, decision: ProposalDecision) -> bool:
    table = schema.answer_proposals
    row = decision.model_dump() | {"words": list(decision.words)}
    added = insert(connection, table).values(**row).on_conflict_do_nothing().returning(table.c.key)
    return connection.execute(added).first() is not None
