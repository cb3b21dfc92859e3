"""Test that no answer time passes while the citizen was asked back."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger import read
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.escalate_rig import HALF, ONE, OVER, TEAM, run_at
from tests.support.ledger_facts import NOW, arrive, opened_case, post
from tests.support.mail_server import MailServer

pytest_plugins = ("tests.support.ledger_fixtures",)


ASKED = NOW  # Tuesday 13:00 in Madrid: 0.9 of 24 working hours have passed
REPLY = post(201, created_at=HALF, received_at=HALF, reply_to="network", thread=ONE.post_id)


def asked_back(context: Context, monkeypatch: pytest.MonkeyPatch, *, asks: bool = True) -> str:
    """Open a case and ask its citizen back, copied by hand."""
    key = opened_case(context.ledger, ONE)
    monkeypatch.setattr(answers, "now", lambda: ASKED)
    [answer] = answers.draft(context, [ONE.post_id], "¿A qué altura de la calle?", "es", "ana", asks=asks)
    answers.approve(context, answer, "eva")
    answers.mark_copied(context, answer, "eva")
    return key


def test_a_case_goes_on_waiting_when_the_citizen_is_asked_back(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    key = asked_back(context, monkeypatch)
    [*_, last] = read.transitions(context.ledger, key)
    assert last.why == "asked back on archive: the answer time pauses until the citizen replies"
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert (found.state, found.waits, found.answered_at) == ("assigned", True, None)


def test_no_answer_time_passes_until_the_citizen_replies(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_back(context, monkeypatch)
    assert run_at(context, OVER, monkeypatch) == 0
    arrive(context.ledger, [REPLY])  # on Wednesday 12:05: 11 h 5 min were waited
    assert run_at(context, OVER - timedelta(minutes=1), monkeypatch) == 1  # 12 h 54 min of 24 h
    assert run_at(context, OVER + timedelta(hours=5), monkeypatch) == 0  # 17 h 55 min: 75 %
    assert run_at(context, OVER + timedelta(hours=7), monkeypatch) == 1  # 19 h 55 min: 83 %
    assert [to for to, _ in server.taken] == [TEAM, TEAM]


def test_after_ten_working_days_without_a_reply_the_time_counts_again(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_back(context, monkeypatch)
    # ten working days from Tuesday 24 November 13:00, without 7 and 8 December: Thursday 10 December 13:00
    counts_again = datetime(2026, 12, 10, 12, tzinfo=UTC)
    assert run_at(context, counts_again, monkeypatch) == 0
    assert run_at(context, counts_again + timedelta(hours=24), monkeypatch) == 1  # 12 h and 55 min of before


def test_an_answer_that_asks_nothing_stops_the_clock(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    key = asked_back(context, monkeypatch, asks=False)
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert (found.state, found.waits) == ("answered", False)
