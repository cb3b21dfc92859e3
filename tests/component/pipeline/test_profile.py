"""Administrators change the profile: checked, audited, undone, never over each other; every command sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config.overlay import Overlay, ProfileChange, copy_path
from core.config.settings import Settings
from core.errors import ChangeRefusedError, ConfigurationError, StaleError
from escucha import cli
from escucha.commands import check, status
from ledger import read
from ledger.system import profile_changes
from pipeline.city import profile
from pipeline.context import Context, open_context, read_profile
from tests.support.played import NOW
from tests.support.seeded import MADRID, SALT, open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = open_seeded(tmp_path, 0, NOW)
    yield made
    made.ledger.close()


def change(context: Context, section: str, seen: int, who: str = "ana", why: str = "", **keys: Any) -> bool:
    wanted = {**profile.section_in_force(context, section), **keys}
    return profile.change(context, section, wanted, seen, who, why)


def test_a_change_holds_at_once_and_is_audited_with_old_and_new_value(context: Context) -> None:
    assert change(context, "triage", 0, why="less to review", act=0.7, review=0.3)
    assert change(context, "triage", 1, who="eva", act=0.75)
    assert context.city.cutoffs("x", "es") == (0.3, 0.75)
    assert [(one.who, one.what, one.subject, one.why) for one in read.audit(context.ledger)] == [
        ("eva", "change settings", "triage", "act: 0.7 > 0.75"),
        ("ana", "change settings", "triage", "act: – > 0.7; review: – > 0.3; less to review"),
    ]


def test_of_two_at_once_the_second_is_refused(context: Context) -> None:
    change(context, "triage", 0, act=0.7)
    with pytest.raises(StaleError):
        change(context, "triage", 0, who="eva", act=0.9)
    assert context.city.triage.act == 0.7
    assert change(context, "answers", 0, who="eva", max_per_run=5), "another section is not stale"


def test_a_form_sent_twice_is_stored_once(context: Context) -> None:
    wanted = {**profile.section_in_force(context, "triage"), "act": 0.7}
    assert profile.change(context, "triage", wanted, 0, "ana")
    assert not profile.change(context, "triage", wanted, 0, "ana")
    assert len(profile.history(context, "triage")) == 1
    with pytest.raises(ChangeRefusedError, match="Nothing was changed"):
        profile.change(context, "triage", wanted, 1, "ana")


def test_undo_takes_back_a_change_and_can_be_undone(context: Context) -> None:
    for seen, act in enumerate((0.7, 0.8, 0.9)):
        change(context, "triage", seen, act=act)
    profile.undo(context, "triage", 3, 3, "eva")
    assert context.city.triage.act == 0.8
    profile.undo(context, "triage", 1, 4, "eva")
    assert context.city.triage.act is None
    profile.undo(context, "triage", 5, 5, "eva")
    assert context.city.triage.act == 0.8
    assert read.audit(context.ledger)[0].why == "act: – > 0.8; #5"
    with pytest.raises(ChangeRefusedError, match="no such change"):
        profile.undo(context, "triage", 9, 6, "eva")


def test_what_the_profile_refuses_is_refused_in_the_words_of_check(
    context: Context, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        change(context, "triage", 0, act=7)
    text = MADRID.read_text().replace('gazetteer_folder = "madrid"', "")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("[triage]\n", "[triage]\nact = 7\n"))
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "other"))
    assert cli.main(["check", "--city", str(wrong)]) == 2
    assert f"{wrong}: {refused.value}" in caplog.text
    assert read.audit(context.ledger) == []


def test_every_command_and_the_dags_see_it(context: Context, tmp_path: Path) -> None:
    change(context, "warnings", 0, quiet_hours="23:00-07:00")
    settings = Settings(home=tmp_path, salt=SALT.decode())
    with open_context(MADRID, settings) as opened:
        assert opened.city.warnings.quiet_hours == "23:00-07:00"
        assert status.format_text(status.status(opened)).count("settings: [warnings] changed on the desk") == 1
        (finding,) = [one for one in check.check(opened) if one.part == "settings of the desk"]
    assert (finding.good, finding.message.endswith("madrid.toml: warnings")) == (True, True)
    assert read_profile(MADRID, Settings(home=tmp_path))[0].warnings.quiet_hours == "23:00-07:00"
    assert read_profile(MADRID)[0].warnings.quiet_hours == ""


def test_the_copy_is_written_again_from_the_ledger(context: Context, tmp_path: Path) -> None:
    change(context, "warnings", 0, people=9)
    copy = copy_path(tmp_path, MADRID)
    for content in (None, b"{", b'{"revisions": {}, "sections": {"warnings": {"people": 30}}}'):
        copy.unlink() if content is None else copy.write_bytes(content)
        with open_context(MADRID, Settings(home=tmp_path, salt=SALT.decode())) as opened:
            assert opened.city.warnings.people == 9
        assert Overlay.model_validate_json(copy.read_bytes()) == context.overlay


def test_a_change_that_an_update_made_invalid_is_left_out_with_an_alarm_and_collecting_goes_on(
    context: Context, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored = ProfileChange(
        profile="madrid", section="triage", revision=1, patch={"act": 0.7, "old_key": 1}, differences=(), who="ana", why="", at=NOW
    )
    profile_changes.store_change(context.ledger, stored, "change settings", "")
    change(context, "answers", 0, max_per_run=5)
    with open_context(MADRID, Settings(home=tmp_path, salt=SALT.decode())) as opened:
        assert opened.city.triage.act is None
        assert opened.city.answers.max_per_run == 5
        assert list(opened.overlay_problems) == ["triage"]
        (finding,) = [one for one in check.check(opened) if one.part == "settings of the desk"]
        assert finding.good is False
        assert "unknown key 'triage.old_key'" in finding.message
        assert "NOT USED" in status.format_text(status.status(opened))
        assert "unknown key 'triage.old_key'" in caplog.text
        profile.undo(opened, "triage", 1, 1, "ana")
        assert opened.overlay_problems == {}


def test_a_long_running_program_takes_over_a_change_made_elsewhere(context: Context, tmp_path: Path) -> None:
    with open_context(MADRID, Settings(home=tmp_path, salt=SALT.decode())) as other:
        change(other, "triage", 0, act=0.7)
    assert context.city.triage.act == 0.8, "set by the test's own profile"
    context.refresh()
    assert context.city.triage.act == 0.7
