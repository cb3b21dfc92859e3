"""No secret and no post is said: not by an error, a log, a page of `status`, whatever is wrong with the settings."""

import json
import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import text

from core.config.settings import Settings
from core.errors import EscuchaError, SourceError
from core.privacy.secret_filter import without_secrets
from escucha.cli import SecretFilterFormatter
from ledger import schema
from ledger.database import Ledger, open_ledger
from ledger.database.writing import engine_of, writing
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile
from tests.support.ledger_facts import NOW, SALT, arrive, post

pytest_plugins = ("tests.support.ledger_fixtures",)

CANARY = "S3cretCanary"
SAID = "SECRETPOSTTEXT hay un bache"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{CANARY}@h/db",
        f"postgresql//u:{CANARY}@h/db",
        f"postgresql+psycopg2://u:{CANARY}%40x@h:5432/db?sslmode=require",
        f"postgresql://u:{CANARY}/with@slash@h/db",
        f"postgresql://u:{CANARY}#x@h:port/db",
        f"postgresql://h/db?user=u&password={CANARY}",
        f"u:{CANARY}@h",
        f"nonsense {CANARY}:{CANARY}@h",
        f"smtp://u:{CANARY}@[h",
        f"mysql://u:{CANARY}@h/db",
        f"sqlite://u:{CANARY}@h/",
        f"https://u:{CANARY}@h:99999999",
    ],
)
def test_no_form_of_a_wrong_address_is_said(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ESCUCHA_LEDGER_URL", "ESCUCHA_SMTP_URL", "ESCUCHA_ELASTICSEARCH_URL", "ESCUCHA_KIBANA_URL"):
        monkeypatch.setenv(name, address)
    assert CANARY not in without_secrets(f"cannot reach {address}: no such host")
    assert CANARY not in str(SourceError(f"cannot reach {address}"))
    with pytest.raises(EscuchaError) as failure:
        open_ledger(address, SALT)
    assert CANARY not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("name", ["ESCUCHA_ALERT_WEBHOOK", "ESCUCHA_HEARTBEAT_URL"])
def test_the_path_of_a_web_hook_is_a_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, f"https://hooks.example.org/services/{CANARY}")
    for said in (f"POST /services/{CANARY} 404", f"https://hooks.example.org/services/{CANARY}"):
        assert CANARY not in without_secrets(said)


def test_what_is_no_secret_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_LEDGER_URL", "sqlite:////var/lib/escucha/ledger.sqlite")
    monkeypatch.setenv("ESCUCHA_MAIL_FROM", "escucha@example.org")
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "desk")  # too short to be sought in words
    for said in (
        "https://search.example.org:9200 does not answer: see https://example.org/a@b",
        "the ledger /var/lib/escucha/ledger.sqlite: at 12:30 mail to ana@example.org, from escucha@example.org",
        '{"a": "http://h:1", "b": "@MADRID"}',
        "look at them on the desk",
    ):
        assert without_secrets(said) == said


def test_a_traceback_in_the_log_is_discreet_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", CANARY)
    try:
        raise ValueError(f"header Bearer {CANARY}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed with %s", (CANARY,), sys.exc_info())
    said = SecretFilterFormatter("%(message)s").format(record)
    assert "ValueError: header Bearer ***" in said
    assert CANARY not in said


def test_a_failing_insert_quotes_no_post_in_any_form(ledger: Ledger) -> None:
    row = {"at": NOW, "who": None, "what": "x", "subject": "x", "why": SAID}
    with pytest.raises(EscuchaError) as failure, writing(ledger) as connection:
        connection.execute(schema.audit.insert(), [row])
    assert "SECRETPOST" not in "".join(traceback.format_exception(failure.value))
    assert type(failure.value) is EscuchaError
    assert "please report it" in str(failure.value)


