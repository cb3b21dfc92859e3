"""The whole journey through the real command: from a file of posts to cases, index, export, report and proof."""

import csv
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from search.connection.engine import stop_embedded
from tests.support.deployment import TEXTS, environment, escucha, write_posts, write_profile

POSTS = 40


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A house after its first pass."""
    folder = tmp_path_factory.mktemp("journey")
    write_posts(folder / "posts.jsonl", POSTS)
    made = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    escucha("run", env=made)
    yield made
    stop_embedded(Settings(home=folder / "home"))


def exported(env: dict[str, str], what: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in escucha("export", what, env=env).stdout.splitlines()]


def test_every_post_is_read_and_decided_and_the_books_balance(env: dict[str, str]) -> None:
    proof = json.loads(escucha("verify", "--json", env=env).stdout)
    assert proof["ok"] is True
    assert len(exported(env, "posts")) == POSTS
    assert all(post["sentiment"] and post["topic"] for post in exported(env, "posts"))


def test_a_second_pass_changes_nothing(env: dict[str, str]) -> None:
    before = (exported(env, "posts"), exported(env, "cases"))
    done = json.loads(escucha("run", env=env).stdout)
    assert {name: n for name, n in done.items() if n} == {}
    assert (exported(env, "posts"), exported(env, "cases")) == before


def test_the_view_can_be_thrown_away_and_built_again(env: dict[str, str]) -> None:
    assert json.loads(escucha("index", "--rebuild", env=env).stdout)["indexed"] == POSTS + len(exported(env, "cases"))
    assert json.loads(escucha("verify", "--json", env=env).stdout)["ok"] is True


def test_an_export_for_spreadsheets_has_every_post_and_no_formula(env: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(escucha("export", "posts", "--format", "csv", env=env).stdout.decode())))
    assert len(rows) == POSTS
    assert [cell for row in rows for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))] == []


def test_status_says_what_is_on_and_what_to_set(env: dict[str, str]) -> None:
    standing = json.loads(escucha("status", "--json", env=env).stdout)
    assert standing["sources"]["archive"]["state"] == "on"
    assert standing["steps"]["classified"] == POSTS
    assert "ESCUCHA_SMTP_URL" in standing["mail"]


def test_status_fails_for_a_machine_when_a_source_was_never_read_or_the_engine_is_off(env: dict[str, str], tmp_path: Path) -> None:
    assert b"problems: none" in escucha("status", "--fail", env=env).stdout
    write_posts(tmp_path / "posts.jsonl", 1)
    fresh = environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))
    empty = escucha("status", "--fail", env=fresh, check=False)
    assert (empty.returncode, b"there is no ledger yet" in empty.stdout) == (1, True)
    escucha("prepare", env=fresh)
    never = escucha("status", "--fail", env=fresh, check=False)
    assert never.returncode == 1
    assert b"source archive: NOT WORKING: archive has never been collected" in never.stdout
    escucha("collect", env=fresh)
    off = escucha("status", "--fail", env=fresh, check=False)
    assert off.returncode == 1
    assert b"source archive: on" in off.stdout
    assert b"problems: search engine off: " in off.stdout
    assert escucha("status", env=fresh).returncode == 0


def test_check_reads_each_part_once(env: dict[str, str]) -> None:
    done = escucha("check", env=env)
    assert b"source archive" in done.stdout
    assert b"FAILED" not in done.stdout


def test_label_gives_one_line_for_one_in_the_same_order(env: dict[str, str]) -> None:
    lines = [
        json.dumps({"id": "1", "text": f"{TEXTS[0]} Llamadme al 600 123 456, @vecina"}),
        "{broken",
        json.dumps({"id": "3", "text": ""}),
        json.dumps({"id": "4", "text": "The street light in Plaza de Lavapiés is broken", "language": "en"}),
    ]
    out = [json.loads(line) for line in escucha("label", env=env, stdin="\n".join(lines).encode() + b"\n").stdout.splitlines()]
    assert [one.get("id") for one in out][0::2] == ["1", "3"]
    assert ["error" in one for one in out] == [False, True, True, False]
    assert set(out[0]) >= {"sentiment", "intent", "topic", "actionable", "relevance", "language", "places", "scores", "model"}
    assert out[3]["language"] == "en"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("collect", "--source", "nowhere"), "there is no [sources.nowhere]; known: archive"),
        (("report", "yearly"), "no report [reports.yearly]; known: weekly"),
        (("run", "--city", "cities/nowhere.toml"), "no such profile"),
        (("deliver", "--approve", "0"), "1 or more"),
        (("erase", "--author", "somebody"), "write SOURCE:AUTHOR"),
        (("erase", "--post", "nothing"), "the ledger has no such post"),
        (("dashboards", "push"), "ESCUCHA_KIBANA_URL"),
        (("init", "Not A Name"), "lower-case letters"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_what_to_do(env: dict[str, str], arguments: tuple[str, ...], words: str) -> None:
    done = escucha(*arguments, env=env, check=False)
    assert (done.returncode, words in done.stderr.decode()) == (2, True), done.stderr.decode()


def test_another_salt_is_refused_before_anything_is_read(env: dict[str, str]) -> None:
    done = escucha("run", env=env | {"ESCUCHA_SALT": "another salt, long enough to count"}, check=False)
    assert done.returncode == 2
    assert b"salt" in done.stderr


def test_without_a_search_engine_everything_else_goes_on_and_the_index_catches_up(tmp_path: Path) -> None:
    write_posts(tmp_path / "posts.jsonl", 8)
    env = environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))
    with socket.socket() as taken:  # bound and not listening: nothing answers there
        taken.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = escucha("run", env=env | {"ESCUCHA_ELASTICSEARCH_URL": away}, check=False)
    assert done.returncode == 1
    assert b"index: " in done.stderr
    assert len(exported(env, "posts")) == 8
    assert len(exported(env, "cases")) >= 1
    lines = json.loads(escucha("verify", "--json", env=env).stdout)["lines"]
    assert {line["ok"] for line in lines} == {True, None}  # the engine's own line is not asked
    assert json.loads(escucha("index", env=env).stdout)["indexed"] == 8 + len(exported(env, "cases"))
    stop_embedded(Settings(home=tmp_path / "home"))
