"""Follow five complaints around the whole loop.

From the network to case, ticket, answer and the city's open data. A citizen posts on a real network; a real Request Tracker holds the
tickets; people draft and approve on the desk. The network is snac, or Bluesky's own servers under `make test-bluesky`.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from core.config.settings import Settings
from core.i18n.display_names import display_name
from core.records.read_models import CaseRecord, PostRecord
from escucha.cli import main
from ledger import read
from pipeline.context import Context, open_context
from tests.support.bluesky_network import ADDRESS
from tests.support.deployment import environment
from tests.support.desk_client import hidden, logged_in, people, sent
from tests.support.ledger_facts import unbalanced
from tests.support.portal_facts import client_of
from tests.support.snac_server import without_mention
from tests.support.whole_loop import COMPLAINTS, PRAISE, Square, resolve, square

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("snac") is None and not ADDRESS, reason="snac is not installed: apt-get install snac2"),
]
pytest_plugins = ["tests.support.request_tracker_server"]
Step = Callable[[str], dict[str, int]]
ANSWER = "Gracias por avisar: ya está arreglado."


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Square]:
    with square(tmp_path) as found:
        yield found


@pytest.fixture
def env(tmp_path: Path, network: Square, rt_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of the council's installation.

    The test's own process has it too, for the desk.
    """
    robot = {"ESCUCHA_RT_USER": "escucha", "ESCUCHA_RT_PASSWORD": "escucha-pw-1"}
    made = environment(tmp_path / "home", network.profile(tmp_path, rt_url), **network.environment, **robot)
    for name in set(os.environ) - set(made):
        monkeypatch.delenv(name)
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    return made


@contextmanager
def house(env: dict[str, str]) -> Iterator[Context]:
    with open_context(Path(env["ESCUCHA_CITY"]), Settings()) as context:
        yield context


@pytest.fixture
def step(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Step:
    """Run one step as the command does; return its counts."""

    def run(name: str) -> dict[str, int]:
        assert main([name]) == 0, capsys.readouterr().err
        counts: dict[str, int] = json.loads(capsys.readouterr().out)
        return counts

    return run


def books(env: dict[str, str]) -> tuple[list[CaseRecord], list[PostRecord]]:
    with house(env) as context:
        return list(read.case_records(context.ledger)), list(read.post_records(context.ledger, order="oldest"))


def test_a_complaint_becomes_a_ticket_an_answer_and_a_figure_in_the_open_data(
    network: Square, env: dict[str, str], step: Step, staff: httpx.Client
) -> None:
    # posts -> cases
    said = network.say([f"{text} {network.tag}" for text in (*COMPLAINTS, PRAISE)])
    assert step("collect")["stored"] == 6
    assert step("classify")["classified"] == 6
    step("triage")
    cases, posts = books(env)
    assert [(case.state, case.posts, case.source) for case in cases] == [("new", 1, network.name)] * 5
    assert {post.text for post in posts if post.case_key} == {f"{text} {network.shown}" for text in COMPLAINTS}

    # cases -> tickets; staff resolve four and begin the fifth
    assert step("deliver")["delivered"] == 5
    tickets = {case.case_key: str(case.reference) for case in books(env)[0]}
    begun, *resolved = sorted(tickets)
    resolve(staff, tickets[begun], "open")
    for key in resolved:
        resolve(staff, tickets[key], "resolved")
    assert step("follow") == {"followed": 5, "changed": 5}
    states = {case.case_key: case.state for case in books(env)[0]}
    assert states == {begun: "assigned"} | dict.fromkeys(resolved, "resolved")

    # nothing leaves before a person approved it; then each answer leaves once
    with house(env) as context:
        people(context)
        ben, post_of = logged_in(context, "ben"), {post.case_key: post.post_id for post in posts if post.case_key}
        for key, post_id in post_of.items():
            page = f"/cases/{key}"
            form = {**hidden(ben.get(page).text, f"{page}/draft"), "text": f"{ANSWER} {network.tag}", "post": post_id}
            assert ben.post(f"{page}/draft", data=form).status_code == 200
        drafts = [draft for key in post_of for draft in read.answers(context.ledger, case_key=key)]
    assert step("answer") == {"sent": 0}
    assert network.answered() == []
    with house(env) as context:
        ben = logged_in(context, "ben")
        for draft in drafts:
            sent(ben, "/answers", f"/answers/{draft.key}/approve", list="1")
    assert step("answer") == {"sent": 5}
    assert step("answer") == {"sent": 0}
    asked = [native_id for native_id, text in zip(said, COMPLAINTS, strict=False)]
    assert network.answered() == sorted((native_id, f"{ANSWER} {network.tag}") for native_id in asked)

    # read back as the council's own: it opens no case
    network.wait_until_shown()
    assert step("collect")["stored"] == 5
    step("classify")
    step("triage")
    cases, posts = books(env)
    own = [post for post in posts if post.own]
    assert [without_mention(post.text) for post in own] == [f"{ANSWER} {network.shown}"] * 5
    assert {post.decision for post in own} == {"no_case"}
    assert len(cases) == 5

    # the clocks are stopped: by the ticket, and by the answer where the work goes on
    by_key = {case.case_key: case for case in cases}
    assert {key: case.state for key, case in by_key.items()} == {begun: "answered"} | dict.fromkeys(resolved, "resolved")
    with house(env) as context:
        [given] = read.answers(context.ledger, case_key=begun)
        assert (given.state, by_key[begun].answered_at) == ("sent", given.given_at)
        assert [(one.state, one.who) for one in read.transitions(context.ledger, begun)] == [
            ("new", "escucha"),
            ("assigned", "rt"),
            ("answered", "ben"),
        ]
        assert unbalanced(context.ledger) == []
        table = client_of(context).get("/data/response-times.csv").text
    rows = {(row["kind"], row["name"]): row for row in csv.DictReader(io.StringIO(table))}
    whole = {
        "kind": "all",
        "name": "Madrid",
        "cases": "5",
        "answered": "5",
        "median_hours": "0.0",
        "p90_hours": "0.0",
        "in_time": "1.0",
        "replies": "",  # the answers did not ask whether it was solved
        "solved": "",
        "unanswered": "0",
        "target_hours": rows["all", "Madrid"]["target_hours"],  # 48 working hours: longer over a weekend
        "label": "Madrid",
    }
    assert rows["all", "Madrid"] == whole
    assert rows["channel", network.name] == whole | {
        "kind": "channel",
        "name": network.name,
        "label": display_name("source", network.name, "es"),
    }
