"""Change cases and posts for staff on the desk.

Every change records who, when and why, and is audited.
"""

from collections.abc import Sequence
from functools import partial

from core.errors import ChangeRefusedError, StaleError
from core.privacy.intake import is_blank
from core.privacy.pseudonyms import decrypt_contact, decrypt_origin
from core.records import Record
from core.records.annotation import BORDER, INTENTS, SENTIMENTS, TOPICS, Annotation
from core.records.kind import KIND_QUESTION, KINDS
from core.records.post import Post
from ledger import read
from ledger.cases import corrections, reviews, workflow
from ledger.cases.grouping import rulings
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.processing import decisions
from ledger.system import audit, users
from pipeline.casework import fields, kinds, priorities
from pipeline.casework.triage_lease import triage_held
from pipeline.context import Context, now
from triage import accept, join as triage_join

ALLOWED: dict[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "intent": INTENTS, "topic": TOPICS, KIND_QUESTION: KINDS}
"""Questions with a closed list of values."""
BOOLEAN_QUESTIONS = ("actionable", "relevance", "spam", "sensitive")
BORDERED = ("actionable", BORDER)


class Original(Record):
    """Hold the native id and URL of a post on its network."""

    native_id: str
    url: str | None


def assign(context: Context, case_key: str, department: str, who: str, why: str, seen: int | None = None) -> None:
    """Assign the case to a department.

    `seen`, here and below, is the revision of the case that the person looked at.
    """
    if department not in {department.name for department in context.city.departments}:
        raise ChangeRefusedError("there is no department '{department}' in the profile", department=department)
    workflow.change(context.ledger, case_key, "assigned", who, why, now(), department=department, seen=seen)


