"""The version has one place: the command says it, the package is built with it, and the changelog begins with it."""

import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib import import_module

from core.config.plugins import ROOT
from core.version import VERSION


def test_the_command_says_its_version_without_importing_what_commands_need() -> None:
    """It was an error: `the following arguments are required: COMMAND`."""
    code = (
        "import atexit, sys; from escucha.cli import main;"
        "atexit.register(lambda: print([one for one in ('sqlalchemy', 'ledger', 'pipeline', 'nlp') if one in sys.modules]));"
        "main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"escucha {VERSION}\n[]\n", "")


def test_the_package_is_built_with_it() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in built["project"]["dynamic"]
    module, _, name = built["tool"]["setuptools"]["dynamic"]["version"]["attr"].rpartition(".")
    assert getattr(import_module(module), name) == VERSION


def test_the_changelog_begins_with_it_and_its_day() -> None:
    heads = re.findall(r"^## \[(.+)\](?: - (\S+))?$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [(version, date.fromisoformat(day)) for version, day in heads if version != "Unreleased"]
    assert released[0][0] == VERSION
    assert released == sorted(released, key=lambda one: [int(part) for part in one[0].split(".")], reverse=True)
    assert [day for _, day in released] == sorted((day for _, day in released), reverse=True)
