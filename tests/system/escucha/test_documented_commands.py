"""The commands of the documents that change nothing outside are run as they stand, in a home with a few posts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from search.connection.engine import stop_embedded
from tests.support.deployment import ROOT, TEXTS, environment, escucha, write_posts, write_profile
from tests.support.documented_commands import typed

pytestmark = pytest.mark.slow

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
HARMLESS = {"status", "verify", "label", "token", "export", "subject", "triage"}
"""They read, or change the ledger of this home alone."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("documented")
    write_posts(folder / "posts.jsonl", 8)
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    escucha("run", env=env)
    yield env
    stop_embedded(Settings(home=folder / "home"))


def documented() -> list[tuple[str, ...]]:
    """The harmless commands in the order of their pages, each once."""
    found = [tuple(command[1:]) for page in sorted(PAGES) for command in typed(page.read_text(encoding="utf-8")) if "escucha" in command[0]]
    wanted = [one for one in found if one[0] in HARMLESS or one[:2] == ("dashboards", "export")]
    return list(dict.fromkeys(wanted))


def test_every_harmless_command_of_the_documents_does_what_it_says(home: dict[str, str], tmp_path: Path) -> None:
    stand_ins = {
        "DIR": str(tmp_path / "dashboards"),
        "/tmp/receipt.txt": str(tmp_path / "receipt.txt"),  # noqa: S108  as the page writes it
        "cities/granada-new.toml": home["ESCUCHA_CITY"],
        "/tmp/villarrio/villarrio.toml": home["ESCUCHA_CITY"],  # noqa: S108  as the page writes it
    }
    commands = documented()
    assert {one[0] for one in commands} == HARMLESS | {"dashboards"}
    posts = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
    ended = {}
    for one in commands:
        done = escucha(*(stand_ins.get(word, word) for word in one), env=home, check=False, stdin=posts)
        ended[" ".join(one)] = (done.returncode, done.stderr.decode()[-300:] if done.returncode else "")
    assert {command: end for command, end in ended.items() if end[0]} == {}
    assert (tmp_path / "dashboards" / "escucha.es.ndjson").exists()
    assert (tmp_path / "receipt.txt").exists()


def test_the_modules_that_a_page_runs_run() -> None:
    modules = [
        command[1:]
        for page in PAGES
        for command in typed(page.read_text(encoding="utf-8"))
        if command[:2] == [".venv/bin/python", "-m"] and command[2] not in ("pytest", "pip") and "--add" not in command
    ]
    assert modules == [["-m", "workshop.translations", "ca"]]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *modules[0]], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
