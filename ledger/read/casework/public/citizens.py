"""Query receipts and sightings for the portal and the desk."""

from collections.abc import Collection, Sequence

from sqlalchemy import case, func, or_, select

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from core.records.case import Transition
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK


class Receipt(Record):
    """Hold the receipt of a report and what became of it."""

    number: str
    post_id: str
    at: UtcDatetime
    decision: str
    """Of its post: untriaged, in_case, in_review, no_case."""
    case_key: str | None
    """The case of its post; of a merged case, the one it was merged into."""
    said_topic: str | None = None
    """What its citizen answered to "Which service?"; None: no answer."""


def receipt(ledger: Ledger, number: str) -> Receipt | None:
    """Return a receipt by its number; None when there is none."""
    table, posts, members, cases = schema.receipts.c, schema.posts.c, schema.case_posts.c, schema.cases.c
    statement = (
        select(table.number, table.post_id, table.at, table.said_topic, posts.decision, cases.case_key, cases.merged_into)
        .join(schema.posts, posts.post_id == table.post_id)
        .join(schema.case_posts, members.post_id == table.post_id, isouter=True)
        .join(schema.cases, cases.case_key == members.case_key, isouter=True)
        .where(table.number == number)
    )
    with ledger.read() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    return Receipt(
        number=row.number,
        post_id=row.post_id,
        at=row.at,
        decision=row.decision or "untriaged",
        case_key=row.merged_into or row.case_key,
        said_topic=row.said_topic,
    )


def answered_to_others(ledger: Ledger, post_ids: Collection[str]) -> frozenset[str]:
    """Return those of these posts whose case was answered to others alone.

    A receipt or a question back is no answer; one to another post of the same author is. A case that a person recorded as answered,
    without a text to anybody, was answered to all.
    """
    answers, members, cases, posts, asked = schema.answers.c, schema.case_posts.c, schema.cases.c, schema.posts.c, sorted(set(post_ids))
    theirs = schema.posts.alias("theirs").c
    is_answer = answers.state.in_(GIVEN) & ~answers.asks & ~answers.acknowledges
    of_case = or_(answers.case_key == cases.case_key, answers.case_key == cases.merged_into)
    mine = (answers.post_id == posts.post_id) | (theirs.author == posts.author)
    statement = (
        select(posts.post_id)
        .join(schema.case_posts, members.post_id == posts.post_id)
        .join(schema.cases, cases.case_key == members.case_key)
        .join(schema.answers, of_case)
        .join(theirs.post_id.table, theirs.post_id == answers.post_id, isouter=True)
        .where(is_answer)
        .group_by(posts.post_id)
        .having(func.max(case((mine, 1), else_=0)) == 0)
    )
    found: set[str] = set()
    with ledger.read() as connection:
        for start in range(0, len(asked), CHUNK):
            found.update(connection.execute(statement.where(posts.post_id.in_(asked[start : start + CHUNK]))).scalars())
    return frozenset(found)


def posts_with_receipt(ledger: Ledger, post_ids: Collection[str]) -> frozenset[str]:
    """Return those of these posts that were reported on the portal."""
    table, asked = schema.receipts.c.post_id, sorted(set(post_ids))
    found: set[str] = set()
    with ledger.read() as connection:
        for start in range(0, len(asked), CHUNK):
            found.update(connection.execute(select(table).where(table.in_(asked[start : start + CHUNK]))).scalars())
    return frozenset(found)


def cases_with_unsure_citizen(ledger: Ledger, case_keys: Sequence[str], unsure: str) -> frozenset[str]:
    """Return the cases whose citizen answered `unsure` to the service question."""
    table, members = schema.receipts.c, schema.case_posts.c
    statement = select(members.case_key).join(schema.receipts, members.post_id == table.post_id).where(table.said_topic == unsure)
    found: set[str] = set()
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = members.case_key.in_(case_keys[start : start + CHUNK])
            found.update(connection.execute(statement.where(some)).scalars())
    return frozenset(found)


class Contact(Record):
    """Hold the contact of a receipt."""

    number: str
    address: str
    """Encrypted."""
    address_hash: str
    language: str
    given_at: UtcDatetime
    confirmed_at: UtcDatetime | None


def contact(ledger: Ledger, *, number: str | None = None, post_id: str | None = None) -> Contact | None:
    """Return the contact of a receipt or of its post.

    None: there is none.
    """
    table, receipts = schema.contacts.c, schema.receipts.c
    which = receipts.number == number if post_id is None else receipts.post_id == post_id
    columns = [table[name] for name in Contact.model_fields]
    statement = select(*columns).join(schema.receipts, receipts.number == table.number).where(which)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().first()
    return None if row is None else Contact(**row)


def steps_of_report(ledger: Ledger, post_id: str, ids: Collection[int]) -> list[Transition]:
    """Return these steps of the case of a post, in order.

    A merged case: of the one it was merged into.
    """
    steps, members, cases = schema.transitions.c, schema.case_posts.c, schema.cases.c
    statement = (
        select(*(steps[name] for name in Transition.model_fields))
        .join(schema.cases, or_(cases.case_key == steps.case_key, cases.merged_into == steps.case_key))
        .join(schema.case_posts, members.case_key == cases.case_key)
        .where(members.post_id == post_id, steps.id.in_(sorted(ids)))
        .order_by(steps.id)
    )
    with ledger.read() as connection:
        return [Transition(**row) for row in connection.execute(statement).mappings()]


def sightings(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, int]:
    """Count "I see it too" by case.

    Cases without any are left out.
    """
    table = schema.sightings.c
    found: dict[str, int] = {}
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = table.case_key.in_(list(case_keys[start : start + CHUNK]))
            statement = select(table.case_key, func.count().label("seen")).where(some).group_by(table.case_key)
            found |= {row.case_key: row.seen for row in connection.execute(statement)}
    return found
