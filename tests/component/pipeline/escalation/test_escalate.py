"""Test which cases teams, leads and watchers are mailed about.

Answer times that pause: `test_escalate_pauses.py`; servers and kills: `test_escalate_outages.py`.
"""

from datetime import timedelta

import pytest

from ledger import read
from ledger.cases import ownership, workflow
from ledger.database import Ledger
from ledger.system import users
from pipeline.context import Context
from tests.support.escalate_rig import FOUR_FIFTHS, HALF, LEAD, ONE, OVER, TEAM, run_at, text
from tests.support.ledger_facts import NOW, arrive, decide, into_case, opened_case, post, read_all
from tests.support.mail_server import MailServer

pytest_plugins = ("tests.support.ledger_fixtures",)


def sent(server: MailServer) -> list[tuple[str, str]]:
    """Return recipient and heading of each mail."""
    return [(to, text(mail).partition("\n")[0]) for to, mail in server.taken]


def test_team_and_lead_are_told_once_at_each_level(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_replayed_and_example_cases_are_not_mailed(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_watchers_are_mailed_once_what_others_changed(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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
    changes = [(to, text(mail).partition("\n    ")[2].partition("\n\n")[0].split("\n    ")) for to, mail in server.taken]
    assert changes == [
        ("ana@example.org", ["24 nov 2026, 13:01: asignado (eva)", "24 nov 2026, 13:02: Nota (luis)"]),
        ("eva@example.org", ["24 nov 2026, 13:02: Nota (luis)"]),
        ("ana@example.org", ["24 nov 2026, 13:04: resuelto (luis)"]),
    ]
    assert "contrata" not in text(server.taken[0][1])
