"""Every command prints its help, whatever characters its description has."""

import argparse

import pytest

from escucha.arguments import parser


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
