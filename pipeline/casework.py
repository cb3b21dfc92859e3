"""The case book: what staff do with a case or a post on the desk. Every change says who, when and why, and is audited."""

from datetime import timedelta
from functools import partial

from core.annotation import INTENTS, SENTIMENTS, TOPICS, Annotation
from core.errors import ConfigurationError, StaleError
from core.kind import KINDS, QUESTION
from core.post import Post
from core.privacy.intake import is_blank
from core.privacy.pseudonyms import open_origin
from core.records import Record
from ledger import read
from ledger.cases import corrections, history, reviews, rulings, workflow
from ledger.database import Ledger
from ledger.processing import decisions
from ledger.system import audit, users
from pipeline import kinds
from pipeline.context import Context, now
from triage import accept, join as triage_join

ALLOWED: dict[str, tuple[str, ...]] = {
    "sentiment": SENTIMENTS, "intent": INTENTS, "topic": TOPICS, QUESTION: KINDS,
}  # fmt: skip
"""Questions with a closed list of answers."""
TRUE_OR_FALSE = ("actionable", "relevance", "spam")
REVIEW_LEASE = timedelta(seconds=30)


class ChangeRefusalError(ConfigurationError):
    """The change cannot be made; the message says what can."""


class Original(Record):
    """Where the original of a post stands on its network."""

    native_id: str
    url: str | None


def assign(context: Context, case_key: str, department: str, who: str, why: str, seen: int | None = None) -> None:
    """Give the case to a department. `seen`, here and below, is the revision of the case that the person looked at."""
    if department not in {one.name for one in context.city.departments}:
        raise ChangeRefusalError(f"there is no department '{department}' in the profile")
    workflow.change(context.ledger, case_key, "assigned", who, why, now(), department=department, seen=seen)


