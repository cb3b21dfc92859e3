"""Draft the known answer to each new question that has one. A person approves it like any other draft."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from core.config.known_answers.answers import answers_of, answers_path
from core.config.known_answers.edits import EditedAnswer, in_use, with_edits
from core.errors import ConfigurationError
from core.records.annotation import Annotation
from core.records.answer import Answer, check_text
from core.records.post import Post, is_example
from core.runtime.failpoints import failpoint
from ledger import leases, read
from ledger.answers import known_answers as store
from nlp.known_answers import AnswerIndex, Topic, known_answer
from pipeline.context import Context, now, worker
from triage.incident_matching.grams import Grams
from triage.incidents.copies import are_near_copies, grams_of_text

log = logging.getLogger("escucha")

BATCH = 200
KNOWN = "known "
"""Origin of a drafted known answer, before its id."""
LEASE_NAME, LEASE = "known answers", timedelta(minutes=10)
"""One worker drafts at a time: two could each draft for a copy of one question."""
COMPARED = 500
"""Newest drafts whose questions new ones are compared with."""
SINCE = timedelta(days=30)
"""Older questions are not answered any more when the answers change."""


def draft_known_answers(context: Context) -> int:
    """Draft known answers to new questions; return the number of drafts.

    The encoder is loaded only when there is a question to compare. A city without known answers has none.
    """
    revision = revision_of(context)
    if revision is None:
        return 0
    drafted, holder = 0, worker()
    try:
        while leases.hold(context.ledger, LEASE_NAME, holder, now(), LEASE) and (found := _matched(context, revision)):
            failpoint("known_answers.matched")
            drafted += store.store_known_answers(context.ledger, found, revision, now())
    finally:
        leases.release(context.ledger, LEASE_NAME, holder)
    return drafted


def _matched(context: Context, revision: str) -> dict[str, Answer | str | None]:
    """Match a batch of questions.

    Empty: none is left, or the known answers cannot be read.
    """
    questions = store.unchecked_questions(context.ledger, revision, now() - SINCE, BATCH)
    if not questions:
        return {}
    try:
        index = context.answer_index(in_use(known_answers_of(context)), revision)
    except ConfigurationError as error:  # a wrong file or another encoder: posts are classified all the same
        log.warning("no known answers are drafted: %s", error)
        return {}
    drafts = {post.post_id: _draft(context, index, post, annotation) for post, annotation in questions}
    texts = {post.post_id: post.text for post, _ in questions}
    return _without_repeats(context, drafts, texts)


def _without_repeats(context: Context, drafts: Mapping[str, Answer | None], texts: Mapping[str, str]) -> dict[str, Answer | str | None]:
    """Replace drafts that repeat an earlier question by its answer's key.

    However often one text is copied, a person has one draft to approve. Questions of the example month are apart.
    """
    origins = sorted({one.origin for one in drafts.values() if one is not None})
    known: defaultdict[tuple[str, bool], list[tuple[str, Grams]]] = defaultdict(list)
    for origin, example, key, text in store.drafted_questions(context.ledger, origins, now() - SINCE, COMPARED):
        known[origin, example].append((key, grams_of_text(text)))
    found: dict[str, Answer | str | None] = {}
    for post_id, draft in drafts.items():
        if draft is None:
            found[post_id] = None
            continue
        grams, alike = grams_of_text(texts[post_id]), known[draft.origin, is_example(draft.channel)]
        repeated = next((one for one, others in alike if are_near_copies(grams, others)), None)
        found[post_id] = draft if repeated is None else repeated
        if repeated is None:
            alike.append((draft.key, grams))
    return found


def known_answers_of(context: Context) -> tuple[EditedAnswer, ...]:
    """Return the city's known answers: the file, with the edits of staff.

    Raises:
        ConfigurationError: the file is wrong; names the answer, the key and what is allowed.
    """
    return with_edits(context.city, answers_of(context.city), read.known_answer_edits(context.ledger))


def revision_of(context: Context) -> str | None:
    """Return a hash that changes with the file and with every edit.

    None: the city has no known answers.
    """
    path = answers_path(context.city)
    edits = [f"{one.answer_id} {one.revision}" for one in read.known_answer_edits(context.ledger)]
    if not path.exists() and not edits:
        return None
    shipped = path.read_bytes() if path.exists() else b""
    return hashlib.sha256("\n".join(edits).encode() + shipped).hexdigest()[:16]


def _draft(context: Context, index: AnswerIndex, post: Post, annotation: Annotation) -> Answer | None:
    embedding = np.frombuffer(annotation.embedding, "<f2")
    label = annotation.labels["topic"]
    match = known_answer(context.city, index, post, embedding, Topic(str(label.value), label.score))
    if match is None or not match.answer.is_valid(now().astimezone(context.city.zone).date()):
        return None  # also where it was valid when the post was received, and no longer is
    spoken = annotation.labels.get("language")
    texts = match.answer.text
    first = next((one for one in texts if one == context.city.languages[0]), next(iter(texts)))
    language = match.answer.language_for(str(spoken.value) if spoken else None, first)
    try:
        text = check_text(post.source, match.answer.reply(language))
    except ConfigurationError as error:
        log.info("known answer %s is not drafted for a post of %s: %s", match.answer.id, post.source, error)
        return None
    batch = hashlib.sha256(f"{match.answer.id} {post.post_id}".encode()).hexdigest()[:12]
    return Answer(
        key=f"A-{batch}-{post.post_id[:12]}",
        batch=batch,
        case_key=None,
        post_id=post.post_id,
        channel=post.source,
        language=language,
        text=text,
        origin=f"{KNOWN}{match.answer.id}",
        state="draft",
        who="escucha",
        at=now(),
    )
