"""Revision 0048 brings six outboxes into one: what was sent stays sent, what waits keeps the id it had."""

import hashlib
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import text

from core.privacy.pseudonyms import salt_check
from core.records.outbox import OutboxKind, OutboxRow
from ledger import read
from ledger.database import Ledger, open_ledger
from ledger.database.connection import connect
from ledger.outbox import claims
from ledger.reconciliation import balance_sheet
from tests.support.ledger_facts import LEASE, NOW, SALT
from tests.support.old_ledgers import insert_rows, upgrade_to

pytest_plugins = ("tests.support.ledger_fixtures",)
ID, AT = "0123456789abcdef0123456789abcdef", "2026-11-24 10:00:00+00:00"
VIEW = {"id": "v", "owner": "ana", "page": "posts", "name": "Ruido", "query": "", "shared": False, "made_at": AT}
ALERT = {"id": 1, "view": "v", "owner": "ana", "channel": "mail", "paused": False, "digest_day": "", "made_at": AT}
MESSAGE = {"alert": 1, "listed": 1, "made_at": AT, "attempt": 1, "reason": "", "changed_at": AT}
WARNING = {
    "id": 7,
    "kind": "topic",
    "subject": "noise",
    "started_at": AT,
    "detected_at": AT,
    "last_at": AT,
    "people": 5,
    "counted": 5,
    "expected": 0.1,
    "window_s": 60,
    "score": 9.0,
    "also": "[]",
    "shown": "[]",
    "example": False,
    "announced": 5,
}
NOTICE = {"warning": 7, "change": "started", "people": 5, "at": AT}
DELIVERY = {"attempt": 1, "reason": "", "changed_at": AT}
SUBSCRIPTION = {
    "id": "f" * 16,
    "owner": "ana",
    "report": "summary",
    "filter": "",
    "every": "daily",
    "weekday": 0,
    "hour": 7,
    "format": "html",
    "language": "es",
    "state": "active",
    "since": AT,
}
MAIL = {"subscription": "f" * 16, "previous": AT, "start": AT, "end": AT, "attempt": 1, "reason": "", "address": "", "changed_at": AT}
CASE_MAIL = {"audience": "team Parks", "claimed_at": AT, "refusals": 0}
CONTACT_MAIL = {"number": "A-1", "claimed_at": AT, "attempts": 2, "given_up": False, "reason": "451 later"}
REPORT = {"report": "weekly.es", "interval": "2026-W47", "claimed_at": AT}
ROWS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("meta", {"name": "ledger_id", "value": ID}),
    ("meta", {"name": "salt_check", "value": salt_check(SALT)}),
    ("meta", {"name": "generation", "value": "1"}),
    ("meta", {"name": "audit_head", "value": ""}),
    ("saved_views", VIEW),
    ("view_alerts", ALERT),
    ("view_messages", MESSAGE | {"id": 1, "state": "sent"}),
    ("view_messages", MESSAGE | {"id": 2, "state": "pending"}),
    ("view_messages", MESSAGE | {"id": 3, "state": "dead", "reason": "550 no such user"}),
    ("view_messages", MESSAGE | {"id": 4, "state": "dead", "reason": "its posts were erased"}),
    ("warnings", WARNING),
    ("warning_notices", NOTICE | {"id": 1, "sequence": 1}),
    ("warning_notices", NOTICE | {"id": 2, "sequence": 2, "change": "grew"}),
    ("warning_deliveries", DELIVERY | {"notice": 1, "receiver": "mail a@example.org", "state": "sent"}),
    ("warning_deliveries", DELIVERY | {"notice": 2, "receiver": "mail a@example.org", "state": "pending"}),
    ("warning_deliveries", DELIVERY | {"notice": 1, "receiver": "webhook https://b.example/", "state": "dead", "reason": "404"}),
    ("subscriptions", SUBSCRIPTION),
    ("subscription_mails", MAIL | {"period": "one", "state": "sent"}),
    ("subscription_mails", MAIL | {"period": "two", "state": "sending", "worker": "dead:1:1"}),
    ("subscription_mails", MAIL | {"period": "three", "state": "stopped"}),
    ("case_mails", CASE_MAIL | {"case_key": "C-1", "what": "50", "batch": "aa", "mailed_at": AT}),
    ("case_mails", CASE_MAIL | {"case_key": "C-1", "what": "80", "batch": "bb"}),
    ("case_mails", CASE_MAIL | {"case_key": "C-2", "what": "80", "batch": "bb"}),
    ("case_mails", CASE_MAIL | {"case_key": "C-3", "what": "80", "batch": "cc", "given_up": "550", "refusals": 12}),
    ("contact_mails", CONTACT_MAIL | {"what": "confirm", "batch": "dd", "mailed_at": AT}),
    ("contact_mails", CONTACT_MAIL | {"what": "step 9", "batch": "ee"}),
    ("contact_mails", CONTACT_MAIL | {"what": "step 8", "batch": "ff", "given_up": True}),
    ("sent_reports", REPORT | {"recipient": "a@example.org", "mailed_at": AT}),
    ("sent_reports", REPORT | {"recipient": "B@example.org"}),
)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """Open a ledger of the revision before."""
    engine = connect(url)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        upgrade_to(connection, "0047")
        # cases, contacts and posts have many columns that do not matter here
        connection.execute(text("PRAGMA defer_foreign_keys = ON" if sqlite else "SET session_replication_role = replica"))
        insert_rows(connection, ROWS)
        if not sqlite:
            connection.execute(text("SET session_replication_role = DEFAULT"))
        upgrade_to(connection, "0048")
    engine.dispose()
    opened = open_ledger(url, SALT)
    yield opened
    opened.close()


