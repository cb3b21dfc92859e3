"""Every command prints its help, whatever characters its description has."""

import argparse
import subprocess
import sys

import pytest

from core.config.plugins import ROOT
from core.errors import ConfigurationError
from escucha.cli import main
from escucha.parser import parser


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(found.choices)


def test_the_list_of_commands_is_printed() -> None:
    text = parser().format_help()
    assert all(f"    {name} " in text or f"    {name}\n" in text for name in commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_help_of_a_command_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args([name, "--help"])
    assert end.value.code == 0
    assert f"usage: escucha {name}" in capsys.readouterr().out


def test_label_alone_prints_the_help_that_it_has_among_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for one in (parser(), parser(["label"])):
        with pytest.raises(SystemExit):
            one.parse_args(["label", "--help"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "--explain" in printed[0]


def test_label_imports_no_ledger_no_search_and_no_source() -> None:
    code = (
        "import sys; from escucha.cli import main; main(['label', '--city', 'cities/madrid.toml']);"
        "rooms = ('ledger', 'search', 'collectors', 'pipeline', 'sqlalchemy', 'elasticsearch', 'onnxruntime', 'transformers');"
        "print([room for room in rooms if room in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, input="", capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_wrong_manifest_ends_a_command_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is read when the commands are loaded, and ended every one of them with a traceback."""

    def load(_argv: object) -> None:
        raise ConfigurationError("locale/gl/part.toml: colour: Extra inputs are not permitted")

    monkeypatch.setattr("escucha.parser.parser", load)
    assert main(["status"]) == 2
    assert capsys.readouterr().err == "escucha: locale/gl/part.toml: colour: Extra inputs are not permitted\n"
