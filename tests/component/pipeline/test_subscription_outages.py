"""Test that each mail goes out once, whatever servers and workers do."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import smtp
from core.errors import EscuchaError
from ledger import leases
from ledger.database import open_ledger
from ledger.outbox import claims
from pipeline.context import Context, now, worker
from pipeline.outbox import outcomes
from pipeline.subscriptions import changes
from pipeline.subscriptions.sending import send_subscriptions
from tests.support.killed_steps import ForkServer, Job
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer, mail_server
from tests.support.subscription_rig import ANA, LUIS, by, context_of, due_again, mails, states, subscribed, with_people
from tests.support.toxic import toxic


@pytest.fixture(scope="module", autouse=True)
def children() -> Iterator[ForkServer]:
    """A warm process, forked before the first mail server starts a thread."""
    with ForkServer() as server:
        yield server


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with with_people(tmp_path) as context:
        yield context


def ids(server: MailServer) -> list[str]:
    return [mail["Message-ID"] for _, mail in server.taken]


@pytest.mark.parametrize(("answer", "attempts"), [("550 no such user", 3), ("450 try again later", 4)])
def test_a_server_that_takes_half_the_recipients_keeps_nobody_from_theirs(
    context: Context, monkeypatch: pytest.MonkeyPatch, answer: str, attempts: int
) -> None:
    for name in ("ATTEMPTS", "LATER_ATTEMPTS"):
        monkeypatch.setattr(outcomes, name, attempts)
    refused, taken = subscribed(context, "luis"), subscribed(context, "ana")
    with mail_server() as server:
        server.refused[LUIS] = answer
        for _attempt in range(attempts + 2):
            send_subscriptions(by(context, server.port))
            due_again(context)
        assert [to for to, _ in server.taken] == [ANA]
        assert states(context, taken) == [("sent", 1)]
        assert states(context, refused) == [("refused", attempts)]
        assert answer in mails(context, refused)[0].reason
        server.refused.clear()
        changes.retry(context, refused, mails(context, refused)[0].period, "luis")
        send_subscriptions(context)
        assert sorted(to for to, _ in server.taken) == [ANA, LUIS]
    assert states(context, refused) == [("sent", 1)]


@contextmanager
def hasty(**limits: float) -> Iterator[None]:
    """Give up soon on a server that hangs; in the rest of the test it may take its time."""
    with pytest.MonkeyPatch.context() as patched:
        for name, seconds in {"GOODBYE_S": 0.1, **limits}.items():
            patched.setattr(smtp, name, seconds)
        yield


@pytest.mark.parametrize("poison", ["refuse", "closed", "silence", "drip", "bytes"])
def test_a_server_that_does_not_answer_loses_no_mail_and_costs_no_attempt(context: Context, poison: str) -> None:
    first, second = subscribed(context), subscribed(context, language="en")
    with (
        hasty(TIMEOUT_S=0.3),
        toxic(poison, hello=b"" if poison == "bytes" else b"220 hello\r\n") as server,
        pytest.raises(EscuchaError, match="does not answer as a mail server"),
    ):
        send_subscriptions(by(context, server.port))
    assert states(context, first) == [("pending", 0)]
    assert "does not answer as a mail server" in mails(context, first)[0].reason
    due_again(context)
    with mail_server() as well:
        send_subscriptions(by(context, well.port))
    assert len(set(ids(well))) == len(ids(well)) == 2
    assert states(context, first) == states(context, second) == [("sent", 1)]


@pytest.mark.parametrize("fault", ["drops", "hangs", "garbage"])
def test_a_mail_that_was_taken_without_an_answer_comes_again_with_the_same_id(context: Context, fault: str) -> None:
    one, given_up = subscribed(context), asyncio.Event()
    with mail_server() as server:
        keep = server.handle_DATA

        async def misbehave(smtp_server: Any, session: Any, envelope: Any) -> str:
            await keep(smtp_server, session, envelope)
            if fault == "drops":
                smtp_server.transport.abort()
            if fault == "hangs":
                await given_up.wait()
            return "\x00\xff garbage"

        server.handle_DATA = misbehave  # type: ignore[method-assign, assignment]
        with hasty(HAND_OVER_S=2.0 if fault == "hangs" else 30.0):
            send_subscriptions(by(context, server.port))
        assert states(context, one) == [("pending", 1)]
        server.handle_DATA = keep  # type: ignore[method-assign]
        due_again(context)
        send_subscriptions(context)
    assert states(context, one) == [("sent", 2)]
    assert len(server.taken) == 2
    assert len(set(ids(server))) == 1


def test_two_workers_at_once_send_each_mail_once(context: Context, tmp_path: Path) -> None:
    for n in range(6):
        subscribed(context, hour=n)
    with mail_server() as server:
        workers = [threading.Thread(target=send_once, args=(tmp_path, server.port)) for _ in range(2)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert len(ids(server)) == len(set(ids(server))) == 6


def send_once(home: Path, port: int) -> None:
    with closing(open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)) as ledger:
        send_subscriptions(by(context_of(home, ledger), port))


@pytest.mark.slow
@pytest.mark.parametrize(("point", "before"), [("claimed:1", 0), ("connected:1", 0), ("sent:1", 1), ("claimed:2", 1), ("sent:2", 2)])
def test_a_kill_loses_no_mail_and_what_comes_twice_has_the_same_id(
    context: Context, tmp_path: Path, children: ForkServer, point: str, before: int
) -> None:
    first, second = subscribed(context), subscribed(context, language="en")
    context.ledger.close()
    with mail_server() as server:
        work = partial(send_once, tmp_path, server.port)
        assert children.run(Job(work, {"ESCUCHA_FAULT_AT": f"subscription.{point}"})) == "killed"
        assert len(server.taken) == before
        for holder in leases.holders(context.ledger):
            leases.release_all(context.ledger, holder)
        assert children.run(Job(work)) == "done"
        sent = len(server.taken)
        assert children.run(Job(work)) == "done"
        assert len(server.taken) == sent
    assert len(set(ids(server))) == 2
    assert sent == 2 + ("sent" in point)
    assert {state for one in (first, second) for state, _ in states(context, one)} == {"sent"}


def test_a_mail_that_kills_its_worker_does_not_keep_the_others_waiting(context: Context) -> None:
    subscribed(context)
    subscribed(context, language="en")
    send_subscriptions(context)  # plans; no server is set
    killed = claims.claim(context.ledger, "subscription", "dead:1:1", now(), timedelta(minutes=10))
    assert killed is not None
    leases.release_all(context.ledger, "dead:1:1")
    following = claims.claim(context.ledger, "subscription", worker(), now(), timedelta(minutes=10))
    assert following is not None
    assert following.subject != killed.subject