def states(ledger: Ledger, kind: OutboxKind) -> list[tuple[str, str, str]]:
    return [(one.subject, one.receiver, one.state) for one in reversed(read.outbox(ledger, kind=kind))]


def test_every_row_is_in_the_one_outbox_in_its_state(ledger: Ledger) -> None:
    assert states(ledger, "alert") == [("1", "ana", "sent"), ("2", "ana", "pending"), ("3", "ana", "refused"), ("4", "ana", "withdrawn")]
    assert states(ledger, "warning") == [
        ("7 1", "a@example.org", "sent"),
        ("7 1", "https://b.example/", "refused"),
        ("7 2", "a@example.org", "pending"),
    ]
    subjects = [f"{'f' * 16} {period}" for period in ("one", "three", "two")]
    assert sorted(states(ledger, "subscription")) == [
        (subjects[0], "user ana", "sent"),
        (subjects[1], "user ana", "withdrawn"),
        (subjects[2], "user ana", "sending"),
    ]
    assert sorted(states(ledger, "staff")) == [
        ("aa", "team Parks", "sent"),
        ("bb", "team Parks", "pending"),
        ("cc", "team Parks", "refused"),
    ]
    assert sorted(states(ledger, "citizen")) == [("dd", "A-1", "sent"), ("ee", "A-1", "pending"), ("ff", "A-1", "refused")]
    assert states(ledger, "report") == [("2026-W47 weekly.es", "B@example.org", "pending"), ("2026-W47 weekly.es", "a@example.org", "sent")]
    lines = [one for one in balance_sheet(ledger, None) if one.name.startswith("outbox")]
    assert [(one.left, one.ok) for one in lines] == [(4, True), (3, True), (2, True), (3, True), (3, True), (3, True)]


def old_id(*what: str) -> str:
    return hashlib.sha256("\n".join([ID, *what]).encode()).hexdigest()[:32]


def test_what_waits_is_claimed_once_with_the_id_it_had_and_what_was_sent_never(ledger: Ledger) -> None:
    kinds: tuple[OutboxKind, ...] = ("alert", "warning", "report", "subscription", "staff", "citizen")
    found: list[OutboxRow] = []
    for kind in kinds:
        while (row := claims.claim(ledger, kind, "a:1:1", NOW, LEASE)) is not None:
            found.append(row)
    made_at = "2026-11-24T10:00:00+00:00"
    assert [(one.kind, one.message_id) for one in found] == [
        ("alert", f"view_{old_id(f'view alert 1 2 {made_at}')}"),
        ("warning", f"warn_{old_id('warning 7 2 mail a@example.org')}"),
        ("report", old_id("weekly", "2026-W47", "es", "b@example.org")),
        ("subscription", old_id("subscription", "f" * 16, "two")),
        ("staff", old_id("bb")),
        ("citizen", old_id("ee")),
    ]
    assert [one.items for one in found[-2:]] == [(("C-1", "80"), ("C-2", "80")), (("A-1", "step 9"),)]
