"""Check that an answer may still be given today.

What it promises, and the known answer that it was made from.
"""

from core.records.answer import Answer
from ledger import read
from ledger.delivery import answers as leaving_answers
from pipeline.casework.answering.known_answers import KNOWN, known_answers_of
from pipeline.casework.answering.promises import passed_promise
from pipeline.context import Context, now


def unusable_reason(context: Context, answer: Answer) -> str | None:
    """Return why an answer may not be given today; None: it may.

    It promises a date that has passed since it was approved, or its known answer is out of use.

    Raises:
        ConfigurationError: the city's known answers cannot be read.
    """
    today = now().astimezone(context.city.zone).date()
    if (promised := passed_promise(answer.text, today)) is not None:
        return f"it promises {promised}, which has passed"
    if not answer.origin.startswith(KNOWN):
        return None
    answer_id = answer.origin.removeprefix(KNOWN)
    entry = next((one for one in known_answers_of(context) if one.answer.id == answer_id), None)
    if entry is None:
        return "its known answer no longer exists"
    match entry.state(today):
        case "valid":
            return None
        case "expired":
            return f"its known answer was valid until {entry.answer.valid_until}"
        case "later":
            return f"its known answer is not valid before {entry.answer.valid_from}"
        case "withdrawn":
            return "its known answer was withdrawn"
        case "wrong":
            return "its known answer does not fit the profile"


def return_expired(context: Context) -> int:
    """Return approved answers that may not be given today to staff.

    They become drafts again, with the reason. Covers the answers that are copied by hand too; one that a worker is sending, or
    that may have reached its network, is checked by `pipeline.steps.answer` after the network was asked for it. Returns their number.

    Raises:
        ConfigurationError: the city's known answers cannot be read.
    """
    returned = 0
    for one in read.answers(context.ledger, states=("approved",)):
        reason = unusable_reason(context, one)
        if reason is not None and leaving_answers.return_unsent(context.ledger, one.key, reason, now()):
            returned += 1
    return returned