def acknowledge(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Record that the citizen got a receipt; the answer time runs on."""
    workflow.change(context.ledger, case_key, "acknowledged", who, why, now(), seen=seen)


def answer(context: Context, case_key: str, who: str, why: str, where: str, seen: int | None = None) -> str:
    """Record that the citizen was answered, which stops the answer-time clock.

    `why` states what was answered; `where`: by telephone, on which network. Returns both as they are stored.
    """
    said = f"{_required(why, 'Please say what was answered.')} ({_required(where, 'Please say where it was answered.')})"
    workflow.change(context.ledger, case_key, "answered", who, said, now(), seen=seen)
    return said


def resolve(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Record that the problem is solved."""
    workflow.change(context.ledger, case_key, "resolved", who, why, now(), seen=seen)


def reject(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Reject a case the city cannot act on; `why` gives the reason."""
    why = _required(why, "Please say why it is rejected.")
    workflow.change(context.ledger, case_key, "rejected", who, why, now(), seen=seen)


def reopen(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Reopen a closed case."""
    workflow.change(context.ledger, case_key, "assigned", who, why, now(), seen=seen)
    priorities.prioritise_soon(context, case_key, who)


def note(context: Context, case_key: str, who: str, text: str, seen: int | None = None) -> None:
    """Add an internal note for colleagues."""
    workflow.note(context.ledger, case_key, who, _required(text, "Please write the note."), now(), seen)


def correct(context: Context, post_id: str, question: str, value: str | bool, who: str, why: str, seen: str | None = None) -> None:
    """Correct a label; no later annotation overwrites the correction.

    BORDER: readers differ on whether it can be acted on; the model's label holds, and thresholds leave the post out.
    A corrected kind also gives the post's case that kind, with its department and due date. `seen`: `read.label_versions`.
    """
    if question in ALLOWED and value not in ALLOWED[question]:
        raise ChangeRefusedError(
            "{question}: '{value}' is not one of {values}", question=question, value=str(value), values=ALLOWED[question]
        )
    if question in BOOLEAN_QUESTIONS and not isinstance(value, bool) and (question, value) != BORDERED:
        raise ChangeRefusedError("{question}: yes or no, not '{value}'", question=question, value=value)
    if question not in ALLOWED and question not in BOOLEAN_QUESTIONS:
        raise ChangeRefusedError(
            "'{question}' cannot be corrected; these can: {possible_question}",
            question=question,
            possible_question=(*ALLOWED, *BOOLEAN_QUESTIONS),
        )
    corrections.correct(context.ledger, post_id, question, value, who, why, now(), seen, partial(kinds.route, context))
    fields.reroute(context, post_id, question, who)


def accept_review(context: Context, post_id: str, who: str, why: str, seen: int | None = None) -> str:
    """Accept a post in review as a case; return the case key.

    It opens a new case, or joins the case of the same incident. `seen` is the version of the text that the person looked at.
    """
    settled = _settled_case(context, post_id, who, why) if seen is not None else None
    if settled is not None:
        return settled  # the same form was sent twice
    post, annotation = _post_and_annotation(context, post_id)
    with triage_held(context, who):
        try:
            with decisions.known_posts(context.ledger) as known:
                decision = accept(context.city, post, annotation, known, who)
            reviews.settle_review(context.ledger, decision, who, why, now(), seen)
        except StaleError:
            settled = _settled_case(context, post_id, who, why) if seen is not None else None
            if settled is None:
                raise
            return settled
    assert decision.case is not None  # noqa: S101  accept() always returns a case
    return decision.case.key


def _settled_case(context: Context, post_id: str, who: str, why: str) -> str | None:
    if not reviews.was_settled(context.ledger, post_id, "accept", who, why):
        return None
    record = read.post_record(context.ledger, post_id)
    return None if record is None else record.case_key


def reject_review(context: Context, post_id: str, who: str, why: str, seen: int | None = None) -> None:
    """Decide that a post in review needs no case.

    `seen` is the version of the text that the person looked at.
    """
    if seen is not None and reviews.was_settled(context.ledger, post_id, "reject", who, why):
        return  # the same form was sent twice
    try:
        reviews.reject_review(context.ledger, post_id, who, why, now(), seen)
    except StaleError:
        if seen is None or not reviews.was_settled(context.ledger, post_id, "reject", who, why):
            raise


def take_back_review(context: Context, post_ids: Sequence[str], who: str) -> int:
    """Put posts that this person rejected in review again.

    Returns how many, with their copies; sent twice, the second time none.
    """
    return reviews.take_back(context.ledger, post_ids, who, now())


def join(context: Context, post_id: str, incident_key: str, who: str, why: str) -> str | None:
    """Join a post in review to an incident; return the case key.

    None while the incident has no case.

    Raises:
        ChangeRefusedError: the post or the incident no longer exists, or triage is running.
    """
    post, annotation = _post_and_annotation(context, post_id)
    with triage_held(context, who):
        with decisions.known_posts(context.ledger) as known:
            if known.incident(incident_key, ends=1) is None:
                raise ChangeRefusedError("This incident no longer exists: its posts were erased.")
            decision = triage_join(context.city, post, annotation, known, incident_key, who)
        rulings.rule_same(context.ledger, decision, who, why, now())
    return decision.case.key if decision.case is not None else None


def not_same(context: Context, post_id: str, incident_key: str, who: str, why: str) -> None:
    """Rule that a post does not belong to an incident, for good.

    Triage never puts the post there again.

    Raises:
        ChangeRefusedError: the post no longer exists, or triage is running.
    """
    post, _ = _post_and_annotation(context, post_id)
    with triage_held(context, who):
        own = f"I-{post.created_at:%Y%m%d}-{post.post_id[:12]}"
        rulings.rule_apart(context.ledger, post_id, incident_key, own, who, why, now())


def _post_and_annotation(context: Context, post_id: str) -> tuple[Post, Annotation]:
    annotation, post = read.annotation_of(context.ledger, post_id), read.post_of(context.ledger, post_id)
    if post is None or annotation is None:
        raise ChangeRefusedError("This post no longer exists, or has not been annotated yet.")
    return post, annotation


def open_original(context: Context, post_id: str, who: str) -> Original:
    """Return where the original is on its network; each look-up is audited."""
    origin = read.origin_of(context.ledger, post_id)
    if origin is None:
        raise ChangeRefusedError("The original of this post is no longer known: it was erased, or is older than we may keep it.")
    audit.log(context.ledger, who, "open_original", post_id, "", now())
    native_id, url = decrypt_origin(context.salt, origin)
    return Original(native_id=native_id, url=url)


def open_contact(context: Context, post_id: str, who: str, why: str) -> str:
    """Return the e-mail address that a citizen gave with a report.

    Each look-up is audited with its reason.
    """
    reason = _required(why, "Write why you need the address: the reason is kept in the audit log.")
    found = read.contact(context.ledger, post_id=post_id)
    if found is None:
        raise ChangeRefusedError("There is no address for this report: none was given, or it was erased.")
    audit.log(context.ledger, who, "open_contact", post_id, reason, now())
    return decrypt_contact(context.salt, found.address)


def _required(text: str, message: str) -> str:
    if is_blank(text):
        raise ChangeRefusedError(message)
    return text.strip()


def set_user(ledger: Ledger, name: str, password_hash: str, role: str, who: str = history.ESCUCHA, *, new: bool = False) -> None:
    """Create a user of the desk, or change password and role; audited."""
    users.set_user(ledger, name, password_hash, role, now(), who, new=new)
