"""What a message says a town must set is what that town reads."""

import re
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contact_centre import OutcomeUnknownError
from core.config.own_variables import own_variables, unread_variables, with_own_variables
from core.config.settings import Settings
from core.config.towns import settings_of, towns_of
from core.errors import ConfigurationError, EscuchaError, SourceError
from core.parts import ROOT
from core.web.opening import open_towns
from escucha.commands import check, towns as towns_command
from ledger.delivery import deliveries
from pipeline.casework.answering import validity
from pipeline.context import Context, open_context
from pipeline.health.source_check import check_source
from pipeline.outbox.channels import asked
from pipeline.outbox.kinds import ReplyToGive
from pipeline.steps import answer, collect, deliver, sync_deletions
from tests.support.province import write_town

WRONG = "the token was rejected: set ESCUCHA_X_BEARER_TOKEN"
SAID = "the token was rejected: set ESCUCHA_TOWN_GETAFE_X_BEARER_TOKEN"
OF_PARTS = sorted(
    {
        name
        for room in ("collectors", "contact_centre")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"ESCUCHA_[A-Z0-9_]+", path.read_text(encoding="utf-8"))
    }
)
GETAFE = settings_of(Settings(home=Path("/var/lib/escucha")), "getafe")


def refuse(*_: object) -> Any:
    raise SourceError(WRONG)


def a_context(**more: Any) -> Context:
    return cast(Context, SimpleNamespace(settings=GETAFE, city=None, ledger=None, **more))


@pytest.mark.parametrize("name", OF_PARTS)
def test_each_secret_of_a_part_is_named_as_the_town_reads_it(name: str) -> None:
    own = f"ESCUCHA_TOWN_GETAFE_{name.removeprefix('ESCUCHA_')}"
    assert with_own_variables(f"set {name}.", GETAFE) == f"set {own}."
    assert with_own_variables(f"set {own}.", GETAFE) == f"set {own}."
    assert with_own_variables(f"set {name}.", Settings()) == f"set {name}."  # of one city


def test_what_a_town_takes_from_the_installation_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = "ESCUCHA_SMTP_URL, ESCUCHA_HOME=var/x, ESCUCHA_TOWNS or ESCUCHA_CITY"
    assert with_own_variables(shared, GETAFE) == shared
    assert with_own_variables("set ESCUCHA_SALT", GETAFE) == "set ESCUCHA_TOWN_GETAFE_SALT"
    monkeypatch.setenv("ESCUCHA_TOWN_GETAFE_SMTP_URL", "smtp://mail.getafe.example")
    own = settings_of(Settings(), "getafe")
    assert with_own_variables("set ESCUCHA_SMTP_URL", own) == "set ESCUCHA_TOWN_GETAFE_SMTP_URL"


def test_what_a_command_or_a_task_raises_names_it(tmp_path: Path) -> None:
    profile = write_town(tmp_path, "getafe")
    town = settings_of(Settings(home=tmp_path / "home"), "getafe")
    with pytest.raises(ConfigurationError, match=SAID), open_context(profile, town):
        raise ConfigurationError(WRONG)
    (town.home / "salt").unlink()
    with pytest.raises(ConfigurationError, match="or set ESCUCHA_TOWN_GETAFE_SALT"), open_context(profile, town):
        pass


def test_what_is_kept_of_a_failure_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SimpleNamespace(
        name="x", off=None, options=None, secrets=None, module=SimpleNamespace(check=refuse, collect=refuse, find_deleted=refuse)
    )
    context = a_context(sources={"x": source}, contact_centre=lambda: (SimpleNamespace(check=refuse), None, None))
    monkeypatch.setattr(collect, "budget_of", lambda *_: None)
    assert check_source(context, "x").message == SAID
    with pytest.raises(SourceError, match=SAID):
        list(collect._pages(context, cast(Any, source), None))
    with pytest.raises(SourceError, match=SAID):
        sync_deletions._find_deleted(cast(Any, source), context, ["1"], cast(Any, None))
    context.city = cast(Any, SimpleNamespace(contact_centre=SimpleNamespace(system="rt")))
    assert check._contact_centre(context).message == SAID


def test_what_is_kept_of_a_delivery_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    def fail(*_: object) -> str:
        raise OutcomeUnknownError(WRONG)

    monkeypatch.setattr(deliver, "_send", fail)
    monkeypatch.setattr(deliveries, "mark_failed", lambda _ledger, _id, _state, why, _now: kept.append(why))
    delivery = SimpleNamespace(id=1, case=SimpleNamespace(key="C-1"))
    assert deliver._deliver_one(a_context(), cast(Any, None), cast(Any, delivery)) == "unknown"
    assert kept == [SAID]


def test_what_is_kept_of_an_answer_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one = SimpleNamespace(text="", key="A-1", state="sending")
    monkeypatch.setattr(answer, "read", SimpleNamespace(answer=lambda *_: one))
    monkeypatch.setattr(answer, "_target", lambda *_: object())
    monkeypatch.setattr(answer, "_overtaken_by", lambda *_: None)
    monkeypatch.setattr(validity, "unusable_reason", lambda *_: None)
    messages = answer.AnswerMessages({"x": (cast(Any, SimpleNamespace(reply=refuse, find_reply=refuse)), None)})
    context, row = a_context(sources={"x": SimpleNamespace(options=None)}), cast(Any, SimpleNamespace(subject="A-1", channel="x"))
    given = messages.compose(context, row)
    assert isinstance(given, ReplyToGive)
    assert asked(given.give).reason == SAID
    assert asked(given.give).reason == SAID  # every time, not only the first
    assert asked(lambda: messages.find_sent(context, row)).reason == SAID


def test_a_salt_of_the_installation_that_no_town_reads_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unread_variables(GETAFE) == unread_variables(Settings(salt="a salt of the installation")) == ""
    house = Settings(home=tmp_path / "home", towns=str(write_town(tmp_path, "getafe")), salt="of the installation", portal_files="/srv/x")
    [town] = towns_of(house, Path("unused"))
    said = unread_variables(town.settings)
    assert said.startswith("set for the installation, and read by no town: ESCUCHA_SALT, ESCUCHA_PORTAL_FILES. Each town has its own")
    assert "set ESCUCHA_TOWN_GETAFE_SALT, ESCUCHA_TOWN_GETAFE_PORTAL_FILES where" in said
    assert "of the installation" not in said.replace("for the installation", "")
    [finding] = check.check_unread(cast(Context, SimpleNamespace(settings=town.settings)))
    assert (finding.good, finding.message) == (None, said)
    monkeypatch.setattr(towns_command, "_print_state", lambda _: False)
    assert towns_command.towns(Namespace(action="list", settings=house, profile=Path("unused"))) == 0
    assert capsys.readouterr().out == f"{said}\n"


def test_the_desk_of_towns_says_at_its_start_what_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = Settings(home=tmp_path / "home", towns=str(write_town(tmp_path, "getafe")), salt="of the installation")
    with pytest.raises(EscuchaError, match="no town can be opened"):
        open_towns(towns_of(house, Path("unused")), "desk", refuse, str)
    assert "desk: set for the installation, and read by no town: ESCUCHA_SALT" in caplog.text


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(KeyError, match="ESCUCHA_X_BEARER_TOKEN"), own_variables(GETAFE):
        raise KeyError("ESCUCHA_X_BEARER_TOKEN")
