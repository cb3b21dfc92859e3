"""What the city publishes about its answers: nothing replayed, nothing of fewer than five cases, nothing to be worked out."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.records.case import Case, Incident
from core.records.decision import Decision
from ledger import leases, read
from ledger.answers import votes
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from reports.output.open_data import Times, as_csv, as_json, response_times
from reports.publish import write_open_data
from tests.support.ledger_facts import SALT, SOL, reading
from tests.support.report_facts import CITY, LEASE, NOW, post, small_ledger

HOUR = timedelta(hours=1)
START = NOW - timedelta(days=30)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


def add(
    ledger: Ledger,
    topic: str,
    answers: Sequence[float | None],
    *,
    source: str = "x",
    replay: bool = False,
    start: datetime = START,
    district: str | None = "Centro",
    due: int = 48,
) -> None:
    """One case for each answer time in hours; None: not answered."""
    first = sum(1 for _ in read_ids(ledger)) + 1
    more: dict[str, object] = {"replayed_from": start} if replay else {}
    posts = [post(first + n, start, source, **more) for n in range(len(answers))]
    run = cursors.begin_run(ledger, source, NOW)
    cursors.read_cursor(ledger, source)
    store.store_page(ledger, run, source, posts, [], {"at": first}, None, NOW)
    annotations.claim_pending(ledger, "test", 1000, NOW, LEASE)
    annotations.store_annotations(ledger, "test", [reading(one, places=(SOL,)) for one in posts], [], NOW)
    found = []
    for one in posts:
        incident = Incident(key=f"I-{one.post_id}", topic=topic, place_key=None, first_at=start, last_at=start, post_ids=(one.post_id,))
        case = Case(
            key=f"C-{one.post_id}",
            incident_key=incident.key,
            title="Caso",
            topic=topic,
            department="D",
            priority=1,
            reason="act",
            post_ids=(one.post_id,),
            received_at=start,
            due_at=start + due * HOUR,
            district=district,
            replay=replay,
        )
        found.append(Decision(post_id=one.post_id, outcome="in_case", reason="act", incident=incident, case=case, opens=True))
    assert leases.hold(ledger, "triage", "test", NOW, LEASE)
    decisions.untriaged(ledger, 1000)
    assert decisions.store_decisions(ledger, "test", found, NOW) == len(found)
    leases.release(ledger, "triage", "test")
    for one, hours in zip(posts, answers, strict=True):
        if hours is not None:
            workflow.change(ledger, f"C-{one.post_id}", "answered", "ana", "", start + hours * HOUR)


def read_ids(ledger: Ledger) -> Iterator[str]:
    return (one.post_id for one in read.post_records(ledger))


def rows(ledger: Ledger, kind: str) -> dict[str, Times]:
    return {row.name: row for row in response_times(CITY, ledger, NOW).rows if row.kind == kind}


def test_median_ninety_percent_and_share_in_time_by_hand(ledger: Ledger) -> None:
    # 10, 20, 30, 40 and 50 hours: median 30; 90 %: place 0.9 x 4 = 3.6, so 40 + 0.6 x 10 = 46. Due after 48: 50 and the one without an
    # answer are late: 4 of 6.
    add(ledger, "noise", [10, 20, 30, 40, 50, None])
    assert rows(ledger, "service")["noise"] == Times(
        kind="service", name="noise", cases=6, answered=5, median_hours=30.0, p90_hours=46.0, in_time=0.667, unanswered=1, target_hours=48.0
    )
    assert rows(ledger, "all")["Madrid"].median_hours == 30.0
    assert rows(ledger, "district")["Centro"].cases == 6
    assert rows(ledger, "channel")["x"].cases == 6


def test_of_two_services_neither_is_published_when_one_is_too_small(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 3)
    add(ledger, "parks_trees", [1] * 6)
    assert {name: row.cases for name, row in rows(ledger, "service").items()} == {"noise": None, "parks_trees": None}
    assert rows(ledger, "all")["Madrid"].cases == 9


def test_a_single_service_that_is_too_small_is_hidden_alone(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 3)
    assert {name: row.cases for name, row in rows(ledger, "service").items()} == {"noise": None}
    assert rows(ledger, "all")["Madrid"].cases is None


def test_of_two_equally_small_services_always_the_first_by_name_is_hidden_too(ledger: Ledger) -> None:
    for topic in ("safety_police", "public_transport", "street_lighting", "noise"):
        add(ledger, topic, [1] * 5)
    add(ledger, "administration", [1] * 4)
    assert {name for name, row in rows(ledger, "service").items() if row.cases is None} == {"administration", "noise"}


def test_the_last_year_begins_with_its_first_moment_and_ends_now(ledger: Ledger) -> None:
    add(ledger, "noise", [None] * 5, start=NOW - timedelta(days=365))
    assert rows(ledger, "service")["noise"].cases == 5
    add(ledger, "parks_trees", [None] * 5, start=NOW - timedelta(days=365, microseconds=1))
    assert "parks_trees" not in rows(ledger, "service")


def test_only_what_was_answered_until_now_counts_as_answered(ledger: Ledger) -> None:
    now = (NOW - START) / HOUR
    add(ledger, "noise", [1, 2, 3, 4, now])
    add(ledger, "parks_trees", [1, 2, 3, 4, now + 1])
    found = rows(ledger, "service")
    assert (found["noise"].answered, found["parks_trees"].answered) == (None, None)  # 9 of both: 9 - 5 would tell
    assert rows(ledger, "all")["Madrid"].answered == 9


def test_a_case_whose_date_comes_this_moment_is_late_and_one_of_a_moment_later_not_yet(ledger: Ledger) -> None:
    now = (NOW - START) // HOUR
    add(ledger, "noise", [1, 2, 3, 4, 5, None], due=now)
    add(ledger, "parks_trees", [1, 2, 3, 4, 5, None], due=now + 1)
    found = rows(ledger, "service")
    assert (found["noise"].in_time, found["parks_trees"].in_time) == (0.833, 1.0)


def test_hours_are_rounded_to_a_tenth(ledger: Ledger) -> None:
    add(ledger, "noise", [1.26, 1.26, 1.26, 1.26, 1.26])
    found = rows(ledger, "service")["noise"]
    assert (found.median_hours, found.p90_hours) == (1.3, 1.3)


def test_the_json_says_what_the_numbers_mean_and_who_may_use_them(ledger: Ledger) -> None:
    text = as_json(response_times(CITY.model_copy(update={"name": "A Coruña"}), ledger, NOW))
    assert "A Coruña" in text
    told = json.loads(text)
    assert told["description"] == (
        "Answer times of cases that people reported in public posts of the last year: elapsed hours from the reception of a case's "
        "first post to the first answer. in_time: share of the cases answered by their date, of those answered by it or past it. "
        "unanswered: cases without any answer until now. target_hours: median of the hours from report to due date. "
        "replies: what citizens replied to the question whether it was solved; solved: share of yes. label: the name for people. "
        "Replayed examples are not counted."
    )
    assert told["null"] == "fewer than 5 cases, or a number from which such a number could be derived"
    assert told["licence"] == "CC BY 4.0"


def test_replayed_cases_never_enter(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 9, source="archive", replay=True)
    assert response_times(CITY, ledger, NOW).rows == ()


def test_four_cases_are_not_published_and_five_are(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 4)
    add(ledger, "parks_trees", [1] * 4)
    add(ledger, "administration", [1] * 5)
    found = rows(ledger, "service")
    hidden = Times(kind="service", name="noise", cases=None, answered=None, median_hours=None, p90_hours=None, in_time=None)
    assert (found["noise"], found["administration"].cases) == (hidden, 5)


def test_five_cases_of_which_four_are_answered_have_no_answer_times(ledger: Ledger) -> None:
    add(ledger, "noise", [1, 2, 3, 4, None])
    assert rows(ledger, "service")["noise"] == Times(
        kind="service", name="noise", cases=5, answered=None, median_hours=None, p90_hours=None, in_time=None, target_hours=48.0
    )


def test_the_target_of_a_service_is_the_median_of_its_cases(ledger: Ledger) -> None:
    for due in (10, 20, 30, 40, 50):
        add(ledger, "noise", [1], due=due)
    assert rows(ledger, "service")["noise"].target_hours == 30.0


def test_the_share_in_time_is_published_from_five_verdicts_on(ledger: Ledger) -> None:
    # the fifth case is neither answered nor past its date: nobody can say yet whether the city keeps it
    add(ledger, "noise", [1, 2, 3, 50])
    add(ledger, "noise", [None], due=24 * 365)
    assert rows(ledger, "service")["noise"] == Times(
        kind="service", name="noise", cases=5, answered=None, median_hours=None, p90_hours=None, in_time=None, target_hours=48.0
    )
    add(ledger, "noise", [50])
    assert rows(ledger, "service")["noise"].in_time == 0.6  # three of five


def test_a_single_hidden_number_cannot_be_worked_out_from_the_sum(ledger: Ledger) -> None:
    # 3 + 6 + 9 = 18 of all: with only `noise` hidden, 18 - 6 - 9 would give it away. So the next smallest is hidden with it.
    add(ledger, "noise", [1] * 3)
    add(ledger, "parks_trees", [1] * 6)
    add(ledger, "administration", [1] * 9)
    assert {name: row.cases for name, row in rows(ledger, "service").items()} == {"administration": 9, "noise": None, "parks_trees": None}
    assert rows(ledger, "all")["Madrid"].cases == 18


def test_only_the_last_year_counts_and_a_merged_case_counts_as_part_of_another(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 5, start=NOW - timedelta(days=366))
    add(ledger, "noise", [None] * 6)
    newest = max(read_ids(ledger))
    workflow.change(ledger, f"C-{newest}", "merged", "ana", "", NOW)
    assert rows(ledger, "service")["noise"].cases == 5


def test_the_files_say_the_same_and_what_it_means(ledger: Ledger, tmp_path: Path) -> None:
    add(ledger, "noise", [10, 20, 30, 40, 50, None])
    add(ledger, "administration", [1], district=None)
    add(ledger, "other", [1], district=None, source="mailbox")
    table, whole, _ = write_open_data(CITY, Settings(home=tmp_path), ledger, NOW)
    assert (table.parent, table.name, whole.name) == (tmp_path / "open_data", "response_times.csv", "response_times.json")
    lines = list(csv.DictReader(io.StringIO(table.read_text())))
    assert lines[0] == {
        "kind": "all",
        "name": "Madrid",
        "cases": "8",
        "answered": "7",
        "median_hours": "20.0",
        "p90_hours": "44.0",
        "in_time": "0.75",
        "replies": "",
        "solved": "",
        "unanswered": "1",
        "target_hours": "48.0",
        "label": "Madrid",
    }
    assert next(line for line in lines if line["name"] == "administration")["cases"] == ""
    told = json.loads(whole.read_text())
    assert (told["minimum"], told["city"], told["made_at"]) == (5, "Madrid", "2026-11-23T08:00:00Z")
    assert [row["name"] for row in told["rows"]] == [line["name"] for line in lines]
    assert [row["label"] for row in told["rows"]] == [line["label"] for line in lines]
    labels = {line["name"]: line["label"] for line in lines}
    assert (labels["noise"], labels["mailbox"]) == ("Ruido", "Correo electrónico")
    assert "Replayed examples are not counted" in told["description"]
    assert "C-" not in whole.read_text()


def test_an_empty_ledger_publishes_an_empty_table(ledger: Ledger) -> None:
    times = response_times(CITY, ledger, NOW)
    assert times.rows == ()
    assert as_csv(times) == "kind,name,cases,answered,median_hours,p90_hours,in_time,replies,solved,unanswered,target_hours,label\r\n"
    assert json.loads(as_json(times))["rows"] == []


def test_no_post_of_the_small_ledger_is_in_its_open_data(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path)
    text = as_json(response_times(CITY, ledger, NOW))
    ledger.close()
    assert "Mensaje" not in text
    assert '"cases": 5' in text  # A B C D E; F is replayed, G lives on in another


def vote(ledger: Ledger, topic: str, solved: int, unsolved: int, first: int = 0) -> None:
    """Let citizens of the cases of a service reply to the question, one reply a case."""
    keys = sorted(case.case_key for case in read.case_records(ledger) if case.topic == topic)[first:]
    for n, key in enumerate(keys[: solved + unsolved]):
        reply = votes.Reply(post_id=f"reply-{key}", answer_key=f"A-{key}", case_key=key, at=NOW - HOUR, in_case=False)
        assert votes.store_vote(ledger, reply, n < solved, NOW, timedelta(0))


def published(ledger: Ledger, kind: str = "service") -> dict[str, tuple[int | None, float | None]]:
    return {name: (row.replies, row.solved) for name, row in rows(ledger, kind).items()}


def test_the_share_solved_is_published_with_its_number_of_replies_from_five_on(ledger: Ledger) -> None:
    add(ledger, "noise", [1] * 9)
    vote(ledger, "noise", 3, 1)
    assert published(ledger) == {"noise": (None, None)}
    assert published(ledger, "all") == {"Madrid": (None, None)}
    vote(ledger, "noise", 1, 0, first=4)
    assert published(ledger) == {"noise": (5, 0.8)}
    assert published(ledger, "all") == {"Madrid": (5, 0.8)}


def test_a_hidden_number_of_replies_cannot_be_worked_out_from_the_total(ledger: Ledger) -> None:
    for topic in ("noise", "parks_trees", "administration", "other"):
        add(ledger, topic, [1] * 9)
    vote(ledger, "noise", 8, 0)
    vote(ledger, "parks_trees", 6, 0)
    vote(ledger, "administration", 2, 0)  # hidden, and with it the next smallest; none replied about `other`
    assert published(ledger) == {"noise": (8, 1.0), "parks_trees": (None, None), "administration": (None, None), "other": (None, None)}
    assert published(ledger, "all")["Madrid"] == (16, 1.0)
