"""Look at cases, their posts and what people changed; let a citizen answer."""

from datetime import UTC, datetime

from core.privacy.pseudonymise import pseudonymise
from core.records.post import Post
from core.records.read_models import CaseRecord
from ledger import read
from pipeline.context import Context
from tests.support.seeded import SALT, raws, store_and_decide

NOW = datetime.now(UTC)


def answer_to(context: Context, post_id: str, number: int) -> str:
    """Let a new post answer one that is known, as triage joins it by its thread; return its id."""
    parent = read.post_of(context.ledger, post_id)
    assert parent is not None
    raw = raws(number + 1, NOW)[number]
    post = pseudonymise(raw, context.city, SALT).model_copy(update={"reply_to": post_id, "thread": parent.thread})
    store_and_decide(context.ledger, context.city, [post], NOW)
    return post.post_id


def of(context: Context, topic: str) -> CaseRecord:
    return next(one for one in read.case_records(context.ledger) if one.topic == topic and one.posts)


def case(context: Context, key: str) -> CaseRecord:
    found = read.case_record(context.ledger, key)
    assert found is not None
    return found


def posts(context: Context, key: str) -> list[str]:
    return [one.post_id for one in read.post_records(context.ledger, case_key=key, order="oldest")]


def post(context: Context, post_id: str) -> Post:
    found = read.post_of(context.ledger, post_id)
    assert found is not None
    return found


def changes(context: Context, key: str) -> list[tuple[str, str, bool]]:
    work = read.case_work(context.ledger, key)
    assert work is not None
    return [(one.what, one.who, one.undone) for one in work.changes]


def last_change(context: Context, key: str, what: str) -> int:
    work = read.case_work(context.ledger, key)
    assert work is not None
    return max(one.id for one in work.changes if one.what == what)
