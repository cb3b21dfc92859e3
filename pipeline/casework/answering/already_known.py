"""Draft "already known" for posts that join an open case.

The draft says how many people reported it, the state in words, and the day of the answer in the city's time zone. It needs the approval
of a person like any other, and is superseded when the state or the day of its case changes.
"""

import hashlib
import logging
from datetime import timedelta

from core.config import citizen_texts
from core.errors import ConfigurationError
from core.records.answer import Answer, check_text
from core.records.case import OPEN, WAITING
from core.records.read_models import CaseRecord, PostRecord
from core.runtime.failpoints import failpoint
from ledger import read
from ledger.answers import already_known as store
from pipeline.context import Context, now

log = logging.getLogger("escucha")

ORIGIN = "already known"
SINCE = timedelta(days=7)
"""Older posts are not answered any more."""
WAITING_AT_MOST = 20
"""Such drafts that wait for a person at once: a storm must not hide the other answers."""


def draft_already_known(context: Context) -> int:
    """Draft answers to posts that joined an open case; return how many."""
    if not context.city.answers.already_known:
        return 0
    waiting = [one for one in read.answers(context.ledger, states=("draft",)) if one.origin == ORIGIN]
    kept = sum(_is_kept(context, one) for one in waiting)
    joined = store.joined_posts(context.ledger, now() - SINCE, max(0, WAITING_AT_MOST - kept))
    drafts = [_draft_for(context, post_id, case_key) for post_id, case_key in joined]
    failpoint("already_known.drafted")
    return store.store_drafts(context.ledger, [one for one in drafts if one is not None], now())


def _is_kept(context: Context, draft: Answer) -> bool:
    """Replace a draft whose case has changed; return whether one waits."""
    new = _draft_for(context, draft.post_id, draft.case_key or "")
    if new is not None and new.batch == draft.batch:
        return True
    return store.replace_draft(context.ledger, draft.key, new, now()) and new is not None


def _draft_for(context: Context, post_id: str, case_key: str) -> Answer | None:
    post, case = read.post_record(context.ledger, post_id), read.case_record(context.ledger, case_key)
    if post is None or case is None or case.state not in OPEN:
        return None
    language = citizen_texts.language_for(context.city, post.language)
    due = case.due_at.astimezone(context.city.zone).date()
    is_expected = case.state in WAITING and due >= now().astimezone(context.city.zone).date()
    expected = due if is_expected else None
    text = citizen_texts.already_known(language, case.authors, case.state, expected)
    try:
        text = check_text(post.source, text)
    except ConfigurationError as error:
        log.info("'already known' is not drafted for a post of %s: %s", post.source, error)
        return None
    name = f"{ORIGIN} {post_id} {case_key} {case.state} {expected}"
    return _answer(post, case, language, text, hashlib.sha256(name.encode()).hexdigest()[:12])


def _answer(post: PostRecord, case: CaseRecord, language: str, text: str, batch: str) -> Answer:
    return Answer(
        key=f"A-{batch}-{post.post_id[:12]}",
        batch=batch,
        case_key=case.case_key,
        post_id=post.post_id,
        channel=post.source,
        language=language,
        text=text,
        origin=ORIGIN,
        state="draft",
        who="escucha",
        at=now(),
        acknowledges=case.state in WAITING,
    )
