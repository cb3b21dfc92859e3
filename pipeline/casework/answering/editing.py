"""List, edit and withdraw known answers; handle proposals of new ones.

The file of the city is never changed: edits are kept in the ledger, every revision of them, and take precedence over it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.config.known_answers.edits import AnswerEdit, EditedAnswer, check_edit, digest_of, fields_of, in_use, read_answer
from core.errors import ChangeRefusedError
from core.privacy.intake import is_blank
from core.records.answer_proposal import Proposal, ProposalDecision
from ledger import read
from ledger.answers import known_answer_edits as store
from nlp.known_answers.proposals import proposals as group_alike
from pipeline.casework.answering.known_answers import known_answers_of
from pipeline.context import Context, now

GIVEN_SINCE = timedelta(days=180)
"""Older answers are not proposed."""
GIVEN_AT_MOST = 2000
"""Newest answers that are compared with each other."""


def entry(context: Context, answer_id: str) -> EditedAnswer | None:
    """Return one known answer in force; None: there is none."""
    return next((one for one in known_answers_of(context) if one.answer.id == answer_id), None)


def save(
    context: Context, content: Mapping[str, Any], seen: int, who: str, why: str = "", proposal: str | None = None, new: bool = False
) -> bool:
    """Store an added or edited answer.

    It is used from the next run on. Returns False when this very edit is stored already (a form sent twice).

    Args:
        context: the open context.
        content: the fields of `core.config.known_answers.answers.KnownAnswer`.
        seen: the revision that the person looked at; 0: as in the file, or new.
        who: the person.
        why: shown in the audit.
        proposal: key of the proposal it was made of.
        new: there must be no answer with this id yet.

    Raises:
        ConfigurationError: names what is wrong with it, or the id is in use.
        StaleError: the answer has another revision by now.
    """
    entries = known_answers_of(context)
    answer = read_answer(content)
    before = next((one for one in entries if one.answer.id == answer.id), None)
    check_edit(context.city, answer, entries)
    if new and before is not None and not (before.edit is not None and before.shipped is None and before.revision == 1):
        raise ChangeRefusedError("There is an answer with this id already. Please choose another id.")
    approved = before is not None and before.answer.example and not answer.example
    action = "add known answer" if before is None else "approve known answer" if approved else "edit known answer"
    edit = _edit(answer.id, fields_of(answer), before, seen, who, why, withdrawn=False)
    return store.store_edit(context.ledger, edit, action, _accepted(context, proposal, answer.id, who))


def withdraw(context: Context, answer_id: str, seen: int, who: str, why: str) -> bool:
    """Take an answer out of use; it can be put back.

    Raises:
        ConfigurationError: there is no such answer, or no reason is given.
        StaleError: the answer has another revision by now.
    """
    if is_blank(why):
        raise ChangeRefusedError("Please say why it is withdrawn.")
    return _set_withdrawn(context, answer_id, seen, who, why.strip(), "withdraw known answer", withdrawn=True)


def restore(context: Context, answer_id: str, seen: int, who: str) -> bool:
    """Put a withdrawn answer back into use.

    Raises:
        ConfigurationError: there is no such answer, or another one has its questions by now.
        StaleError: the answer has another revision by now.
    """
    return _set_withdrawn(context, answer_id, seen, who, "", "restore known answer", withdrawn=False)


def proposals(context: Context) -> list[Proposal]:
    """Return answers that several citizens got alike, without those decided."""
    given = read.given_answers(context.ledger, now() - GIVEN_SINCE, GIVEN_AT_MOST)
    texts = [text for one in in_use(known_answers_of(context)).answers for text in one.text.values()]
    return group_alike(given, read.proposal_decisions(context.ledger), texts)


def proposal(context: Context, key: str) -> Proposal | None:
    """Return one proposal; None: there is none, or it was decided."""
    return next((one for one in proposals(context) if one.key == key), None)


def refuse_proposal(context: Context, key: str, who: str, why: str) -> bool:
    """Refuse a proposal: answers like it are not proposed again.

    Returns False when it was decided before.
    """
    found = proposal(context, key)
    return found is not None and store.refuse_proposal(context.ledger, _decision(found, None, who, why.strip()))


def _accepted(context: Context, key: str | None, answer_id: str, who: str) -> ProposalDecision | None:
    found = proposal(context, key) if key else None
    return None if found is None else _decision(found, answer_id, who, "")


def _decision(found: Proposal, answer_id: str | None, who: str, why: str) -> ProposalDecision:
    shared = {"key": found.key, "topic": found.topic, "language": found.language, "words": found.words}
    return ProposalDecision(**shared, answer_id=answer_id, who=who, why=why, at=now())


def _set_withdrawn(context: Context, answer_id: str, seen: int, who: str, why: str, action: str, *, withdrawn: bool) -> bool:
    entries: Sequence[EditedAnswer] = known_answers_of(context)
    found = next((one for one in entries if one.answer.id == answer_id), None)
    if found is None:
        raise ChangeRefusedError("There is no such known answer: reload the page.")
    if not withdrawn:
        check_edit(context.city, found.answer, entries)
    edit = _edit(answer_id, fields_of(found.answer), found, seen, who, why, withdrawn=withdrawn)
    return store.store_edit(context.ledger, edit, action)


def _edit(
    answer_id: str, content: dict[str, Any], before: EditedAnswer | None, seen: int, who: str, why: str, *, withdrawn: bool
) -> AnswerEdit:
    shipped = None if before is None or before.shipped is None else digest_of(before.shipped)
    return AnswerEdit(
        answer_id=answer_id, revision=seen + 1, withdrawn=withdrawn, content=content, shipped=shipped, who=who, why=why, at=now()
    )
