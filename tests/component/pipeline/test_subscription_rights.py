"""Test who may subscribe whom, and that who may no more gets nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import ChangeRefusedError
from ledger import read, schema
from ledger.database.writing import writing
from ledger.system import users
from pipeline.context import Context, now
from pipeline.subscriptions import changes
from pipeline.subscriptions.links import signature
from pipeline.subscriptions.sending import send_subscriptions
from tests.support.ledger_facts import SALT
from tests.support.mail_server import mail_server
from tests.support.subscription_rig import LUIS, OUTSIDE, by, due_again, mails, states, subscribed, with_people


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with with_people(tmp_path) as context:
        yield context


def test_a_disabled_account_gets_nothing_more(context: Context) -> None:
    own, outside = subscribed(context, "luis"), subscribed(context, "eva", address=OUTSIDE)
    users.set_disabled(context.ledger, "luis", True, "ana", now())
    users.set_disabled(context.ledger, "eva", True, "ana", now())
    with mail_server() as server:
        assert send_subscriptions(by(context, server.port))["subscriptions_withdrawn"] == 2
    assert server.taken == []
    for one in (own, outside):
        assert states(context, one) == [("withdrawn", 1)]
        assert "is disabled" in mails(context, one)[0].reason


def test_who_is_no_lead_any_more_sends_nothing_outside(context: Context) -> None:
    one = subscribed(context, "eva", address=OUTSIDE)
    users.set_role(context.ledger, "eva", "agent", "ana", now())
    with mail_server() as server:
        send_subscriptions(by(context, server.port))
    assert (server.taken, states(context, one)) == ([], [("withdrawn", 1)])


def test_an_account_that_is_disabled_while_its_mail_waits_gets_none(context: Context) -> None:
    one = subscribed(context, "luis")
    with mail_server() as server:
        server.refused[LUIS] = "450 later"
        send_subscriptions(by(context, server.port))
        users.set_disabled(context.ledger, "luis", True, "ana", now())
        server.refused.clear()
        due_again(context)
        send_subscriptions(context)
    assert (server.taken, states(context, one)) == ([], [("withdrawn", 2)])


def test_a_pause_holds_and_an_end_stops_what_waits(context: Context) -> None:
    one = subscribed(context)
    send_subscriptions(context)  # plans; no server is set
    changes.set_state(context, one, "paused", "ana")
    with mail_server() as server:
        assert send_subscriptions(by(context, server.port)) == {"subscriptions_due": 0}
        assert states(context, one) == [("withdrawn", 0)]
        changes.set_state(context, one, "active", "ana")
        assert send_subscriptions(context) == {"subscriptions_due": 0}  # only what is due from now on
        changes.set_state(context, one, "ended", "ana")
        with pytest.raises(ChangeRefusedError, match="has ended"):
            changes.set_state(context, one, "active", "ana")
    assert server.taken == []
    done = [line.what for line in read.audit(context.ledger, one.id)]
    assert done == ["subscription_ended", "subscription_resumed", "subscription_paused", "subscription_made"]


def wanted(**more: Any) -> changes.Wanted:
    return changes.Wanted(**{"report": "summary", **more})


def test_a_person_subscribes_for_himself_and_a_lead_for_others(context: Context) -> None:
    own = changes.subscribe(context, wanted(filters={"topic": "noise", "period": "week"}), "luis")
    assert (own.filter, own.address, own.owner) == ("topic=noise", None, "luis")
    assert changes.subscribe(context, wanted(address=OUTSIDE), "eva").address == OUTSIDE
    with pytest.raises(ChangeRefusedError, match="Only a lead or an administrator"):
        changes.subscribe(context, wanted(address=OUTSIDE), "luis")
    with pytest.raises(ChangeRefusedError, match="no mail address"):
        changes.subscribe(context, wanted(), "eva")
    with pytest.raises(ChangeRefusedError, match="already"):
        changes.subscribe(context, wanted(filters={"topic": "noise"}), "luis")


@pytest.mark.parametrize(
    "wrong",
    [
        {"report": "../../etc"},
        {"every": "hourly"},
        {"weekday": 7},
        {"hour": 24},
        {"format": "exe"},
        {"language": "xx"},
        {"address": "a@b.example, c@d.example"},
        {"address": "a@b.example\r\nBcc: c@d.example"},
        {"address": f"{'a' * 10_000}@b.example"},
        {"address": f"{'😀' * 5_000}@b.example"},
    ],
)
def test_what_is_not_offered_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ChangeRefusedError):
        changes.prepare(wanted(**wrong), "ana")


def test_a_link_ends_its_own_subscription_and_no_other(context: Context) -> None:
    one, other = subscribed(context), subscribed(context, language="en")
    assert changes.by_link(context, one.id, signature(SALT, other.id)) is None
    assert changes.by_link(context, one.id, "") is None
    assert changes.by_link(context, "none", signature(SALT, "none")) is None
    found = changes.by_link(context, one.id, signature(SALT, one.id))
    assert found == one
    assert changes.end_by_link(context, found)
    assert not changes.end_by_link(context, found)
    assert [left.id for left in read.subscriptions(context.ledger)] == [other.id]


def test_without_users_the_machine_itself_subscribes_an_address(context: Context) -> None:
    with writing(context.ledger) as connection:
        connection.execute(schema.users.delete())
    one = changes.subscribe(context, wanted(address=OUTSIDE, every="daily"), "desk")
    with pytest.raises(ChangeRefusedError, match="give an address"):
        changes.subscribe(context, wanted(), "desk")
    assert one.address == OUTSIDE
