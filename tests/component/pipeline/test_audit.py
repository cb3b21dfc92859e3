"""The audit log: everything that must be in it is, nothing else is, and it can be read on the desk and with the command."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from escucha import cli
from escucha.commands import staff
from escucha.parser import parser
from ledger import read
from ledger.database.writing import writing
from ledger.system import audit
from pipeline import all_steps as steps, export
from pipeline.access import accounts
from pipeline.context import Context
from pipeline.privacy import erase
from tests.support.deployment import write_posts, write_profile
from tests.support.desk_client import PASSWORDS, browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
GOOD, OTHER, CITYS = "farola nube sandia 41", "tejado lince brisa 52", "Madrid2026!!"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    people(context)
    yield context
    context.ledger.close()


def entries(context: Context) -> list[tuple[str, str, str]]:
    """Who, what and whom, oldest first."""
    return [(line.who, line.what, line.subject) for line in read.audit_lines(context.ledger)]


def test_log_ins_failures_and_log_outs_are_written_and_no_password_or_made_up_name(context: Context) -> None:
    client = browser(context)
    form = hidden(client.get("/login").text, "/login")
    for name, password in (("ben", "my-secret-one"), ("my-secret-two", "my-secret-three"), ("ben'; --", "x")):
        assert client.post("/login", data={**form, "name": name, "password": password}).status_code == 401
    sent(logged_in(context, "ben", client), "/cases", "/logout")
    assert entries(context)[3:] == [
        ("ben", "login_failed", "ben"),
        ("unknown", "login_failed", ""),
        ("unknown", "login_failed", ""),
        ("ben", "login", "ben"),
        ("ben", "logout", "ben"),
    ]
    everything = "".join(export.audit(context.ledger, "jsonl", {}))
    assert "my-secret" not in everything
    assert all(password not in everything for password in PASSWORDS.values())


def test_what_an_administrator_does_with_users_is_written(context: Context) -> None:
    ana = logged_in(context, "ana")
    sent(ana, "/users", "/users", name="luz", role="reader", password=GOOD)
    sent(ana, "/users", "/users/luz/role", role="agent")
    sent(ana, "/users", "/users/luz/password", password=OTHER)
    sent(ana, "/users", "/users/luz/disable")
    sent(ana, "/users", "/users/luz/enable")
    sent(ana, "/users", "/users/luz/remove")
    whats = ["user_made", "role_changed", "password_changed", "user_disabled", "user_enabled", "user_removed"]
    assert entries(context)[4:] == [("ana", what, "luz") for what in whats]
    assert next(line.why for line in read.audit_lines(context.ledger, what="role_changed")) == "reader > agent"


def test_reports_originals_work_and_the_log_itself_are_written_when_they_are_opened(context: Context) -> None:
    folder = context.settings.home / "reports" / "weekly" / "2026-11-16_2026-11-23"
    folder.mkdir(parents=True)
    (folder / "weekly.es.html").write_text("<p>hola</p>")
    ana = logged_in(context, "ana")
    assert ana.get("/reports/weekly/2026-11-16_2026-11-23/weekly.es.html").status_code == 200
    assert ana.get("/reports/weekly/2026-11-16_2026-11-23/nothing.es.html").status_code == 404
    post = next(read.post_records(context.ledger, order="oldest")).post_id
    sent(ana, f"/posts/{post}", f"/posts/{post}/original")
    assert ana.get("/audit.csv").status_code == 200
    assert entries(context)[4:] == [
        ("ana", "report_opened", "weekly/2026-11-16_2026-11-23/weekly.es.html"),
        ("ana", "open_original", post),
        ("ana", "export", "audit"),
    ]


def test_steps_of_the_machine_are_written_with_their_counts(context: Context) -> None:
    post = next(read.post_records(context.ledger)).post_id
    erase.erase_post(context, post)
    steps.forget(context)
    lines = list(read.audit_lines(context.ledger))[3:]
    me = accounts.operator()
    assert [(line.who, line.what, line.subject, line.why) for line in lines] == [
        (me, "erase", post, ""),
        (me, "erased", post, "1"),
        ("escucha", "forget", "posts", "0"),
    ]
    assert me.startswith("console:")
    assert steps.verify(context)[-1].ok


def test_a_report_whose_opening_cannot_be_written_down_is_not_shown(context: Context) -> None:
    folder = context.settings.home / "reports" / "weekly" / "2026-11-16_2026-11-23"
    folder.mkdir(parents=True)
    (folder / "weekly.es.html").write_text("<p>hola</p>")
    ana = logged_in(context, "ana")
    with writing(context.ledger) as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME TO away")
    answer = ana.get("/reports/weekly/2026-11-16_2026-11-23/weekly.es.html")
    assert (answer.status_code, "hola" in answer.text) == (503, False)


def shown(page: str) -> int:
    found = re.search(r"([\d,.]+) entr(?:y|ies)", page)
    assert found is not None
    return int(found[1])


def test_the_page_filters_by_who_what_and_day(context: Context) -> None:
    for days in range(5):
        audit.log(context.ledger, "ben", "export", "posts", "", NOW - timedelta(days=days))
    ana = logged_in(context, "ana")
    assert shown(ana.get("/audit").text) == 9
    assert shown(ana.get("/audit?who=ben").text) == 5
    assert shown(ana.get("/audit?what=login").text) == 1
    zone = context.city.zone
    day = f"{(NOW - timedelta(days=2)).astimezone(zone):%Y-%m-%d}"
    assert shown(ana.get(f"/audit?who=ben&from={day}").text) == 3
    assert shown(ana.get(f"/audit?who=ben&from={day}&to={day}").text) == 1
    assert shown(ana.get("/audit?from=nonsense&to=2026-99-99&page=x").text) == 9
    assert ana.get("/audit.csv?who=ben").text.count("\n") == 6


def test_a_page_of_many_entries_has_more_pages(context: Context) -> None:
    for n in range(60):
        audit.log(context.ledger, "ben", "export", f"posts {n}", "", NOW)
    ana = logged_in(context, "ana")
    assert "Page 1 / 2" in ana.get("/audit").text
    assert "posts 3<" in ana.get("/audit?page=2").text


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "\r\n=1", " =cmd|' /C calc'!A0")


def test_the_csv_holds_no_formula(context: Context) -> None:
    for formula in FORMULAS:
        audit.log(context.ledger, formula, formula, formula, formula, NOW)
    for text in (logged_in(context, "ana").get("/audit.csv").text, "".join(export.audit(context.ledger, "csv", {}))):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert rows[0] == ["at", "who", "what", "subject", "why"]
        assert len([row for row in rows if "'" in row[1]]) == len(FORMULAS)
        assert not [cell for row in rows for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]


def test_markup_in_the_log_is_text(context: Context) -> None:
    audit.log(context.ledger, "<script>x</script>", "export", "<b>", "<i>\u202e\u200f", NOW)
    page = logged_in(context, "ana").get("/audit").text
    assert "<script>x" not in page
    assert "&lt;b&gt;" in page
    assert "\u202e" not in page
    assert "\u200f" not in page, "a right-to-left mark reorders the punctuation around it"


# The command


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "home"))
    for name in ("ESCUCHA_LEDGER_URL", "ESCUCHA_SALT"):
        monkeypatch.delenv(name, raising=False)
    write_posts(tmp_path / "posts.jsonl", 1)
    return write_profile(tmp_path, tmp_path / "posts.jsonl")


def run(city: Path, monkeypatch: pytest.MonkeyPatch, *words: str, password: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return cli.main([*words, "--city", str(city)])


def test_the_command_makes_lists_changes_and_removes_users(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(city, monkeypatch, "user", "ana", "--role", "admin", password=GOOD) == 0
    assert run(city, monkeypatch, "user", "ben", password=GOOD) == 0
    assert run(city, monkeypatch, "user", "ana", password=OTHER) == 0  # a new password alone keeps the role
    capsys.readouterr()
    assert run(city, monkeypatch, "user", "--list") == 0
    assert capsys.readouterr().out.splitlines() == ["ana  admin  may log in  sessions: 0", "ben  agent  may log in  sessions: 0"]
    for address, code, told in (("ben@example.org", 0, "user ben: ben@example.org\n"), ("", 0, "user ben: no mails\n"), ("ben", 2, "")):
        assert run(city, monkeypatch, "user", "ben", "--mail", address) == code
        assert capsys.readouterr().out == told
    for action, said in (("disable", "disabled"), ("enable", "may log in again"), ("revoke", "ended"), ("remove", "removed")):
        assert run(city, monkeypatch, "user", "ben", f"--{action}") == 0
        assert said in capsys.readouterr().out
    for wrong in (
        ["user"],
        ["user", "--list", "ana"],
        ["user", "ana", "--disable", "--remove"],
        ["user", "ben", "--remove"],
        ["user", "ana", "--disable"],
        ["user", "ana", "--remove"],
        ["user", "desk"],
        ["user", "system"],
        ["user", "ana", "--role", "reader"],
    ):
        assert run(city, monkeypatch, *wrong, password=GOOD) == 2, wrong
    assert run(city, monkeypatch, "user", "eva", password=CITYS) == 2
    capsys.readouterr()
    assert run(city, monkeypatch, "user", "--list") == 0
    assert capsys.readouterr().out == "ana  admin  may log in  sessions: 0\n"


def test_the_command_prints_the_log_and_verify_says_whether_it_is_whole(
    city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(city, monkeypatch, "user", "ana", "--role", "admin", password=GOOD)
    assert run(city, monkeypatch, "export", "posts") == 0
    capsys.readouterr()
    assert run(city, monkeypatch, "audit") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    me = accounts.operator()
    assert [(one["who"], one["what"], one["subject"], one["why"]) for one in lines] == [
        (me, "user_made", "ana", "admin"),
        (me, "export", "posts", "jsonl"),
    ]
    assert run(city, monkeypatch, "audit", "--format", "csv", "--what", "export", "--from", "2026-01-01", "--to", "2999-01-01") == 0
    assert capsys.readouterr().out.splitlines()[0] == "at,who,what,subject,why"
    assert run(city, monkeypatch, "audit", "--to", "2026-01-01", "--who", me) == 0
    assert capsys.readouterr().out == ""
    assert run(city, monkeypatch, "audit", "--from", "yesterday") == 2
    assert run(city, monkeypatch, "verify") == 0
    assert "ok  audit entries = audit entries in the unbroken chain: 5 = 5" in capsys.readouterr().out


def test_the_actions_of_the_command_are_the_options_it_has() -> None:
    options = {name for action in parser()._actions for name in getattr(action, "choices", None) or ()}
    assert {"user", "audit"} <= options
    assert set(staff.ACTIONS) == {"disable", "enable", "remove", "revoke"}