def answer(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """The citizen was answered: this stops the clock of the answer time. `why` says what was answered, and where."""
    why = _needed(why, "Please say what was answered, and where.")
    workflow.change(context.ledger, case_key, "answered", who, why, now(), seen=seen)


def resolve(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """The thing is mended."""
    workflow.change(context.ledger, case_key, "resolved", who, why, now(), seen=seen)


def reject(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Nothing the city can do; `why` says the reason."""
    why = _needed(why, "Please say why it is rejected.")
    workflow.change(context.ledger, case_key, "rejected", who, why, now(), seen=seen)


def reopen(context: Context, case_key: str, who: str, why: str, seen: int | None = None) -> None:
    """Take a closed case up again."""
    workflow.change(context.ledger, case_key, "assigned", who, why, now(), seen=seen)


def note(context: Context, case_key: str, who: str, text: str, seen: int | None = None) -> None:
    """Write something down for colleagues."""
    workflow.note(context.ledger, case_key, who, _needed(text, "Please write the note."), now(), seen)


def correct(
    context: Context, post_id: str, question: str, value: str | bool, who: str, why: str, seen: str | None = None
) -> None:
    """Correct a label; the correction is kept and no later reading overwrites it. `seen`: `read.label_versions`.

    A corrected kind also gives the post's case that kind, and the clock and the route that go with it.
    """
    if question in ALLOWED and value not in ALLOWED[question]:
        raise ChangeRefusalError(f"{question}: '{value}' is not one of {', '.join(ALLOWED[question])}")
    if question in TRUE_OR_FALSE and not isinstance(value, bool):
        raise ChangeRefusalError(f"{question}: yes or no, not '{value}'")
    if question not in ALLOWED and question not in TRUE_OR_FALSE:
        raise ChangeRefusalError(
            f"'{question}' cannot be corrected; these can: {', '.join((*ALLOWED, *TRUE_OR_FALSE))}"
        )
    corrections.correct(context.ledger, post_id, question, value, who, why, now(), seen, partial(kinds.route, context))


def accept_review(context: Context, post_id: str, who: str, why: str, seen: int | None = None) -> str:
    """Take a doubtful post for a case: a new one, or the case of the same incident. Returns the case key.

    `seen` is the version of the text that the person looked at.
    """
    settled = _settled_case(context, post_id, who, why) if seen is not None else None
    if settled is not None:
        return settled  # the same form again
    post, reading = _post_and_reading(context, post_id)
    _hold_triage(context, who)
    try:
        with decisions.known_posts(context.ledger) as known:
            decision = accept(context.city, post, reading, known, who)
        reviews.settle_review(context.ledger, decision, who, why, now(), seen)
    except StaleError:
        settled = _settled_case(context, post_id, who, why) if seen is not None else None
        if settled is None:
            raise
        return settled
    finally:
        decisions.release(context.ledger, "triage", who)
    assert decision.case is not None  # noqa: S101  accept always gives a case
    return decision.case.key


def _settled_case(context: Context, post_id: str, who: str, why: str) -> str | None:
    if not reviews.was_settled(context.ledger, post_id, "accept", who, why):
        return None
    fact = read.post_record(context.ledger, post_id)
    return None if fact is None else fact.case_key


def reject_review(context: Context, post_id: str, who: str, why: str, seen: int | None = None) -> None:
    """A doubtful post needs no case. `seen` is the version of the text that the person looked at."""
    if seen is not None and reviews.was_settled(context.ledger, post_id, "reject", who, why):
        return  # the same form again
    try:
        reviews.reject_review(context.ledger, post_id, who, why, now(), seen)
    except StaleError:
        if seen is None or not reviews.was_settled(context.ledger, post_id, "reject", who, why):
            raise


def join(context: Context, post_id: str, incident_key: str, who: str, why: str) -> str | None:
    """Say that a doubtful post is about the same as an incident. Returns the key of its case, None while it has none.

    Raises:
        RefusalError: the post or the incident is gone, or triage is at work.
    """
    post, reading = _post_and_reading(context, post_id)
    _hold_triage(context, who)
    try:
        with decisions.known_posts(context.ledger) as known:
            if known.incident(incident_key, ends=1) is None:
                raise ChangeRefusalError("This incident is no longer there: its posts were erased.")
            decision = triage_join(context.city, post, reading, known, incident_key, who)
        rulings.rule_same(context.ledger, decision, who, why, now())
    finally:
        decisions.release(context.ledger, "triage", who)
    return decision.case.key if decision.case is not None else None


def not_same(context: Context, post_id: str, incident_key: str, who: str, why: str) -> None:
    """Say that a doubtful post is about something else than an incident: the machine never puts it there again.

    Raises:
        RefusalError: the post is gone, or triage is at work.
    """
    post, _ = _post_and_reading(context, post_id)
    _hold_triage(context, who)
    try:
        own = f"I-{post.created_at:%Y%m%d}-{post.post_id[:12]}"
        rulings.rule_apart(context.ledger, post_id, incident_key, own, who, why, now())
    finally:
        decisions.release(context.ledger, "triage", who)


def _post_and_reading(context: Context, post_id: str) -> tuple[Post, Annotation]:
    reading, post = read.annotation_of(context.ledger, post_id), read.post_of(context.ledger, post_id)
    if post is None or reading is None:
        raise ChangeRefusalError("This post is no longer there, or was not read yet.")
    return post, reading


def _hold_triage(context: Context, who: str) -> None:
    """Keep triage out meanwhile: it could open a second case of the same incident."""
    if not decisions.hold(context.ledger, "triage", who, now(), REVIEW_LEASE):
        raise ChangeRefusalError("Triage is at work just now. Please try again in a moment.")


def open_original(context: Context, post_id: str, who: str) -> Original:
    """Where the original stands on its network; looking is logged."""
    origin = read.origin_of(context.ledger, post_id)
    if origin is None:
        raise ChangeRefusalError(
            "The original of this post is no longer known: it was erased, or is older than we may keep it."
        )
    audit.log(context.ledger, who, "open_original", post_id, "", now())
    native_id, url = open_origin(context.salt, origin)
    return Original(native_id=native_id, url=url)


def _needed(text: str, please: str) -> str:
    if is_blank(text):
        raise ChangeRefusalError(please)
    return text.strip()


def set_user(
    ledger: Ledger, name: str, password_hash: str, role: str, who: str = history.ESCUCHA, *, new: bool = False
) -> None:
    """A user of the desk, or a new password and role for one; audited."""
    users.set_user(ledger, name, password_hash, role, now(), who, new=new)
