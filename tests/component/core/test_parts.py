"""Every part of every room: found by its file, told what it must have. A new part is under test the moment its file exists."""

import ast
import inspect
import json
import textwrap
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.config import plugins
from core.errors import ConfigurationError
from core.records import Options
from pipeline.context import read_profile
from tests.support import worlds
from tests.support.deployment import NOTICE

ROOT = plugins.ROOT
EXAMPLES = Path(__file__).parents[2] / "examples"
ROOMS = {
    "collectors": ("collect", "parse", "find_deleted", "check"),
    "nlp": ("classify",),
    "contact_centre": ("open_case", "append", "move", "state", "check"),
}
"""The rooms made of parts, and what each of their parts must have."""
PARTS = [(room, name) for room in ROOMS for name in plugins.plugin_names(room)]
COLLECTED = [path for name in plugins.plugin_names("collectors") for path in sorted((EXAMPLES / "collectors" / name).glob("*.json"))]
NOT_PAGED = {
    "archive": "files on our own disk, read line by line: tests/component/collectors/test_collectors_archive.py",
    "example": "a file of ours, read whole: tests/component/collectors/test_example_month.py",
    "feeds": "a feed is one answer: tests/component/collectors/test_collectors_feeds.py",
    "inbox": "files on our own disk: tests/component/collectors/test_inbox.py",
    "mailbox": "a mailbox numbers its letters and names all of them: tests/system/collectors/test_collectors_mailbox_dovecot.py",
}
"""Collectors that need no world: there is no page that could be lost between two others."""
every_part = pytest.mark.parametrize(("room", "name"), PARTS, ids=[f"{room}/{name}" for room, name in PARTS])


def load(room: str, name: str) -> ModuleType:
    return plugins.load_plugin(room, name, "test")


def test_the_parts_of_the_first_release_are_found() -> None:
    assert set(plugins.plugin_names("collectors")) >= {"archive", "bluesky", "feeds", "mastodon", "reddit", "x"}
    assert set(plugins.plugin_names("nlp")) >= {"actionable", "intent", "language", "places", "relevance", "sentiment", "topic"}
    assert "rt" in plugins.plugin_names("contact_centre")


@every_part
def test_it_has_the_functions_of_its_room(room: str, name: str) -> None:
    module = load(room, name)
    assert [function for function in ROOMS[room] if not callable(getattr(module, function, None))] == []


@every_part
def test_it_says_what_it_is_in_a_sentence_an_official_understands(room: str, name: str) -> None:
    """One whole sentence, no code, no jargon of ours."""
    lines = (load(room, name).__doc__ or "").strip().splitlines()
    assert lines, "the file needs a docstring"
    first = lines[0]
    assert first[0].isupper()
    assert first[-1] in ".?!", f"not a whole sentence: {first!r}"
    assert len(first.split()) >= 6
    jargon = {"`", "()", "->", "API", "JSON object", "dict", "iterator", "class ", "module"}
    assert [word for word in jargon if word in first] == []


@every_part
def test_each_public_function_says_what_it_does(room: str, name: str) -> None:
    module = load(room, name)
    assert [function for function in ROOMS[room] if not (getattr(module, function).__doc__ or "").strip()] == []


@every_part
def test_each_option_is_documented(room: str, name: str) -> None:
    kind: type[Options] = load(room, name).Options
    assert issubclass(kind, Options)
    assert kind.__doc__
    undocumented = [key for key, field in kind.model_fields.items() if not field.description and key not in _told_below(kind)]
    assert undocumented == []


