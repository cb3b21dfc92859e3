"""Two people change one case at the same moment: exactly one wins, and the other one's text is shown again.

Each of the two uses a separate desk on the same ledger; both forms carry the revision that both of them saw. `ESCUCHA_RACES` sets how
many races are run.
"""

import os
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from core.records.annotation import TOPICS
from core.records.case import OPEN
from core.records.read_models import CaseRecord
from core.web.rate_limits import ChangeLimits, RateLimit
from ledger import read
from pipeline import casework
from pipeline.casework import grouping
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.desk_client import csrf, logged_in, people
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import open_seeded

RACES = int(os.environ.get("ESCUCHA_RACES", "24"))
RACERS = ("ben", "eva")
NOW = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    people(context)
    yield context
    context.ledger.close()


class Race:
    """Two people at two desks, and a start signal."""

    def __init__(self, context: Context) -> None:
        self.context, self.dice, self.start = context, random.Random(4), Barrier(2)  # noqa: S311
        self.clients = {name: logged_in(context, name) for name in RACERS}
        for client in self.clients.values():  # a person changes less than sixty things a minute, a race does not
            limits: ChangeLimits = client.app.state.desk.limit  # type: ignore[attr-defined]
            limits.accounts = limits.addresses = RateLimit(10**6, 60)
        self.tokens = {name: csrf(client.get("/review").text) for name, client in self.clients.items()}

    def run(self, forms: dict[str, tuple[str, dict[str, str]]]) -> dict[str, Response]:
        """Send the form of each person, address and fields, at the same moment."""
        with ThreadPoolExecutor(2) as threads:
            sent = {name: threads.submit(self._send, name, *forms[name]) for name in RACERS}
            return {name: one.result(60) for name, one in sent.items()}

    def _send(self, name: str, address: str, form: dict[str, str]) -> Response:
        client: TestClient = self.clients[name]
        self.start.wait(60)
        return client.post(address, data=form | {"csrf": self.tokens[name]}, follow_redirects=False)

    def form(self, name: str, case: CaseRecord, others: list[str], text: str, seen: int) -> tuple[str, dict[str, str]]:
        """One change of an open case that this person may want, with the words that go with it."""
        action = self.dice.choice(("hand-over", "answer", "resolve", "reject", "assign", "topic", "merge", "not-ours"))
        work = read.case_work(self.context.ledger, case.case_key)
        assert work is not None
        bodies = re.findall(r'<option value="([^"]+)"[^>]*>[^<]*: ', self.page(case)) if action == "not-ours" else []
        fields = {
            "hand-over": {"to": next(one for one in ("ana", "ben", "eva") if one not in (work.assignee, name))},
            "assign": {"department": self.dice.choice(self.context.city.departments).name},
            "topic": {"topic": next(one for one in self.dice.sample(TOPICS, 3) if one != case.topic)},
            "merge": {"into": self.dice.choice(others)},
            "answer": {"where": "X"},
            "not-ours": {"body": (bodies or [""])[0]},
        }.get(action, {})
        return f"/cases/{case.case_key}/{action}", fields | {"seen": str(seen), "why": text}

    def page(self, case: CaseRecord) -> str:
        return self.clients["ben"].get(f"/cases/{case.case_key}").text


def history(context: Context, key: str) -> str:
    """Everything that people wrote about a case."""
    work = read.case_work(context.ledger, key)
    assert work is not None
    steps = [one.why for one in read.transitions(context.ledger, key)]
    return "\n".join([*steps, *(one.why for one in work.changes), *(n.text for n in read.notes(context.ledger, key))])


def open_cases(context: Context) -> list[CaseRecord]:
    """The cases that are open now, closed ones opened again and merged ones separated."""
    for case in list(read.case_records(context.ledger)):
        if case.state in ("resolved", "rejected"):
            casework.reopen(context, case.case_key, "ana", "next race")
        work = read.case_work(context.ledger, case.case_key)
        assert work is not None
        for change in reversed(work.changes):
            if change.what == "merge" and not change.undone:
                grouping.undo(context, change.id, "ana", "next race")
    return [one for one in read.case_records(context.ledger) if one.state in OPEN]


@pytest.mark.slow
def test_of_two_changes_of_one_case_one_wins_and_the_other_text_is_kept(context: Context) -> None:
    race = Race(context)
    for number in range(RACES):
        cases = open_cases(context)
        case, *others = race.dice.sample(cases, len(cases))
        seen = read.case_revision(context.ledger, case.case_key)
        assert seen is not None
        texts = {name: f"palabras-{number}-de-{name}" for name in RACERS}
        keys = [one.case_key for one in others]
        forms = {name: race.form(name, case, keys, texts[name], seen) for name in RACERS}
        found = race.run(forms)
        winners = [name for name in RACERS if found[name].status_code == 303]
        assert len(winners) == 1, forms
        [winner], [loser] = winners, [name for name in RACERS if name not in winners]
        assert found[loser].status_code in (400, 409), forms
        assert texts[loser] in found[loser].text, forms
        written = "".join(history(context, one.case_key) for one in read.case_records(context.ledger))
        assert texts[winner] in written, forms
        assert texts[loser] not in written, forms
    assert unbalanced(context.ledger) == []


@pytest.mark.parametrize("fields", [{"to": "ana"}, {"topic": "noise"}], ids=["hand-over", "topic"])
def test_who_decides_the_same_as_another_person_with_other_words_loses_none(context: Context, fields: dict[str, str]) -> None:
    race, case = Race(context), open_cases(context)[0]
    address = f"/cases/{case.case_key}/{'topic' if 'topic' in fields else 'hand-over'}"
    seen = str(read.case_revision(context.ledger, case.case_key))
    sent = {name: fields | {"seen": seen, "why": f"palabras de {name}", "csrf": race.tokens[name]} for name in RACERS}
    send = {name: lambda name=name: race.clients[name].post(address, data=sent[name], follow_redirects=False) for name in RACERS}
    assert send["ben"]().status_code == 303
    refused = send["eva"]()
    assert (refused.status_code, "palabras de eva" in refused.text) == (409, True)
    assert send["ben"]().status_code == 303  # the same form sent twice


def test_of_two_people_who_approve_or_reject_one_answer_one_wins(context: Context) -> None:
    race = Race(context)
    post = next(read.post_records(context.ledger, decision="in_case"))
    for number in range(max(4, RACES // 10)):
        [key] = answers.draft(context, [post.post_id], f"Gracias {number}", "es", "ana", form=str(number))
        approves: tuple[str, dict[str, str]] = (f"/answers/{key}/approve", {})
        rejects = (f"/answers/{key}/reject", {"why": f"palabras-{number}"})
        found = race.run({"ben": approves, "eva": rejects if number % 2 else approves})
        [winner] = [name for name in RACERS if found[name].status_code == 303]
        answer = read.answer(context.ledger, key)
        assert answer is not None
        if number % 2 and winner == "eva":
            assert (answer.state, answer.reason) == ("rejected", f"palabras-{number}")
        else:
            assert (answer.state, answer.approved_by) == ("approved", winner)
            assert not number % 2 or f"palabras-{number}" in found["eva"].text
            answers.withdraw(context, key, "ana")
