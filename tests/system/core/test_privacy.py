"""Canaries: a handle, a telephone, a mail address and more are pushed through every source; afterwards they are in no file,
no log, no index, no export and no report."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config import plugins
from core.config.city import load_city
from core.config.settings import Settings
from core.privacy.pseudonymise import pseudonymise
from core.records.post import Post, Raw
from ledger.database import open_ledger
from ledger.ingest import cursors, store
from pipeline.context import Context
from pipeline.steps.collect import admit
from search import queries
from search.connection.engine import connect, stop_embedded
from tests.support.deployment import environment, escucha, write_profile
from tests.support.seeded import MADRID, SALT

HANDLE, PHONE, MAIL, NATIVE, AUTHOR, LINK = (
    "canaria_77",
    "600777123",
    "canaria.77@correo.example",
    "native-canary-77",
    "author-canary-77",
    "red.example/canaria77/status",
)
CANARIES = (HANDLE, PHONE, "600 777 123", MAIL, NATIVE, AUTHOR, LINK, "12345678Z")
TEXT = (
    f"Soy @{HANDLE}, llamadme al {PHONE} o al 600 777 123, mi correo es {MAIL} y mi DNI 12345678Z. "
    f"Lo conté en https://{LINK}/1 y lo firma {HANDLE}. Hay una farola fundida en la calle de Alcalá 200, 3º B."
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def canary(source: str) -> Raw:
    return Raw(
        source=source,
        native_id=NATIVE,
        text=TEXT,
        created_at=NOW - timedelta(hours=1),
        received_at=NOW,
        author_id=AUTHOR,
        handle=f"@{HANDLE}",
        url=f"https://{LINK}/1",
        thread_id=NATIVE,
        reply_to=NATIVE,
    )


def found_in(content: bytes) -> list[str]:
    return [word for word in CANARIES if word.lower().encode() in content.lower()]


def leaks(folder: Path) -> dict[str, list[str]]:
    """Files that hold a canary, and which."""
    return {str(path): found for path in folder.rglob("*") if path.is_file() and (found := found_in(path.read_bytes()))}


@pytest.mark.parametrize("source", plugins.plugin_names("collectors"))
def test_nothing_of_a_person_enters_the_ledger_from(source: str, tmp_path: Path) -> None:
    city = load_city(MADRID)
    ledger = open_ledger(Settings(home=tmp_path).ledger, SALT)
    context = Context(city=city, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=MADRID)
    admitted = admit(context, canary(source))
    refused = admit(context, canary(source).model_copy(update={"text": f"{TEXT}\0"}))
    assert isinstance(admitted, Post)
    assert not isinstance(refused, Post)
    run = cursors.begin_run(ledger, source, NOW)
    cursors.read_cursor(ledger, source)
    store.store_page(ledger, run, source, [admitted], [refused], {"at": 1}, None, NOW)
    cursors.end_run(ledger, run, NOW, "done")
    ledger.close()
    assert leaks(tmp_path) == {}


def test_the_street_stays_and_the_door_goes() -> None:
    text = pseudonymise(canary("archive"), load_city(MADRID), SALT).text
    assert "farola fundida en la calle de Alcalá 200" in text
    assert "3º B" not in text


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str], bytes]]:
    """A house in which canaries went the whole way: stored, read, made a case, indexed, reported, and some refused."""
    folder = tmp_path_factory.mktemp("canary")
    posts = folder / "posts.jsonl"
    good = {"id": NATIVE, "text": TEXT, "created_at": "2026-11-20T10:00:00Z", "author": AUTHOR, "url": f"https://{LINK}/1"}
    late = {**good, "id": f"{NATIVE}-2", "created_at": "9999-01-01T00:00:00Z"}
    nul = {**good, "id": f"{NATIVE}-3", "text": f"{TEXT}\0"}
    lines = [json.dumps(good), json.dumps(late), json.dumps(nul), f'{{"id": "{NATIVE}-4", "text": "{TEXT}']
    posts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    env = environment(folder / "home", write_profile(folder, posts, act=0.0, review=0.0))
    said = b""
    for command in (("run",), ("report",), ("status",), ("verify",), ("export", "posts"), ("export", "cases", "--format", "csv")):
        done = escucha(*command, env=env)
        said += done.stdout + done.stderr
    yield folder / "home", env, said
    stop_embedded(Settings(home=folder / "home"))


def test_nothing_of_a_person_is_in_any_file_of_the_home(lived: tuple[Path, dict[str, str], bytes]) -> None:
    home, _, _ = lived
    assert len([path for path in home.rglob("*") if path.is_file()]) > 5
    assert leaks(home) == {}


def test_nothing_of_a_person_is_said_in_results_or_logs(lived: tuple[Path, dict[str, str], bytes]) -> None:
    _, _, said = lived
    assert b"farola fundida" in said  # the export did bring the post
    assert found_in(said) == []


def test_nothing_of_a_person_is_in_the_index(lived: tuple[Path, dict[str, str], bytes]) -> None:
    engine = connect(Settings(home=lived[0]), start_embedded=False)
    whole = (
        json.dumps(queries.run(engine, "posts", {"size": 100})).encode() + json.dumps(queries.run(engine, "cases", {"size": 100})).encode()
    )
    assert b"farola fundida" in whole
    assert found_in(whole) == []


def test_refused_records_say_where_and_why(lived: tuple[Path, dict[str, str], bytes]) -> None:
    standing = json.loads(escucha("status", "--json", env=lived[1]).stdout)["sources"]["archive"]
    assert (standing["received"], standing["stored"]) == (4, 1)
    assert sum(standing["rejected"].values()) == 3


def test_an_erased_author_is_in_no_file_and_does_not_come_back(lived: tuple[Path, dict[str, str], bytes]) -> None:
    home, env, _ = lived
    assert json.loads(escucha("erase", "--author", f"archive:{AUTHOR}", env=env).stdout) == {"erased": 1}
    escucha("run", env=env)
    assert [path for path in home.rglob("ledger.sqlite*") if b"farola fundida" in path.read_bytes()] == []
    engine = connect(Settings(home=home), start_embedded=False)
    assert queries.run(engine, "posts", {"size": 0, "track_total_hits": True})["hits"]["total"]["value"] == 0
    assert escucha("verify", env=env).returncode == 0
