"""`--source` names one source where a command is about one, and is refused where it would silently mean all of them."""

import argparse
import inspect
import subprocess
import sys

import pytest

from escucha.parser import parser
from pipeline import all_steps as pipeline
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile

HONOURED = {"collect", "check", "cost"}
GIVEN = {
    "label": [],
    "models": ["try", "x", "--on", "x"],
    "export": ["posts"],
    "erase": ["--post", "x"],
    "dashboards": ["push"],
    "init": ["x"],
    "user": ["x"],
}
"""What a command demands beside it."""


def commands() -> list[str]:
    (found,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return list(found.choices)


@pytest.mark.parametrize("command", sorted(set(commands()) - HONOURED))
def test_a_command_that_works_on_all_sources_refuses_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args([command, *GIVEN.get(command, []), "--source", "feeds"])
    assert end.value.code == 2
    assert "works on all sources at once: remove --source" in capsys.readouterr().err


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("house")
    write_posts(folder / "posts.jsonl", 3)
    return environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))


@pytest.mark.parametrize("command", sorted(HONOURED))
def test_an_unknown_source_is_refused_with_the_known_ones(command: str, env: dict[str, str]) -> None:
    done = escucha(command, "--source", "nosuch", env=env, check=False)
    assert done.returncode == 2
    assert b"there is no [sources.nosuch]; known: archive" in done.stderr


def test_a_named_source_is_read_and_the_real_forget_refuses_one(env: dict[str, str]) -> None:
    assert b'"stored": 3' in escucha("collect", "--source", "archive", env=env).stdout
    done = escucha("forget", "--source", "archive", env=env, check=False)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"remove --source" in done.stderr


def test_no_step_but_collect_takes_a_source() -> None:
    steps = [one for name, one in vars(pipeline).items() if inspect.isfunction(one) and name != "open_context"]
    assert [step.__name__ for step in steps if "source" in inspect.signature(step).parameters] == ["collect"]


def test_python_runs_the_package_as_it_runs_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "escucha", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: escucha [-h] [--version] COMMAND ...")
