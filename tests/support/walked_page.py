"""Follow a page of docs/ as a person does, in a copy of the product.

A block of the shell is run as it stands, and what it exports stays set. A `toml` block replaces the tables of the same name in the
profile, and its lines without a table go to the top. A `text` block is only read.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.deployment import ROOT
from tests.support.documented_commands import FENCE, SHELL

LEFT_OUT = (".git", ".venv", "var", "build", "dist", "data", "docs", "tests", "workshop", "__pycache__", "*.egg-info")
"""Of the product's folder, what no command of a page needs."""
SERVING = re.compile(r"^\.venv/bin/escucha (desk|portal)$", re.MULTILINE)


@dataclass
class Walk:
    """Hold a copy of the product, the environment of its shell, and what was typed and printed."""

    folder: Path
    env: dict[str, str]
    profile: Path
    stand_ins: dict[str, str] = field(default_factory=dict)
    """What stands in for addresses of the outside world."""
    typed: str = ""
    """What a person answers when a command reads the keyboard."""
    printed: dict[str, str] = field(default_factory=dict)
    serves: list[str] = field(default_factory=list)
    """Commands that go on until they are stopped: left to the caller."""

    def follow(self, page: str) -> None:
        """Do what the page says, from its first block to its last."""
        for outside, instead in self.stand_ins.items():
            page = page.replace(outside, instead)
        for block in FENCE.finditer(page):
            if block["language"] in SHELL:
                self.serves += SERVING.findall(block["body"])
                self.type(SERVING.sub("", block["body"]))
            elif block["language"] == "toml":
                self.profile.write_text(with_tables(self.profile.read_text(encoding="utf-8"), block["body"]), encoding="utf-8")

    def type(self, commands: str) -> str:
        """Run commands in the shell; return what they printed."""
        if not commands.strip():
            return ""
        kept = self.folder / "exported"
        script = f"cd {shlex.quote(str(self.folder))}\n{commands}\nenv -0 > {shlex.quote(str(kept))}"
        done = subprocess.run(
            ["bash", "-euc", script], env=self.env, input=self.typed, capture_output=True, text=True, timeout=600, check=False
        )
        self.printed[commands.strip()] = done.stdout + done.stderr
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        self.env = dict(line.split("=", 1) for line in kept.read_text(encoding="utf-8").split("\0") if line)
        return done.stdout


def copy_of_the_product(folder: Path) -> dict[str, str]:
    """Copy the product, with its command where `make install` puts it; return the environment of a fresh shell."""
    shutil.copytree(ROOT, folder, ignore=lambda inside, names: set(names) & set(LEFT_OUT) if Path(inside) == ROOT else {"__pycache__"})
    command = folder / ".venv" / "bin" / "escucha"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(folder))} exec {shlex.quote(sys.executable)} -m escucha.cli "$@"\n')
    command.chmod(0o755)
    return {key: value for key, value in os.environ.items() if not key.startswith("ESCUCHA_")} | {"LC_ALL": "C.UTF-8"}


def with_tables(profile: str, block: str) -> str:
    """Return the profile with the tables of a block in place of its own, and the block's lines without a table at the top."""
    top, *given = re.split(r"(?m)^(?=\[)", block)
    names = {_header(one) for one in given}
    first, *tables = re.split(r"(?m)^(?=\[)", profile)
    return "".join([top, first, *(one for one in tables if _header(one) not in names), "\n", *given])


def _header(table: str) -> str:
    return table.partition("\n")[0]