def _told_below(kind: type[Any]) -> set[str]:
    """Fields with a sentence under them, of the class and those it stands on."""
    told: set[str] = set()
    for one in kind.__mro__:
        if not one.__module__.startswith((*ROOMS, "core.config.source_options")):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
        assert isinstance(definition, ast.ClassDef)
        for field, below in zip(definition.body, definition.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_sentence(below):
                told.add(field.target.id)
    return told


def _is_sentence(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@every_part
def test_unknown_options_are_refused(room: str, name: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown key 'colour'"):
        plugins.load_options(room, name, {"colour": "red"}, "town.toml")


@every_part
def test_it_has_examples(room: str, name: str) -> None:
    folder = EXAMPLES / room / name
    found = sorted(folder.glob("*.json"))
    assert found, f"put at least one example into {folder.relative_to(ROOT)}/"
    for path in found:
        assert json.loads(path.read_text(encoding="utf-8")), f"{path.name} is empty"


@every_part
def test_it_has_a_row_in_the_table_of_parts(room: str, name: str) -> None:
    readme = ROOT / "README.md"
    assert readme.exists(), "README.md is missing: its table of parts names every part"
    begins = f"| `{plugins.path_of(room, name)}` |"
    rows = [line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith(begins)]
    assert len(rows) == 1, f"README.md needs one row that begins with {begins}"


def test_the_table_of_parts_names_no_part_that_is_gone() -> None:
    rows = [line.split("`")[1] for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = [row for row in rows if row.partition("/")[0] in ROOMS]
    assert sorted(named) == sorted(plugins.path_of(room, name) for room, name in PARTS)


@pytest.mark.parametrize("path", COLLECTED, ids=[f"{path.parent.name}/{path.stem}" for path in COLLECTED])
def test_a_collector_makes_of_its_example_what_stands_beside_it(path: Path) -> None:
    """`raw` is what `parse` gets, `post` what it must give. Without `post` the test writes it, and asks for a review."""
    example = json.loads(path.read_text(encoding="utf-8"))
    made = load("collectors", path.parent.name).parse(example["raw"]).model_dump(mode="json")
    if "post" not in example:
        path.write_text(json.dumps({**example, "post": made}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"review me: I wrote what parse makes of {path.name}")
    assert made == example["post"]


@pytest.mark.parametrize("path", COLLECTED, ids=[f"{path.parent.name}/{path.stem}" for path in COLLECTED])
def test_parsing_changes_nothing_and_gives_the_same_twice(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    before = json.dumps(example["raw"])
    parse = load("collectors", path.parent.name).parse
    assert parse(example["raw"]) == parse(example["raw"])
    assert json.dumps(example["raw"]) == before


@pytest.mark.parametrize("name", plugins.plugin_names("collectors"))
@pytest.mark.parametrize("item", [{}, [], None, 7, "text", {"id": []}, {"text": {}}], ids=str)
def test_a_collector_refuses_nonsense_with_a_reason(name: str, item: object) -> None:
    raw = _any_example(name)["raw"]
    rejected = load("collectors", name).parse({**raw, "item": item})
    assert rejected.reason
    assert rejected.place == raw["place"]


@pytest.mark.parametrize("name", plugins.plugin_names("collectors"))
def test_a_collector_goes_through_the_scenarios_unless_it_reads_no_pages(name: str) -> None:
    needs = f"give worlds.py a world for {name}, and its stub (docs/how-to/add-a-source.md); or say in NOT_PAGED why it has no pages"
    assert (name in worlds.MADE) is (name not in NOT_PAGED), needs


def test_only_collectors_that_exist_are_said_to_read_no_pages() -> None:
    assert set(NOT_PAGED) <= set(plugins.plugin_names("collectors"))


def _any_example(name: str) -> Any:
    return json.loads(next(path for path in COLLECTED if path.parent.name == name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", plugins.plugin_names("collectors"))
def test_a_collector_that_can_tell_deletions_says_how_often_it_is_asked(name: str) -> None:
    module = load("collectors", name)
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(module.find_deleted))).body
    assert isinstance(definition, ast.FunctionDef)
    can_tell = ast.unparse(definition.body[1]) != "return {}"
    assert ("deletions" in module.Options.model_fields) is can_tell, (
        "give [defaults] of its part.toml `deletions` exactly where `find_deleted` does something"
    )


@pytest.mark.parametrize("profile", sorted((ROOT / "cities").glob("*.toml")), ids=lambda path: path.name)
def test_every_table_of_every_profile_is_one_its_part_accepts(profile: Path) -> None:
    table = tomllib.loads(profile.read_text(encoding="utf-8"))
    for room, key in (("collectors", "sources"), ("nlp", "questions")):
        for name, given in table.get(key, {}).items():
            assert plugins.load_options(room, name, given, f"{profile.name}: [{key}.{name}]")


def test_a_part_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no collectors plug-in 'carrier_pigeon'; known: archive, "):
        plugins.load_plugin("collectors", "carrier_pigeon", "town.toml: [sources.carrier_pigeon]")


def test_missing_secrets_are_named_by_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESCUCHA_X_BEARER_TOKEN", raising=False)
    assert plugins.load_secrets("collectors", "x", "town.toml") == ["ESCUCHA_X_BEARER_TOKEN"]
    assert plugins.load_secrets("collectors", "archive", "town.toml") is None


@pytest.mark.parametrize("value", ["canary", '{"https://a.example": "canary"', '["canary"]', '{"https://a.example": {"canary": 1}}', "7"])
def test_a_variable_that_cannot_be_read_turns_its_source_off_by_name_and_never_by_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("ESCUCHA_MASTODON_TOKENS", value)
    profile = tmp_path / "town.toml"
    tables = '[sources.mastodon]\n[sources.archive]\nfiles = ["a.csv"]\n[[departments]]\nname = "Atención"\ntopics = ["other"]\n'
    profile.write_text(f'name = "Villa"\n{NOTICE}{tables}', encoding="utf-8")
    _, sources = read_profile(profile)
    assert sources["mastodon"].off == (
        "off: set ESCUCHA_MASTODON_TOKENS to JSON as `Secrets` in collectors/mastodon/ describes it (its value cannot be parsed)"
    )
    assert sources["archive"].off is None


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_MASTODON_TOKENS", "")
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "")
    assert isinstance(plugins.load_secrets("collectors", "mastodon", "town.toml"), plugins.Secrets)
    assert plugins.load_secrets("collectors", "x", "town.toml") == ["ESCUCHA_X_BEARER_TOKEN"]
