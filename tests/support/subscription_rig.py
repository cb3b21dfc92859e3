"""Make subscriptions and send their mails to a server on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import update

from core.config.settings import Settings
from core.records.subscription import Subscription, SubscriptionMail
from ledger import read, schema
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from ledger.delivery import subscriptions as stored
from ledger.system import users
from pipeline.context import Context, now
from tests.support.ledger_facts import SALT
from tests.support.report_facts import CITY

ANA, LUIS, OUTSIDE = "ana@madrid.example", "luis@madrid.example", "prensa@elsewhere.example"
DAYS_AGO = timedelta(days=3)


def context_of(home: Path, ledger: Ledger) -> Context:
    """Return a context without a mail server."""
    return Context(city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)


def by(context: Context, port: int, **more: object) -> Context:
    """Give the context the mail server at this port."""
    address = SecretStr(f"smtp://127.0.0.1:{port}")
    context.settings = context.settings.model_copy(update={"smtp_url": address, **more})
    return context


def a_subscription(number: int = 0, owner: str = "ana", **more: Any) -> Subscription:
    """Build a daily subscription, made three days ago: one mail is due now."""
    fields: dict[str, Any] = {
        "report": "summary",
        "filter": "",
        "every": "daily",
        "weekday": 0,
        "hour": 7,
        "format": "html",
        "language": "es",
        "state": "active",
        "address": None,
        "since": now() - DAYS_AGO,
    }
    return Subscription(id=f"{number:016x}", owner=owner, **fields | more)


def subscribed(context: Context, owner: str = "ana", **more: Any) -> Subscription:
    one = a_subscription(len(read.subscriptions(context.ledger)), owner, **more)
    stored.make(context.ledger, one, owner, now())
    return one


def mails(context: Context, one: Subscription) -> list[SubscriptionMail]:
    return read.subscription_mails(context.ledger, one.id)


def states(context: Context, one: Subscription) -> list[tuple[str, int]]:
    return [(mail.state, mail.attempt) for mail in mails(context, one)]


def due_again(context: Context) -> None:
    """Let the pauses of all mails end."""
    with writing(context.ledger) as connection:
        connection.execute(update(schema.outbox).values(not_before=None))


@contextmanager
def with_people(home: Path) -> Iterator[Context]:
    """Open a ledger with an administrator, a reader and a lead without an address."""
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    for name, role, mail in (("ana", "admin", ANA), ("luis", "reader", LUIS), ("eva", "lead", None)):
        users.set_user(ledger, name, "hash", role, now())
        users.set_mail(ledger, name, mail, "root", now())
    yield context_of(home, ledger)
    ledger.close()
