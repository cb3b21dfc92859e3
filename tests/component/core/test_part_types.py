"""Every part is checked against its protocol by mypy (`workshop/part_types.py`), and a part that breaks its contract is refused there."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin

import pytest

from core.config import plugins
from core.config.protocols import Collector, ContactCentre, PaidReplier, Question, Replier
from workshop import part_types

PROTOCOLS = {"collectors": Collector, "contact_centre": ContactCentre, "nlp": Question}
PARTS = [(room, name) for room in PROTOCOLS for name in plugins.plugin_names(room)]
every_part = pytest.mark.parametrize(("room", "name"), PARTS, ids=[f"{room}/{name}" for room, name in PARTS])


@every_part
def test_each_part_is_in_the_table_that_mypy_checks(room: str, name: str) -> None:
    assert getattr(part_types, f"{room}_{name}", None) is plugins.load_plugin(room, name, "test"), (
        f"add to workshop/part_types.py: {room}_{name}: {PROTOCOLS[room].__name__}[{name}.Options, ...] = {name}"
    )


@every_part
def test_each_part_is_checked_with_its_own_options_and_secrets(room: str, name: str) -> None:
    module: ModuleType = plugins.load_plugin(room, name, "test")
    declared: Any = part_types.__annotations__[f"{room}_{name}"]
    own, other = get_args(declared)
    assert get_origin(declared) is PROTOCOLS[room]
    assert own is module.Options
    if room != "nlp":
        secrets = vars(module).get("Secrets", plugins.Secrets)
        assert other == (secrets if secrets is not plugins.Secrets else plugins.Secrets | None)


REPLIERS = [name for name in plugins.plugin_names("collectors") if plugins.load_reply_plugin(name) is not None]


@pytest.mark.parametrize("name", REPLIERS)
def test_each_replier_is_in_the_table_that_mypy_checks(name: str) -> None:
    part: Any = plugins.load_reply_plugin(name)
    assert getattr(part_types, f"reply_{name}", None) is part, (
        f"add to workshop/part_types.py: reply_{name}: Replier[{name}.Options, ...] = {name}_reply"
    )
    assert part is not None
    declared: Any = part_types.__annotations__[f"reply_{name}"]
    assert get_origin(declared) in (Replier, PaidReplier)
    assert get_args(declared) == (plugins.load_plugin("collectors", name, "test").Options, part.Secrets)


BREACHES = {
    "no parse": ("def parse(raw_json: Json) -> Raw | Rejected: ...\n", "", "Incompatible types in assignment"),
    "another order of arguments": ("secrets: None, cursor: Json | None", "cursor: Json | None, secrets: None", "collect"),
    "no list of ids": ("native_ids: list[str]", "native_ids: str", "find_deleted"),
    "an answer of another type": ("secrets: None) -> str", "secrets: None) -> bool", "check"),
}
"""What is planted into a collector that keeps its contract, and what mypy must say of it."""
KEPT = """
from collections.abc import Iterator

from core.config.city import City
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected
from core.config.source_options import SourceOptions

def collect(city: City, options: SourceOptions, secrets: None, cursor: Json | None, budget: Budget) -> Iterator[Page]: ...
def parse(raw_json: Json) -> Raw | Rejected: ...
def find_deleted(city: City, options: SourceOptions, secrets: None, native_ids: list[str], budget: Budget) -> dict[str, bool]: ...
def check(city: City, options: SourceOptions, secrets: None) -> str: ...
"""


@pytest.mark.slow
def test_mypy_refuses_a_collector_that_breaks_its_contract(tmp_path: Path) -> None:
    table = "from core.config.protocols import Collector\nfrom core.config.source_options import SourceOptions\n"
    written = {"kept": KEPT, **{f"breach_{n}": KEPT.replace(*one[:2]) for n, one in enumerate(BREACHES.values())}}
    for name, text in written.items():
        (tmp_path / f"{name}.pyi").write_text(text, encoding="utf-8")
        table += f"import {name}\n_{name}: Collector[SourceOptions, None] = {name}\n"
    (tmp_path / "table.py").write_text(table, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--no-pretty", str(tmp_path / "table.py")]
    env = {**os.environ, "MYPYPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=plugins.ROOT, env=env, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert "table.py:4: error" not in done.stdout, "the one that keeps the contract passes"
    for n, (what, (_, _, words)) in enumerate(BREACHES.items()):
        assert f"table.py:{2 * n + 6}: error" in done.stdout, what
        assert words in done.stdout, what
    assert len(errors) == len(BREACHES), done.stdout + done.stderr
