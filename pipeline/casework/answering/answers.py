"""Prepare, approve, reject and copy answers to citizens.

No answer is sent without the approval of a person.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from core.config import citizen_texts
from core.config.bodies import load_bodies
from core.errors import ChangeRefusedError
from core.privacy.intake import is_blank
from core.records.answer import LEAVING, NOT_OURS, Answer, check_text
from core.records.answer_length import length_on, limit_of
from core.records.read_models import PostRecord
from ledger import read
from ledger.answers import answers
from ledger.cases import workflow
from pipeline.casework.answering.languages import check_recipients, check_text_language, differs
from pipeline.casework.answering.promises import passed_promise
from pipeline.casework.answering.templates import due_date, is_past
from pipeline.casework.answering.validity import unusable_reason
from pipeline.context import Context, now

WITNESSES = 200
"""Posts of a case that get a drafted answer at once, at most."""


class WrittenAnswer(NamedTuple):
    """Hold the text of an answer in one language, and its recipients."""

    text: str
    language: str
    post_ids: tuple[str, ...]
    on_purpose: bool = False
    """A person chose it also for those who write in another language."""


def draft(
    context: Context,
    post_ids: Sequence[str],
    text: str,
    language: str,
    who: str,
    origin: str = "written",
    form: str = "",
    asks: bool = False,
    asks_solved: bool = False,
    acknowledges: bool = False,
    any_language: bool = False,
) -> list[str]:
    """Write the same draft for one or several posts; return the keys.

    As `draft_all`. `any_language`: a person chose this language also for those who write in another one, whatever the text reads as.
    """
    written = WrittenAnswer(text, language, tuple(post_ids), any_language)
    return draft_all(context, [written], who, origin, form, asks, asks_solved, acknowledges, any_text=any_language)


def draft_all(
    context: Context,
    written: Sequence[WrittenAnswer],
    who: str,
    origin: str = "written",
    form: str = "",
    asks: bool = False,
    asks_solved: bool = False,
    acknowledges: bool = False,
    *,
    any_text: bool = False,
) -> list[str]:
    """Write a draft for each post, in its language; return the keys.

    Each answer has the channel of its post. All are kept or none. `form` identifies the page the texts were written on: the same form sent
    twice makes one draft. `asks`: it asks the citizen for something. `acknowledges`: it is a receipt alone. `asks_solved`: it ends with the
    question whether the problem is solved, in the language of the answer; ignored unless the profile has `[answers] ask_solved`, and in an
    answer that asks for something else. `any_text`: one that is sent on purpose may
    read as another language than it says.

    Raises:
        ConfigurationError: a text is empty, too long for a network, or in another language than a post, or a post no longer exists.
    """
    asks_solved = asks_solved and context.city.answers.ask_solved and not asks
    texts: list[tuple[PostRecord, str, str]] = []
    for one in written:
        posts = [_post(context, post_id) for post_id in dict.fromkeys(one.post_ids)]
        text = text_as_sent(context, one.text, one.language, asks_solved)
        for case_key in {post.case_key for post in posts}:
            _must_not_promise_the_past(context, case_key, text, one.language)
        texts += [(post, check_text(post.source, text), one.language) for post in posts]
        if posts and not (any_text and one.on_purpose):
            check_text_language(text, one.language)
        if not one.on_purpose:
            check_recipients(posts, one.language)
    if not texts:
        raise ChangeRefusedError("choose the posts to answer")
    batch = _hash(who, form, *dict.fromkeys(text for _, text, _ in texts), *sorted(post.post_id for post, *_ in texts))
    drafts = [
        Answer(
            key=f"A-{batch}-{post.post_id[:12]}",
            batch=batch,
            case_key=post.case_key,
            post_id=post.post_id,
            channel=post.source,
            language=language,
            text=text,
            origin=origin,
            state="draft",
            who=who,
            at=now(),
            asks=asks,
            asks_solved=asks_solved,
            acknowledges=acknowledges,
        )
        for post, text, language in texts
    ]
    return answers.write_drafts(context.ledger, drafts, who, now())


def text_as_sent(context: Context, text: str, language: str, asks_solved: bool) -> str:
    """Return the text of an answer with its question.

    As it is sent.

    Args:
        context: the open context.
        text: as a person wrote it; a blank one stays as it is.
        language: of the answer; the question is in the same.
        asks_solved: whether the question whether the problem is solved is appended.
    """
    if not asks_solved or is_blank(text):
        return text
    return f"{text.strip()} {citizen_texts.solved_question(citizen_texts.language_for(context.city, language))}"


def posts_of_cause(context: Context, case_key: str) -> list[PostRecord]:
    """Return the unanswered posts of the cases under a common cause.

    Of each case the newest `WITNESSES`; closed and merged cases, and the city's own posts,
    are left out.
    """
    work = read.case_work(context.ledger, case_key)
    found: list[PostRecord] = []
    for child in () if work is None else work.children:
        case = read.case_record(context.ledger, child)
        if case is None or not case.is_open:
            continue
        given = {one.post_id for one in read.answers(context.ledger, case_key=child) if one.state in LEAVING}
        posts = read.post_records(context.ledger, case_key=child, order="newest", limit=WITNESSES)
        found += [post for post in posts if not post.own and post.post_id not in given]
    return found


def approve(context: Context, key: str, who: str, repeated: bool = False) -> None:
    """Approve a draft for sending, or for copying by hand.

    `repeated`: also for the unanswered posts that ask the same in nearly the same words, at most `WITNESSES`. Approved again by
    the same person, what a kill left undone is done.

    Raises:
        ConfigurationError: it is no draft any more, the profile requires a second person, or its known answer is not in use today.
    """
    found = read.answer(context.ledger, key)
    _must_be_fit_today(context, found)
    second = context.city.answers.approve == "lead"
    answers.approve(context.ledger, key, who, now(), second_person=second)
    if found is None or not repeated:
        return
    for post_id in read.questions_repeating(context.ledger, key, WITNESSES):
        for one in _drafts_like(context, found, post_id):
            answers.write_drafts(context.ledger, [one], found.who, now())
            answers.approve(context.ledger, one.key, who, now(), second_person=second)


def _drafts_like(context: Context, answer: Answer, post_id: str) -> list[Answer]:
    """Return the same answer to another post.

    None where it does not fit the post's network or language.
    """
    post = _post(context, post_id)
    if differs(post, answer.language):
        return []
    try:
        text = check_text(post.source, answer.text)
    except ChangeRefusedError:
        return []
    new = {"key": f"A-{answer.batch}-{post_id[:12]}", "post_id": post_id, "case_key": post.case_key, "channel": post.source}
    return [answer.model_copy(update={**new, "text": text, "state": "draft", "at": now()})]


def reject(context: Context, key: str, who: str, why: str) -> None:
    """Reject a draft; `why` says what is wrong with it.

    Raises:
        ConfigurationError: it is no draft any more, or no reason is given.
    """
    if is_blank(why):
        raise ChangeRefusedError("Please say why it is rejected.")
    answers.reject(context.ledger, key, who, why.strip(), now())


def withdraw(context: Context, key: str, who: str) -> None:
    """Take back the approval of an answer that has not left."""
    answers.withdraw(context.ledger, key, who, now())


def withdraw_batch(context: Context, case_key: str, batch: str, who: str) -> None:
    """Take back the approvals of answers that were written at once.

    Raises:
        ConfigurationError: one of them is on its way already; those before it are drafts.
    """
    for one in read.answers(context.ledger, case_key=case_key, states=("approved", "sending", "sent", "copied")):
        if one.batch == batch and one.approved_by == who:
            withdraw(context, one.key, who)


def mark_copied(context: Context, key: str, who: str, url: str = "") -> None:
    """Record that a person posted an approved answer by hand.

    The clock of its case stops.
    """
    answers.mark_copied(context.ledger, key, who, url.strip() or None, now())


def publish(context: Context, key: str, who: str) -> None:
    """Publish an approved answer on the page of its report.

    At once, without waiting for a run. The clock of its case stops.

    Raises:
        ChangeRefusedError: it is not approved, promises a date that has passed, or its known answer is not in use today.
    """
    _must_be_fit_today(context, read.answer(context.ledger, key))
    answers.publish(context.ledger, key, who, now())


def _must_be_fit_today(context: Context, found: Answer | None) -> None:
    if found is None:
        return
    _must_not_promise_the_past(context, found.case_key, found.text, found.language)
    if unusable_reason(context, found) is not None:
        raise ChangeRefusedError("This known answer has expired or was withdrawn. Renew it, or write the answer yourself.")


def _must_not_promise_the_past(context: Context, case_key: str | None, text: str, language: str) -> None:
    """Check that an answer promises no date that has passed.

    Neither the due date of its case nor another one that a person wrote.

    Raises:
        ChangeRefusedError: it names the date.
    """
    date = passed_promise(text, now().astimezone(context.city.zone).date())
    case = None if case_key is None else read.case_record(context.ledger, case_key)
    if case is not None and is_past(case) and (due := due_date(context, case, language)) in text:
        date = due
    if date is not None:
        raise ChangeRefusedError(
            "The answer promises {date}, which has passed. Write a date that the service can keep, or say what has happened since.",
            date=date,
        )


def _post(context: Context, post_id: str) -> PostRecord:
    found = read.post_record(context.ledger, post_id)
    if found is None:
        raise ChangeRefusedError("one of the posts was erased, or is older than the retention: reload the page")
    return found


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def not_ours(context: Context, case_key: str, body: str, who: str, why: str = "", seen: int | None = None) -> list[str]:
    """Draft answers that name the competent body, whose delivery closes the case.

    A draft stops no clock. Where no citizen can be answered the case is rejected at once. Returns the keys of the drafts.

    Raises:
        ConfigurationError: the city's table has no such body, or the case cannot be closed.
        StaleError: the case was changed since.
    """
    known = {one.name: one for one in load_bodies(context.city).bodies}
    if body not in known:
        raise ChangeRefusedError("there is no '{body}' in the city's bodies.toml; known: {known}", body=body, known=tuple(known))
    reason = f"not ours: {body}" + (f"; {why.strip()}" if why.strip() else "")
    drafts: list[tuple[str, str, str]] = []
    for post in list(read.post_records(context.ledger, case_key=case_key, order="oldest", limit=WITNESSES)):
        language, text = known[body].answer_in(post.language or "es")
        if not post.own and length_on(post.source, text) <= limit_of(post.source):
            drafts.append((post.post_id, text, language))
    if not drafts:
        workflow.change(context.ledger, case_key, "rejected", who, reason, now(), seen=seen)
        return []
    workflow.note(context.ledger, case_key, who, reason, now(), seen, leads_to="rejected")
    return [
        key
        for post_id, text, language in drafts
        for key in draft(context, [post_id], text, language, who, origin=NOT_OURS + body, form=case_key, any_language=True)
    ]
