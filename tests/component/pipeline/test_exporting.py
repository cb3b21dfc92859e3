"""Exports and every other CSV: no spreadsheet runs what a citizen or a colleague wrote, and the text can be had back."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.records.case import Case, Incident
from core.records.decision import Decision, Suggestion
from core.spreadsheet import csv_line, escape_formulas
from ledger import leases, read
from ledger.cases import corrections, workflow
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from pipeline.export import audit, json_lines, lines
from reports.output.open_data import ResponseTimes, Times, as_csv
from tests.support.ledger_facts import SALT, reading
from tests.support.report_facts import CITY, LEASE, NOW, post
from tests.support.seeded import open_seeded

PAYLOAD = '=HYPERLINK("http://evil.example","pulsa")'
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FORMULAS = (
    *(f"{sign}1+1" for sign in SIGNS),
    " =1+1",
    "   \u00a0+1",
    "\ufeff@SUM(A1)",
    "\u200b=1",
    "\u3000-1",
    '"=1+1',
    '" =1',
    " \t=1",
    "\x01=1",
    "\x7f=1",
    "hola;=1+1",
    'hola;"=1+1',
    "hola; @SUM(A1)",
    "hola\n=1+1",
    "hola\r\n+1",
    "hola\t=1",
    "a;b;;\n＝1",
)
PLAIN = (
    "Hay un bache en la calle de Alcalá",
    "5-3=2",
    "no va; nadie contesta",
    "3 - 1 = 2",
    "a@b",
    "l'aigua no surt",
    "",
    "(=1)",
    "Línea 1\nLínea 2",
    "pregunta: ¿=?",
)


def opened_with(text: str, separator: str) -> list[str]:
    """Every cell that a spreadsheet makes of a file: it cuts at the separator, and quotes count only at the head of a cell."""
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


def runs(cell: str) -> bool:
    """Whether a spreadsheet that drops blanks, quotes and invisible characters would find a formula."""
    bare = re.sub(r'^[\s"\u00a0\u200b\ufeff\x00-\x1f\x7f]+', "", cell)
    return bare.startswith(SIGNS) or cell.startswith(SIGNS)


def given_back(text: str) -> str:
    """The text as it was: one apostrophe off the head of each part."""
    return re.sub(r"(\A|(?<=[;\t\r\n]))'", "", text)


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_begins_with_what_a_spreadsheet_runs_whatever_its_separator(text: str, separator: str) -> None:
    line = csv_line(["id", text, f"{text} y más", "fin"])
    assert [cell for cell in opened_with(line, separator) if runs(cell)] == []


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_with_an_apostrophe_that_can_be_taken_off(text: str) -> None:
    safe = escape_formulas(text)
    assert safe != text
    assert given_back(safe) == text


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_without_a_formula_stays_as_it_is(text: str) -> None:
    assert escape_formulas(text) == text


@pytest.mark.parametrize("text", ["'=1", "'hola'", " 'hola'", "a;'b", "''"])
def test_an_apostrophe_of_the_author_is_not_lost_with_ours(text: str) -> None:
    assert given_back(escape_formulas(text)) == text


def test_numbers_and_truth_values_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert csv_line([-0.5, 7, True, None, ""]) == "-0.5,7,true,,\r\n"


def test_letters_and_signs_of_any_language_are_written_as_they_are() -> None:
    row = {"text": "El árbol de la Peña, ça va", "places": ["Peña"]}
    assert list(json_lines([row])) == ['{"text": "El árbol de la Peña, ça va", "places": ["Peña"]}\n']


def test_lists_are_json_in_which_no_formula_runs() -> None:
    (cell,) = next(csv.reader(io.StringIO(csv_line([["a;=1", "b"]]))))
    assert json.loads(cell) == ["a;'=1", "b"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """One post, its labels corrected and its case worked on by people who write formulas."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    one = post(1, NOW, "x", text=PAYLOAD, likes=4, followers_band="1k_10k")
    run = cursors.begin_run(ledger, "x", NOW)
    cursors.read_cursor(ledger, "x")
    store.store_page(ledger, run, "x", [one], [], {"at": 1}, None, NOW)
    annotations.claim_pending(ledger, "test", 10, NOW, LEASE)
    annotations.store_annotations(ledger, "test", [reading(one)], [], NOW)
    incident = Incident(key="I-1", topic="noise", place_key=None, first_at=NOW, last_at=NOW, post_ids=(one.post_id,))
    case = Case(
        key="C-1",
        incident_key="I-1",
        title=PAYLOAD,
        topic="noise",
        department="+34",
        priority=1,
        reason="act",
        post_ids=(one.post_id,),
        received_at=NOW,
        due_at=NOW,
        district="@Centro",
        replay=False,
    )
    assert leases.hold(ledger, "triage", "test", NOW, LEASE)
    decisions.untriaged(ledger, 10)
    decision = Decision(post_id=one.post_id, outcome="in_case", reason="act", incident=incident, case=case, opens=True)
    assert decisions.store_decisions(ledger, "test", [decision], NOW) == 1
    leases.release(ledger, "triage", "test")
    corrections.correct(ledger, one.post_id, "topic", "=cmd|' /C calc'!A0", "=ana", PAYLOAD, NOW)
    workflow.change(ledger, "C-1", "answered", "=ana", f"dicho;{PAYLOAD}", NOW)
    yield ledger
    ledger.close()


