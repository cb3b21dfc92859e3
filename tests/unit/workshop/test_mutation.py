"""`make mutants` itself: it changes what rules stand in, leaves alone what no test can notice, and its lists are of this code."""

import tomllib
from pathlib import Path

import pytest

from tests.mutation.forked import modules_named_by, root_packages
from tests.mutation.mutants import mutants_of

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "tests" / "mutation"


def changes(tmp_path: Path, source: str) -> set[str]:
    (tmp_path / "rule.py").write_text(source, encoding="utf-8")
    return {mutant.now for mutant in mutants_of(tmp_path, "rule.py")}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("MINIMUM = 5\n", {"MINIMUM = 6", "MINIMUM = 4"}),
        ('SIGNS = ("=", "+")\n', {'SIGNS = ("XX", "+")', 'SIGNS = ("=", "XX")', 'SIGNS = ( "+",)', 'SIGNS = ("=",)'}),
        ("many = found >= least\n", {"many = found > least", "many = found < least"}),
        ("if ready:\n    release(lease)\n", {"if not ready:", "None"}),
        ("both = a and b\n", {"both = a or b"}),
        ("open = True\n", {"open = False"}),
        ("part = all & some\n", {"part = all | some"}),
    ],
)
def test_what_a_rule_stands_in_is_changed(tmp_path: Path, source: str, changed: set[str]) -> None:
    assert changes(tmp_path, source) == changed


@pytest.mark.parametrize(
    "source",
    [
        '"""What the file is for."""\n',
        'def f() -> None:\n    """Say it."""\n    log.info("%d posts", n)\n'.replace('"%d posts", n', "n"),
        'form: Literal["csv", "json"]\n',
        "def f(a: int | None) -> str | None: ...\n",
        "import json\n",
    ],
)
def test_words_for_readers_and_types_and_the_log_are_not(tmp_path: Path, source: str) -> None:
    assert changes(tmp_path, source) == set()


def test_a_mutant_says_where_it_is_and_is_known_again_on_another_line(tmp_path: Path) -> None:
    source = "class A:\n    def f(self):\n        return 1\n"
    (tmp_path / "rule.py").write_text(source, encoding="utf-8")
    (tmp_path / "moved.py").write_text(f"import json\n\n\n{source}", encoding="utf-8")
    first, moved = mutants_of(tmp_path, "rule.py")[0], mutants_of(tmp_path, "moved.py")[0]
    assert (first.line, moved.line, first.where) == (3, 6, "A.f")
    assert first.key[1:] == moved.key[1:]


def test_every_file_and_test_of_the_list_is_there() -> None:
    table = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))
    files = [file for room in table["rooms"].values() for file in room]
    tests = [test for room in table["rooms"].values() for some in room.values() for test in some] + table["leave_out"]
    assert [file for file in (*files, *table["words"]) if not (ROOT / file).exists()] == []
    for test in tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text(encoding="utf-8") if name else (ROOT / path).exists()


def test_the_import_graph_holds_every_package_of_the_listed_files_and_tests() -> None:
    rooms = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))["rooms"]
    files = {file.split("/")[0] for room in rooms.values() for file in room}
    tests = {test.split("::")[0] for room in rooms.values() for some in room.values() for test in some}
    named = {name.split(".")[0] for test in tests for name in modules_named_by(ROOT / test)}
    own = {name for name in named if any((ROOT / name).glob("*.py"))} - {"tests"}
    assert {"core", "pipeline"} <= own
    assert (files | own) - set(root_packages()) == set()


def test_helpers_of_a_test_are_read_for_what_they_import_in_turn() -> None:
    named = modules_named_by(ROOT / "tests/component/collectors/test_collectors_x_cost.py")
    assert {"tests.support.stubs.x", "tests.support.stubs.server", "http.server"} <= named


def test_every_accepted_survivor_has_a_reason_and_its_line_still_stands() -> None:
    accepted = tomllib.loads((HERE / "accepted.toml").read_text(encoding="utf-8")).get("survivor", [])
    for one in accepted:
        assert len(one["why"]) > 10
        lines = {line.strip() for line in (ROOT / one["file"]).read_text(encoding="utf-8").splitlines()}
        assert set(one["was"].splitlines()) <= lines, f"{one['file']}: '{one['was']}' stands there no more: take it out"
