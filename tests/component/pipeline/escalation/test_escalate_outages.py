"""Test that mails about cases go out once, whatever servers and processes do."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from ledger import read
from ledger.cases import workflow
from ledger.database import open_ledger
from pipeline.context import Context
from tests.support.deployment import ROOT, environment, write_profile
from tests.support.escalate_rig import LEAD, MADRID, ONE, OVER, TEAM, run_at, told_to
from tests.support.ledger_facts import case_key, opened_case, post
from tests.support.mail_server import MailServer

pytest_plugins = ("tests.support.ledger_fixtures",)


def test_without_an_address_or_a_server_nothing_is_claimed(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_case(context.ledger, ONE)
    silent = replace(context, city=told_to(MADRID, mail=None, lead_mail=None))
    no_server = replace(context, settings=context.settings.model_copy(update={"smtp_url": None}))
    assert [run_at(one, OVER, monkeypatch) for one in (silent, no_server)] == [0, 0]
    assert run_at(replace(context, city=told_to(MADRID, mail=None)), OVER, monkeypatch) == 1
    assert run_at(context, OVER, monkeypatch) == 1
    assert [to for to, _ in server.taken] == [LEAD, TEAM]


def test_what_a_server_refuses_for_now_stops_no_other_mail_and_is_tried_again(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    server.refused[LEAD] = "450 try again later"
    assert run_at(context, OVER, monkeypatch) == 1
    assert read.outbox_left(context.ledger, "staff").reason == "mail to [address]: the server answered 450 try again later"
    server.refused.clear()
    assert [run_at(context, OVER + n * timedelta(minutes=2), monkeypatch) for n in (1, 2)] == [1, 0]
    assert [to for to, _ in server.taken] == [TEAM, LEAD]


def test_an_address_that_does_not_exist_makes_no_run_fail_and_is_given_up_in_words(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    server.refused[LEAD] = "550 no such user"
    sent = [run_at(context, OVER + n * timedelta(hours=1), monkeypatch) for n in range(72)]
    assert sent == [1, *[0] * 71]
    assert [to for to, _ in server.taken] == [TEAM]
    assert read.outbox_sums(context.ledger, "staff") == {"sent": 1, "refused": 1}
    assert read.refused_receivers(context.ledger, "staff") == {
        "lead Vías públicas": "mail to [address]: the server answered 550 no such user"
    }


def test_a_corrected_address_gets_the_mail_at_the_next_try(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_case(context.ledger, ONE)
    server.refused[LEAD] = "550 no such user"
    run_at(context, OVER, monkeypatch)
    corrected = replace(context, city=told_to(MADRID, lead_mail="jefa@example.org"))
    assert run_at(corrected, OVER + timedelta(minutes=2), monkeypatch) == 1
    assert [to for to, _ in server.taken] == [TEAM, "jefa@example.org"]


def test_a_server_that_is_down_keeps_no_stale_mail(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = opened_case(context.ledger, ONE)
    nowhere = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(UnavailableError):
        run_at(replace(context, settings=nowhere), OVER, monkeypatch)
    workflow.change(context.ledger, key, "answered", "ana", "hecho", OVER)
    assert (run_at(context, OVER, monkeypatch), server.taken) == (0, [])
    assert read.outbox(context.ledger) == []


@pytest.mark.parametrize("text", ["vias", "a@b, c@d", "Ana <a@b.es>"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = write_profile(tmp_path, tmp_path / "posts.jsonl")
    path.write_text(path.read_text().replace('topics = ["other"]', f'topics = ["other"]\nmail = "{text}"'))
    with pytest.raises(ConfigurationError, match=r"departments.0.mail': .*not one e-mail address"):
        load_city(path)


@pytest.fixture
def deployed(tmp_path: Path, server: MailServer) -> dict[str, str]:
    """Return the environment of a deployment with two late cases."""
    (tmp_path / "posts.jsonl").write_text("")
    path = write_profile(tmp_path, tmp_path / "posts.jsonl")
    told = f'name = "Vías públicas"\nmail = "{TEAM}"\nlead_mail = "{LEAD}"'
    path.write_text(path.read_text().replace('name = "Atención a la ciudadanía"', told))
    env = environment(tmp_path / "home", path, ESCUCHA_SMTP_URL=f"smtp://127.0.0.1:{server.port}")
    start(env).wait(120)  # creates home and salt
    home = tmp_path / "home"
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", Settings(home=home).salt_bytes())
    long_ago: dict[str, Any] = dict.fromkeys(("created_at", "received_at"), datetime(2026, 1, 12, 9, tzinfo=UTC))
    for n in (1, 2):
        assert opened_case(ledger, post(n, **long_ago)) == case_key(post(n))
    ledger.close()
    return env


def start(env: dict[str, str], step: str = "escalate") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "escucha.cli", step], env=env, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "before", "after"),
    [("staff.planned:1", 0, 2), ("staff.claimed:1", 0, 2), ("staff.sent:1", 1, 2), ("staff.sent:2", 2, 1)],
    ids=["before the first claim", "between claim and sending", "between the first mail and its note", "between the second and its note"],
)
def test_a_kill_loses_no_mail_and_what_comes_twice_has_the_same_message_id(
    deployed: dict[str, str], server: MailServer, point: str, before: int, after: int
) -> None:
    assert start(deployed | {"ESCUCHA_FAULT_AT": point}).wait(120) == -signal.SIGKILL
    assert len(server.taken) == before
    assert [start(deployed).wait(120) for _ in range(2)] == [0, 0]
    assert len(server.taken) == before + after
    assert len({mail["Message-ID"] for _, mail in server.taken}) == 2
    assert {to for to, _ in server.taken} == {TEAM, LEAD}


@pytest.mark.slow
def test_two_processes_at_once_send_each_mail_once(deployed: dict[str, str], server: MailServer) -> None:
    both = [start(deployed) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert sorted(to for to, _ in server.taken) == [LEAD, TEAM]
