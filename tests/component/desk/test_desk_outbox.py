"""The page of the outbox: what left, what waits, what was refused and why; try again, withdraw; for leads and administrators."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.records.outbox import MAIL, Due
from escucha.commands.outbox import lines
from ledger import read
from ledger.outbox import channels, claims, planning
from pipeline.context import Context
from pipeline.outbox import people as outbox
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
LEASE = timedelta(minutes=10)
REASON = "mail to [address]: the server answered 550 no such user"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Open a desk with a refused mail about cases, a waiting mail to a citizen and a sent report."""
    context = open_seeded(tmp_path, 3, NOW)
    for kind, receiver, subject in (
        ("staff", "team Parks", "a"),
        ("citizen", "20261127-ABCD", "b"),
        ("report", "boss@example.org", "2026-W47 weekly.es"),
    ):
        planning.plan(context.ledger, kind, [Due(subject=subject, receiver=receiver, channel=MAIL)], NOW)  # type: ignore[arg-type]
    for kind, state, why in (("staff", "refused", REASON), ("report", "sent", "")):
        row = claims.claim(context.ledger, kind, "a:1:1", NOW, LEASE)  # type: ignore[arg-type]
        assert row is not None
        claims.settle(context.ledger, row, "a:1:1", state, why, NOW)  # type: ignore[arg-type]
    yield context
    context.ledger.close()


def states(context: Context) -> dict[str, str]:
    return {one.kind: one.state for one in read.outbox(context.ledger)}


def test_each_message_is_shown_with_its_receiver_and_reason(context: Context) -> None:
    page = browser(context).get("/outbox").text
    assert "team Parks" in page
    assert "boss@example.org" in page
    assert REASON in page
    only = browser(context).get("/outbox?kind=staff&state=refused").text
    assert (REASON in only, "boss@example.org" in only) == (True, False)
    assert "boss@example.org" in browser(context).get("/outbox?receiver=boss@example.org").text
    assert "No message matches." in browser(context).get("/outbox?receiver=nobody").text
    assert "2026-W47" not in browser(context).get("/outbox?kind=nothing&state=nothing").text.partition("<h2>")[0]


@pytest.mark.parametrize(("language", "title"), [("es", "Envíos"), ("ca", "Enviaments"), ("en", "Outbox")])
def test_the_page_exists_in_each_language_of_the_desk(context: Context, language: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in browser(context, language).get("/outbox").text


def test_a_lead_tries_again_and_withdraws_and_both_are_audited(context: Context) -> None:
    people(context)
    lead = logged_in(context, "eva")
    numbers = {one.kind: one.id for one in read.outbox(context.ledger)}
    sent(lead, "/outbox", f"/outbox/{numbers['staff']}/retry")
    assert states(context)["staff"] == "pending"
    sent(lead, "/outbox", f"/outbox/{numbers['citizen']}/withdraw")
    assert states(context)["citizen"] == "withdrawn"
    audited = [(one.what, one.who) for one in read.audit(context.ledger) if one.what.startswith("outbox")]
    assert audited == [("outbox_withdrawn", "eva"), ("outbox_retried", "eva")]
    form = hidden(lead.get("/outbox").text, f"/outbox/{numbers['citizen']}/retry")
    refused = lead.post(f"/outbox/{numbers['report']}/withdraw", data=form)
    assert (refused.status_code, "has changed meanwhile" in refused.text) == (400, True)
    assert lead.post(f"/outbox/{numbers['report']}/eat", data=form).status_code == 404


def test_a_channel_that_stopped_is_named_until_somebody_tries_again(context: Context) -> None:
    channel = "webhook https://bus.example/in"
    message = Due(subject="evt_1", receiver="https://bus.example/in", channel=channel, thread="C-1", message_id="evt_1")
    planning.plan(context.ledger, "event", [message], NOW)
    channels.stop(context.ledger, channel, "410: the receiver wants no more events", NOW)
    desk = browser(context)
    page = desk.get("/outbox").text
    assert f"{channel} takes no more messages; they wait until you try one again. 410: the receiver wants no more events" in page
    assert 'href="/cases/C-1"' in page
    [row] = read.outbox(context.ledger, kind="event")
    assert claims.claim(context.ledger, "event", "a:1:1", NOW, LEASE) is None
    outbox.retry(context, row.id, "eva")
    assert "takes no more messages" not in desk.get("/outbox").text
    assert claims.claim(context.ledger, "event", "a:1:1", NOW, LEASE) is not None


def test_an_agent_sees_no_outbox(context: Context) -> None:
    people(context)
    agent = logged_in(context, "ben")
    assert agent.get("/outbox").status_code == 403
    assert 'href="/outbox"' not in agent.get("/reports").text
    assert 'href="/outbox"' in logged_in(context, "eva").get("/reports").text


def test_the_terminal_says_the_same(context: Context) -> None:
    summary = list(lines(context.ledger, None))
    assert "staff: pending 0, sending 0, sent 0, unknown 0, refused 1, withdrawn 0" in summary
    [head, row] = lines(context.ledger, "staff")
    assert head.startswith("staff: ")
    assert row.endswith(f"refused a to team Parks by mail, attempts 1: {REASON}")
