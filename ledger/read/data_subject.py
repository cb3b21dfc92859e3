"""Find copies of an author's text outside the ledger.

Tickets they were delivered to, and reports that were mailed.
"""

from datetime import datetime

from sqlalchemy import func, select

from core.records import Record
from ledger import schema
from ledger.database import Ledger

MAY_HAVE_LEFT = ("sent", "sending", "unknown", "gone")


class Ticket(Record):
    """Hold a case delivered to an outside system.

    Without a reference its delivery is unconfirmed.
    """

    system: str
    case_key: str
    reference: str | None


class MailedReport(Record):
    """Hold a mailed report that may quote a post of the author.

    It was mailed while posts of the author were stored.
    """

    report: str
    interval: str
    mails: int


def tickets_of(ledger: Ledger, author: str) -> list[Ticket]:
    """Return the tickets that may hold text of this author."""
    posts, links, deliveries = schema.posts.c, schema.case_posts.c, schema.deliveries.c
    cases = select(links.case_key).join(schema.posts, posts.post_id == links.post_id).where(posts.author == author)
    left = (deliveries.kind == "open") & deliveries.state.in_(MAY_HAVE_LEFT)
    statement = select(deliveries.system, deliveries.case_key, deliveries.reference).where(left, deliveries.case_key.in_(cases))
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(deliveries.case_key)).mappings()
        return [Ticket(**row) for row in rows]


def reports_since_first(ledger: Ledger, author: str) -> list[MailedReport]:
    """Return the reports mailed since this author's first post was received."""
    posts, outbox = schema.posts.c, schema.outbox.c
    with ledger.read() as connection:
        first: datetime | None = connection.execute(select(func.min(posts.received_at)).where(posts.author == author)).scalar_one()
        if first is None:
            return []
        sent = select(outbox.subject, func.count().label("mails")).where(outbox.kind == "report")
        sent = sent.where(outbox.state == "sent", outbox.changed_at >= first)
        rows = connection.execute(sent.group_by(outbox.subject).order_by(outbox.subject)).all()
    found = [(*row.subject.split(" ", 1), row.mails) for row in rows]
    return [MailedReport(report=report, interval=interval, mails=mails) for interval, report, mails in sorted(found)]
