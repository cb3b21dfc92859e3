"""Mail teams and leads about cases over a real SMTP server."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config.city import City, load_city
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from ledger import leases, read
from ledger.cases import ownership, workflow
from ledger.database import Ledger, open_ledger
from ledger.delivery import case_mails
from ledger.system import users
from pipeline import escalate as escalating
from pipeline.casework import answers, mails
from pipeline.context import Context
from pipeline.escalate import LEASE_NAME, escalate
from tests.support.deployment import ROOT, environment, write_profile
from tests.support.ledger_facts import NOW, SALT, arrive, case_key, decide, into_case, opened_case, post, read_all
from tests.support.mail_server import MailServer, mail_server

pytest_plugins = ("tests.support.ledger_fixtures",)

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
TEAM, LEAD = "vias@example.org", "jefa.vias@example.org"
# Received on Tuesday 24 November 12:05 in Madrid, due on Thursday 12:05: 24 working hours.
ONE = post(1)
HALF, FOUR_FIFTHS, OVER = (
    datetime(2026, 11, *moment, tzinfo=UTC) for moment in ((25, 11, 5), (25, 18, 20), (26, 11, 5))
)


def told_to(city: City, **more: str | None) -> City:
    addresses = {"mail": TEAM, "lead_mail": LEAD} | more
    changed = [one.model_copy(update=addresses) if one.name == "Vías públicas" else one for one in city.departments]
    return city.model_copy(update={"departments": tuple(changed)})


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def context(ledger: Ledger, server: MailServer, tmp_path: Path) -> Context:
    settings = Settings(home=tmp_path, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
    return Context(city=told_to(MADRID), settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)


def run_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (escalating, mails):
        monkeypatch.setattr(module, "now", lambda: moment)
    return escalate(context)["mailed"]


def sent(server: MailServer) -> list[tuple[str, str]]:
    """Return recipient and heading of each mail."""
    return [(to, text(mail).partition("\n")[0]) for to, mail in server.taken]


def text(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def test_team_and_lead_are_told_once_at_each_level(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    moments = [HALF - timedelta(minutes=1), HALF, HALF, FOUR_FIFTHS, FOUR_FIFTHS, OVER, OVER + timedelta(days=9)]
    assert [run_at(context, moment, monkeypatch) for moment in moments] == [0, 1, 0, 1, 0, 1, 0]
    assert sent(server) == [
        (TEAM, "Ha transcurrido el 50 % del plazo de respuesta:"),
        (TEAM, "Ha transcurrido el 80 % del plazo de respuesta:"),
        (LEAD, "Ha vencido el plazo de respuesta:"),
    ]


def test_one_mail_a_team_lists_its_cases_each_under_the_most_urgent(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [opened_case(context.ledger, post(n)) for n in (1, 2, 30)]
    assert run_at(context, HALF, monkeypatch) == 2
    [(_, to_lead), (_, to_team)] = server.taken
    assert to_team["Subject"] == "Escucha Madrid: casos de Vías públicas que requieren atención: 3"
    assert to_team["Content-Language"] == "es"
    assert [text(to_team).count(f"/cases/{key}") for key in keys] == [1, 1, 1]
    eighty, fifty = text(to_team).split("50 %")
    assert (keys[2] in eighty, keys[0] in fifty, keys[1] in fifty) == (True, True, True)
    assert [key in text(to_lead) for key in keys] == [False, False, True]
    assert "vence el 26 nov 2026, 12:05" in text(to_team)


@pytest.mark.parametrize("state", ["answered", "resolved", "rejected"])
def test_a_case_that_no_longer_waits_is_not_mailed(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    key = opened_case(context.ledger, ONE)
    workflow.change(context.ledger, key, state, "ana", "hecho", NOW)  # type: ignore[arg-type]
    assert (run_at(context, OVER, monkeypatch), server.taken) == (0, [])


def test_replayed_and_example_cases_are_not_mailed(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, post(1, replayed_from=NOW), replay=True)
    example = post(2, "example-x")
    arrive(context.ledger, [example], example.source)
    read_all(context.ledger)
    assert decide(context.ledger, into_case(example)) == 1
    assert (run_at(context, OVER, monkeypatch), server.taken) == (0, [])


def reopen(ledger: Ledger, key: str, *members: object) -> None:
    workflow.change(ledger, key, "resolved", "ana", "arreglado", NOW)
    new = members[-1]
    arrive(ledger, [new])  # type: ignore[list-item]
    read_all(ledger)
    assert decide(ledger, into_case(*members)[-1:]) == 1  # type: ignore[arg-type]


def test_a_department_is_told_once_that_a_new_post_reopened_a_case(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened_case(context.ledger, ONE)
    posts = [ONE, *(post(n, created_at=NOW, received_at=NOW) for n in (101, 102))]
    reopen(context.ledger, key, *posts[:2])
    assert [run_at(context, NOW, monkeypatch) for _ in range(2)] == [1, 0]
    assert list(read.case_records(context.ledger, reopened_at_least=2)) == []
    reopen(context.ledger, key, *posts)
    assert [run_at(context, NOW, monkeypatch) for _ in range(2)] == [1, 0]
    assert sent(server) == [(TEAM, "Cerrados y reabiertos por un nuevo mensaje:")] * 2
    assert [one.case_key for one in read.case_records(context.ledger, reopened_at_least=2)] == [key]
    assert read.count_cases(context.ledger, reopened_at_least=2) == 1
    assert read.count_cases(context.ledger, reopened_at_least=3) == 0


def test_a_case_that_a_person_reopened_is_counted_and_not_mailed(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened_case(context.ledger, ONE)
    for state in ("resolved", "assigned", "answered", "assigned", "rejected", "assigned"):
        workflow.change(context.ledger, key, state, "ana", "de nuevo", NOW)
    assert (run_at(context, NOW, monkeypatch), server.taken) == (0, [])
    assert [read.count_cases(context.ledger, reopened_at_least=n) for n in (1, 2, 3)] == [1, 1, 0]


def test_watchers_are_mailed_once_what_others_changed(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, moments = opened_case(context.ledger, ONE), [NOW + timedelta(minutes=n) for n in range(9)]
    for name in ("ana", "eva", "luis"):
        users.set_user(context.ledger, name, "hash", "agent", NOW)
        ownership.watch(context.ledger, key, name, moments[0])
    users.set_mail(context.ledger, "ana", "ana@example.org", "root", NOW)
    users.set_mail(context.ledger, "eva", "eva@example.org", "root", NOW)
    assert run_at(context, NOW, monkeypatch) == 0
    workflow.change(context.ledger, key, "assigned", "eva", "voy", moments[1])
    workflow.note(context.ledger, key, "luis", "llamé a la contrata", moments[2])
    assert [run_at(context, NOW, monkeypatch) for _ in range(2)] == [2, 0]
    ownership.watch(context.ledger, key, "eva", moments[3], watching=False)
    workflow.change(context.ledger, key, "resolved", "luis", "hecho", moments[4])
    assert [run_at(context, NOW, monkeypatch) for _ in range(2)] == [1, 0]
    changes = [
        (to, text(mail).partition("\n    ")[2].partition("\n\n")[0].split("\n    ")) for to, mail in server.taken
    ]
    assert changes == [
        ("ana@example.org", ["24 nov 2026, 13:01: asignado (eva)", "24 nov 2026, 13:02: Nota (luis)"]),
        ("eva@example.org", ["24 nov 2026, 13:02: Nota (luis)"]),
        ("ana@example.org", ["24 nov 2026, 13:04: resuelto (luis)"]),
    ]
    assert "contrata" not in text(server.taken[0][1])


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


def test_a_case_goes_on_waiting_when_the_citizen_is_asked_back(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = asked_back(context, monkeypatch)
    [*_, last] = read.transitions(context.ledger, key)
    assert last.why == "asked back on archive: the answer time pauses until the citizen replies"
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert (found.state, found.waits, found.answered_at) == ("assigned", True, None)


def test_no_answer_time_passes_until_the_citizen_replies(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_back(context, monkeypatch)
    assert run_at(context, OVER, monkeypatch) == 0
    arrive(context.ledger, [REPLY])  # on Wednesday 12:05: 11 h 5 min were waited
    assert run_at(context, OVER - timedelta(minutes=1), monkeypatch) == 1  # 12 h 54 min of 24 h
    assert run_at(context, OVER + timedelta(hours=5), monkeypatch) == 0  # 17 h 55 min: 75 %
    assert run_at(context, OVER + timedelta(hours=7), monkeypatch) == 1  # 19 h 55 min: 83 %
    assert [to for to, _ in server.taken] == [TEAM, TEAM]


def test_after_ten_working_days_without_a_reply_the_time_counts_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_without_an_address_or_a_server_nothing_is_claimed(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    silent = replace(context, city=told_to(MADRID, mail=None, lead_mail=None))
    no_server = replace(context, settings=context.settings.model_copy(update={"smtp_url": None}))
    assert [run_at(one, OVER, monkeypatch) for one in (silent, no_server)] == [0, 0]
    assert run_at(replace(context, city=told_to(MADRID, mail=None)), OVER, monkeypatch) == 1
    assert run_at(context, OVER, monkeypatch) == 1
    assert [to for to, _ in server.taken] == [LEAD, TEAM]


def test_what_a_server_refuses_stops_no_other_mail_and_is_tried_again(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    server.refused[LEAD] = "550 no such user"
    with pytest.raises(EscuchaError, match=f"mail to {LEAD}: the server answered 550"):
        run_at(context, OVER, monkeypatch)
    server.refused.clear()
    assert [run_at(context, OVER, monkeypatch) for _ in range(2)] == [1, 0]
    assert [to for to, _ in server.taken] == [TEAM, LEAD]


def test_a_server_that_is_down_keeps_no_stale_mail(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened_case(context.ledger, ONE)
    nowhere = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(UnavailableError):
        run_at(replace(context, settings=nowhere), OVER, monkeypatch)
    workflow.change(context.ledger, key, "answered", "ana", "hecho", OVER)
    assert (run_at(context, OVER, monkeypatch), server.taken) == (0, [])


def test_while_one_process_mails_another_does_not(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, ONE)
    assert leases.hold(context.ledger, LEASE_NAME, "other:1:1", OVER, timedelta(minutes=1))
    assert (run_at(context, OVER, monkeypatch), server.taken) == (0, [])
    leases.release(context.ledger, LEASE_NAME, "other:1:1")
    assert run_at(context, OVER, monkeypatch) == 2


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
    start(env, "verify").wait(120)  # creates home and salt
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
    [("escalate.claimed:1", 0, 2), ("escalate.sent:1", 1, 2), ("escalate.sent:2", 2, 1)],
    ids=["between claim and sending", "between the first mail and its note", "between the second and its note"],
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


def test_the_same_claim_is_made_once(context: Context) -> None:
    key = opened_case(context.ledger, ONE)
    items = [(key, "50"), (key, "80")]
    batch = case_mails.claim(context.ledger, "team Vías públicas", items, NOW)
    assert batch is not None
    assert case_mails.claim(context.ledger, "team Vías públicas", items, NOW) is None
    assert [one.items for one in case_mails.unfinished(context.ledger)] == [tuple(items)]
    case_mails.mark_mailed(context.ledger, batch, NOW)
    case_mails.release(context.ledger, batch)  # too late
    assert case_mails.claim(context.ledger, "team Vías públicas", items, NOW) is None