@pytest.mark.parametrize("what", ["posts", "labels", "cases"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_no_export_holds_a_formula(ledger: Ledger, what: str, separator: str) -> None:
    text = "".join(lines(ledger, what, "csv"))
    assert "=" in text
    assert [cell for cell in opened_with(text, separator) if runs(cell)] == []


def test_the_export_as_json_lines_is_the_text_itself(ledger: Ledger) -> None:
    (row,) = (json.loads(line) for line in lines(ledger, "posts", "jsonl"))
    assert row["text"] == PAYLOAD


def test_an_export_of_posts_and_labels_says_what_each_post_is(ledger: Ledger) -> None:
    (row,) = (json.loads(line) for line in lines(ledger, "posts", "jsonl"))
    fact = next(iter(read.post_records(ledger)))
    labels = {
        "post_id": fact.post_id,
        "language": fact.language,
        "relevance": fact.relevance,
        "relevance_score": fact.relevance_score,
        "sentiment": fact.sentiment,
        "sentiment_score": fact.sentiment_score,
        "intent": fact.intent,
        "intent_score": fact.intent_score,
        "topic": "=cmd|' /C calc'!A0",
        "topic_score": fact.topic_score,
        "actionable": fact.actionable,
        "actionable_score": fact.actionable_score,
        "spam": fact.spam,
        "spam_score": fact.spam_score,
        "sensitive": fact.sensitive,
        "places": [place.text for place in fact.places],
        "model": fact.model,
        "corrected": ["topic"],
        "replay": False,
    }
    assert list(labels) == list(json.loads(next(iter(lines(ledger, "labels", "jsonl")))))
    assert [json.loads(line) for line in lines(ledger, "labels", "jsonl")] == [labels]
    decided = {
        "likes": 4,
        "shares": None,
        "replies": None,
        "views": None,
        "followers_band": "1k_10k",
        "decision": "in_case",
        "reason": fact.reason,
        "kind": None,
        "kind_reason": None,
        "case": "C-1",
        "incident": "I-1",
        "incident_by": "escucha",
        "incident_probability": 1.0,
        "suggestions": [],
        "places_found": [
            {
                "text": "calle de Alcalá",
                "kind": "street",
                "key": "street:1",
                "name": "Calle de Alcalá",
                "district": "Salamanca",
                "lat": 40.42,
                "lon": -3.68,
                "sure": 0.7,
            }
        ],
    }
    assert row == labels | decided | {"source": "x", "created_at": fact.created_at.isoformat(), "text": PAYLOAD}


def test_an_export_of_cases_says_what_was_done_with_each(ledger: Ledger) -> None:
    (row,) = (json.loads(line) for line in lines(ledger, "cases", "jsonl"))
    fact = next(iter(read.case_records(ledger)))
    new, answered = read.transitions(ledger, "C-1")
    assert row == {
        "case_key": "C-1",
        "title": PAYLOAD,
        "kind": None,
        "topic": "noise",
        "topic_guess": None,
        "department": "+34",
        "district": "@Centro",
        "waits": False,
        "overdue": False,
        "priority": 1,
        "priority_points": [],
        "priority_by_person": False,
        "due_at": "2026-11-23T08:00:00Z",
        "replay": False,
        "posts": [post(1, NOW, "x").post_id],
        "reference": fact.reference,
        "state": "answered",
        "transitions": [
            {"state": "new", "at": new.at.isoformat(), "who": new.who, "why": new.why},
            {"state": "answered", "at": answered.at.isoformat(), "who": "=ana", "why": f"dicho;{PAYLOAD}"},
        ],
    }


def test_json_lines_keep_accents_as_they_are(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 3, NOW)
    text = "".join(lines(context.ledger, "posts", "jsonl"))
    context.ledger.close()
    assert "Alcalá" in text


def test_every_export_as_csv_says_what_its_json_lines_say(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 12, datetime(2026, 11, 23, 8, tzinfo=UTC))
    try:
        for what in ("posts", "labels", "cases"):
            rows = [json.loads(line) for line in lines(context.ledger, what, "jsonl")]
            table = list(csv.DictReader(io.StringIO("".join(lines(context.ledger, what, "csv")), newline="")))
            assert rows
            assert [list(row) for row in table] == [list(row) for row in rows]
            for row, cells in zip(rows, table, strict=True):
                assert {name: _cell(value) for name, value in row.items()} == cells
    finally:
        context.ledger.close()


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def test_open_data_holds_no_formula_though_a_profile_names_a_service_so() -> None:
    row = Times(kind="service", name=PAYLOAD, cases=5, answered=None, median_hours=None, p90_hours=None, in_time=None)
    text = as_csv(ResponseTimes(city=CITY.name, made_at=NOW, since=NOW, minimum=5, rows=(row,)))
    for separator in ",;":
        assert [cell for cell in opened_with(text, separator) if runs(cell)] == []


def test_no_other_file_writes_csv() -> None:
    root = Path(__file__).resolve().parents[3]
    rooms = [path.name for path in root.iterdir() if path.is_dir() and path.name not in ("tests", "samples")]
    writes = re.compile(r"csv\.(?:writer|DictWriter)\b|from csv import|\.to_csv\(")
    found = [
        str(path.relative_to(root))
        for room in rooms
        if not room.startswith(".")
        for path in sorted((root / room).rglob("*.py"))
        if writes.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["core/spreadsheet.py"]


def test_the_audit_log_is_one_json_object_a_line_and_as_csv_a_table(ledger: Ledger) -> None:
    workflow.change(ledger, "C-1", "resolved", "ana", "mañana", NOW)
    found = list(audit(ledger, "jsonl", {}))
    assert [line[-1] for line in found] == ["\n"] * len(found)
    rows = [json.loads(line) for line in found]
    assert [(row["who"], row["why"]) for row in rows][1:] == [("=ana", f"dicho;{PAYLOAD}"), ("ana", "mañana")]
    assert "mañana" in found[-1]
    table = list(csv.reader(io.StringIO("".join(audit(ledger, "csv", {})))))
    assert table[0] == list(rows[0])
    assert [line[table[0].index("at")] for line in table[1:]] == [row["at"] for row in rows]


def test_an_export_of_posts_names_the_incidents_a_doubtful_one_may_belong_to(ledger: Ledger) -> None:
    two = post(2, NOW, "x", text="Aquí también")
    run = cursors.begin_run(ledger, "x", NOW)
    store.store_page(ledger, run, "x", [two], [], {"at": 2}, None, NOW)
    annotations.claim_pending(ledger, "test", 10, NOW, LEASE)
    annotations.store_annotations(ledger, "test", [reading(two)], [], NOW)
    assert leases.hold(ledger, "triage", "test", NOW, LEASE)
    decisions.untriaged(ledger, 10)
    waits = Decision(
        post_id=two.post_id,
        outcome="in_review",
        reason="suggested",
        incident_key="I-2",
        suggestions=(Suggestion(incident="I-1", probability=0.4),),
    )
    assert decisions.store_decisions(ledger, "test", [waits], NOW) == 1
    rows = {row["post_id"]: row for row in (json.loads(line) for line in lines(ledger, "posts", "jsonl"))}
    assert rows[two.post_id]["suggestions"] == [{"incident": "I-1", "probability": 0.4}]
    assert (rows[two.post_id]["case"], rows[two.post_id]["incident"]) == (None, "I-2")