def test_the_kind_of_a_refusal_is_named(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    with pytest.raises(EscuchaError, match=r"IntegrityError, SQLITE_CONSTRAINT|UniqueViolation, pk_meta"), writing(ledger) as connection:
        connection.execute(text("INSERT INTO meta (name, value) VALUES ('ledger_id', :why)"), {"why": SAID})


def test_a_value_that_cannot_be_bound_is_not_quoted(ledger: Ledger) -> None:
    with pytest.raises(EscuchaError) as failure, writing(ledger) as connection:
        connection.execute(text("INSERT INTO meta (name, value) VALUES (:name, 'x')"), {"name": {SAID: object()}})
    assert "SECRETPOST" not in "".join(traceback.format_exception(failure.value))


def test_every_engine_hides_its_parameters(ledger: Ledger) -> None:
    assert engine_of(ledger).hide_parameters is True


BROKEN = {
    "ESCUCHA_LEDGER_URL": f"postgresql//u:{CANARY}@127.0.0.1/db",
    "ESCUCHA_SALT": CANARY[:11],
    "ESCUCHA_ELASTICSEARCH_URL": f"http://u:{CANARY}@127.0.0.1:9/x",
    "ESCUCHA_ELASTICSEARCH_API_KEY": CANARY,
    "ESCUCHA_ELASTICSEARCH_READER_API_KEY": CANARY,
    "ESCUCHA_API_TOKEN": CANARY,
    "ESCUCHA_ELASTICSEARCH_PASSWORD": CANARY,
    "ESCUCHA_KIBANA_URL": f"http://u:{CANARY}@127.0.0.1:9",
    "ESCUCHA_DESK_PORT": f"8800:{CANARY}",
    "ESCUCHA_READER_DEVICE": f"cuda://{CANARY}",
    "ESCUCHA_SMTP_URL": f"smtp:/u:{CANARY}@127.0.0.1:x",
    "ESCUCHA_ALERT_WEBHOOK": f"http://127.0.0.1:9/{CANARY}",
    "ESCUCHA_HEARTBEAT_URL": f"http://127.0.0.1:9/{CANARY}",
    "ESCUCHA_TILE_URL": f"http://127.0.0.1:9/tile.png?key={CANARY}",
    "ESCUCHA_INBOX_TOKEN": CANARY,
    "ESCUCHA_BACKUP_KEY": CANARY,
    "ESCUCHA_OPERATOR_PASSWORD": CANARY,
}
"""Each is wrong in its own way, and each holds the canary."""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("house")
    write_posts(folder / "posts.jsonl", 3)
    return environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))


ONE_AFTER_THE_OTHER = """
import json, os, sys
from escucha.cli import main
for name, value in json.load(sys.stdin).items():
    os.environ[name] = value
    for command in ("status", "check"):
        print("exit", main([command]), command, name, flush=True)
    del os.environ[name]
"""


def test_no_command_says_a_secret_whatever_is_wrong_with_it(env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER],
        env=env,
        cwd=ROOT,
        input=json.dumps(BROKEN),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.count("exit ") == 2 * len(BROKEN)
    assert CANARY[:11] not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_steps_say_no_secret_either(env: dict[str, str]) -> None:
    harmless = {"ESCUCHA_LEDGER_URL", "ESCUCHA_SALT", "ESCUCHA_DESK_PORT", "ESCUCHA_READER_DEVICE"}  # the rest is used late
    broken = {name: value for name, value in BROKEN.items() if name not in harmless}
    for command in (["run"], ["report"], ["dashboards", "push"]):
        done = escucha(*command, env=env | broken, check=False)
        assert CANARY.encode() not in done.stdout + done.stderr, command
        assert b"Traceback" not in done.stderr, command


def test_all_settings_that_may_hold_a_secret_are_tried() -> None:
    may = {f"ESCUCHA_{name.upper()}" for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    may |= {f"ESCUCHA_{name.upper()}" for name in Settings.model_fields if name.endswith("_url")} - {
        "ESCUCHA_AIRFLOW_URL",
        "ESCUCHA_DESK_URL",
        "ESCUCHA_PORTAL_URL",
    }
    assert may - set(BROKEN) == set()
