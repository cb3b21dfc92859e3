"""Two towns in one installation: each has all that a city has, and nothing of one is seen, found or opened in the other.

Every text of a town has a word that is nowhere else: wherever it stands in what the other town shows, the walls leak.
"""

import asyncio
import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.config.towns import ServedTown, chosen, towns_of
from core.errors import ConfigurationError
from core.web.by_host import ByHost
from desk.app import create_app as desk_of
from escucha import cli
from escucha.backup import backup
from escucha.commands import clean
from escucha.commands.towns import remove
from escucha.supervisor import services
from escucha.supervisor.state import Supervisor
from ledger import read
from pipeline import all_steps
from pipeline.access import api_tokens
from pipeline.access.accounts import operator
from pipeline.context import Context, open_context
from pipeline.export import lines
from pipeline.health.watch_state import load_state
from portal.app import create_app as portal_of
from portal.open311.keys import make_key
from search.connection.engine import connect, stop_embedded
from search.queries.requests import run as ask
from tests.support import desk_pages, portal_pages
from tests.support.deployment import environment, escucha
from tests.support.desk_client import PASSWORDS, hidden, people
from tests.support.province import TEXTS, WORDS, write_town


@dataclass
class Province:
    """Hold both towns, opened, with their desks and portals behind one port each."""

    settings: Settings
    towns: dict[str, ServedTown]
    contexts: dict[str, Context]
    keys: dict[str, str]
    desks: ByHost
    portals: ByHost

    def desk(self, town: str, **more: Any) -> TestClient:
        return TestClient(self.desks, base_url=self.contexts[town].settings.desk_address, client=("127.0.0.1", 50000), **more)

    def portal(self, town: str) -> TestClient:
        return TestClient(self.portals, base_url=self.contexts[town].settings.portal_address, client=("127.0.0.1", 50000))


def other_of(town: str) -> str:
    return next(one for one in WORDS if one != town)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    for town in WORDS:
        write_town(folder, town)
    made = {town: make_key("app", []) for town in WORDS}
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for town, (_, entry) in made.items():
            patch.setenv(f"ESCUCHA_TOWN_{town.upper()}_PORTAL_OPEN311_KEYS", entry)
        settings = Settings(home=folder / "home", towns=",".join(str(folder / f"{town}.toml") for town in WORDS))
        stack.callback(stop_embedded, settings)
        towns = {one.name: one for one in towns_of(settings, Path("unused"))}
        contexts = {name: stack.enter_context(open_context(one.profile, one.settings)) for name, one in towns.items()}
        for context in contexts.values():
            all_steps.run(context)
            people(context)
        yield Province(
            settings,
            towns,
            contexts,
            {town: key for town, (key, _) in made.items()},
            ByHost({one.settings.desk_address: desk_of(one) for one in contexts.values()}, settings.desk_address),
            ByHost({one.settings.portal_address: portal_of(one) for one in contexts.values()}, settings.portal_address),
        )


def logged_in(province: Province, town: str) -> TestClient:
    client = province.desk(town)
    form = {**hidden(client.get("/login").text, "/login"), "name": "ana", "password": PASSWORDS["ana"]}
    assert client.post("/login", data=form, follow_redirects=False).status_code == 303
    return client


@pytest.mark.parametrize("town", WORDS)
def test_each_town_reads_its_own_posts_and_opens_its_own_cases(province: Province, town: str) -> None:
    ledger = province.contexts[town].ledger
    posts = list(read.post_records(ledger))
    assert len(posts) == len(TEXTS)
    assert all(WORDS[town] in one.text for one in posts)
    assert {one.department for one in read.case_records(ledger, order="due", limit=9)} == {f"Oficina de {town.capitalize()}"}
    assert all(line.ok is not False for line in all_steps.verify(province.contexts[town]))


@pytest.mark.parametrize("town", WORDS)
def test_no_page_shows_what_another_town_read(province: Province, town: str) -> None:
    strangers = [one.post_id for one in read.post_records(province.contexts[other_of(town)].ledger)]
    own = [one.post_id for one in read.post_records(province.contexts[town].ledger)]
    desk, portal = logged_in(province, town), province.portal(town)
    pages = [one for one in desk_pages.PAGES if "{" not in one]
    pages += [f"/posts/{one}" for one in (*own, *strangers)] + [f"/search?q={word}" for word in WORDS.values()]
    shown = {address: desk.get(address).text for address in pages}
    shown |= {
        f"portal {address}": portal.get(address).text for address in (*portal_pages.ALWAYS_THERE, "/open", "/open311/v2/requests.json")
    }
    searched = f"/search?q={WORDS[other_of(town)]}"
    assert WORDS[other_of(town)] not in "".join(text for address, text in shown.items() if address != searched)
    assert all(one not in shown[searched] for one in strangers)  # the word alone, as it was asked for
    assert WORDS[town] in shown["/posts"]
    assert all(desk.get(f"/posts/{one}").status_code == 404 for one in strangers)


@pytest.mark.parametrize("town", WORDS)
def test_no_query_and_no_index_holds_another_towns_posts(province: Province, town: str) -> None:
    engine = connect(province.contexts[town].settings, start_embedded=False)
    found = ask(engine, "posts", {"query": {"match_all": {}}, "size": 100})["hits"]["hits"]
    assert {one["_id"] for one in found} == {one.post_id for one in read.post_records(province.contexts[town].ledger)}
    assert {one["_index"].split("-")[1] for one in found} == {town}
    names = engine.client.indices.get(index="escucha-*").body
    assert {name.split("-")[1] for name in names} == set(WORDS)  # one engine for both


@pytest.mark.parametrize("town", WORDS)
def test_no_export_report_or_file_holds_another_towns_posts(province: Province, town: str) -> None:
    context = province.contexts[town]
    all_steps.report(context)
    exported = "".join(line for what in ("posts", "cases", "labels") for line in lines(context.ledger, what, "jsonl"))
    assert WORDS[town] in exported
    assert WORDS[other_of(town)] not in exported
    files = [path for path in context.settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in files)
    assert not [path for path in files if WORDS[other_of(town)].encode() in path.read_bytes()]


def test_a_password_a_session_a_token_and_a_key_of_one_town_open_nothing_of_the_other(province: Province) -> None:
    here, there = WORDS
    session = logged_in(province, here).cookies.get("session") or dict(logged_in(province, here).cookies)
    cookies = session if isinstance(session, dict) else {"session": session}
    stranger = province.desk(there, cookies=cookies, follow_redirects=False)
    assert stranger.get("/posts").status_code == 303  # to the log-in
    token = api_tokens.make(province.contexts[here].ledger, "bi", ["cases"], 30, operator())
    bearer = {"authorization": f"Bearer {token}"}
    assert province.portal(here).get("/api/v1/cases", headers=bearer).status_code == 200
    assert province.portal(there).get("/api/v1/cases", headers=bearer).status_code == 401
    asked = {"api_key": province.keys[here], "service_code": "noise", "description": "Un ruido", "lat": "40.4", "long": "-3.7"}
    assert province.portal(there).post("/open311/v2/requests.json", data=asked).status_code in (400, 401, 403)


def test_what_makes_pseudonyms_differs_by_town(province: Province) -> None:
    salts = {context.salt for context in province.contexts.values()}
    assert len(salts) == len(WORDS)
    assert len({context.ledger.ledger_id for context in province.contexts.values()}) == len(WORDS)


@pytest.mark.parametrize("served", ["desks", "portals"])
@pytest.mark.parametrize("town", WORDS)
def test_a_name_that_is_written_in_full_is_the_same_name(province: Province, served: str, town: str) -> None:
    path = "/login" if served == "desks" else "/"
    answers = [
        TestClient(getattr(province, served), base_url=f"http://{host}", client=("127.0.0.1", 50000)).get(path)
        for host in (f"{town}.localhost:8800", f"{town}.localhost.:8800", f"{town.upper()}.LOCALHOST.")
    ]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert all(town.capitalize() in one.text for one in answers)
    refused = TestClient(getattr(province, served), base_url=f"http://{town}.localhost..").get(path)
    assert refused.status_code in (400, 421)


@pytest.mark.parametrize("served", ["desks", "portals"])
def test_a_name_of_no_town_leads_nowhere(province: Province, served: str) -> None:
    app = getattr(province, served)
    answers = {name: TestClient(app, base_url=f"http://{name}").get("/posts") for name in ("elsewhere.example", "[", "localhost:8800")}
    assert [one.status_code for one in answers.values()] == [421, 421, 200]
    assert re.findall(r"http://(\w+)\.localhost", answers["localhost:8800"].text) == list(WORDS)


def test_a_profile_that_is_not_listed_is_refused_by_name(province: Province) -> None:
    towns = tuple(province.towns.values())
    assert chosen(towns, Path("parla")) is chosen(towns, province.towns["parla"].profile)
    with pytest.raises(ConfigurationError, match=r"mostoles is not one of ESCUCHA_TOWNS; give --city with one of: getafe, parla"):
        chosen(towns, Path("mostoles"))


def test_commands_take_the_towns_in_turn_or_the_one_that_is_named(province: Province) -> None:
    env = environment(province.settings.home, Path("unused"), ESCUCHA_TOWNS=province.settings.towns)
    both = escucha("verify", "--json", env=env)
    assert [json.loads(line)["ok"] for line in both.stdout.splitlines()] == [True, True]
    assert re.findall(r"^(\w+):$", both.stderr.decode(), re.MULTILINE) == list(WORDS)
    one = escucha("export", "posts", "--city", "parla", env=env).stdout.decode()
    assert WORDS["parla"] in one
    assert WORDS["getafe"] not in one
    refused = escucha("export", "posts", env=env, check=False)
    assert (refused.returncode, refused.stderr.decode().strip()) == (
        2,
        "escucha export: say for which town: --city with one of getafe, parla",
    )


def test_what_fails_in_one_town_does_not_keep_the_next_from_its_turn(province: Province, tmp_path: Path) -> None:
    broken = tmp_path / "getafe.toml"
    broken.write_text(province.towns["getafe"].profile.read_text().replace("act = 0.3", "act = 3"), encoding="utf-8")
    env = environment(province.settings.home, Path("unused"), ESCUCHA_TOWNS=f"{broken},{province.towns['parla'].profile}")
    done = escucha("verify", "--json", env=env, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["ok"]
    assert "escucha verify: getafe: " in done.stderr.decode()


def test_removing_a_town_deletes_what_is_its_own_and_nothing_else(province: Province, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, towns=province.settings.towns)
    here, there = towns_of(settings, Path("unused"))
    try:
        for town in (here, there):
            with open_context(town.profile, town.settings) as context:
                all_steps.run(context)
        with pytest.raises(ConfigurationError, match="getafe is served: take it off ESCUCHA_TOWNS and start again first"):
            remove(settings, "getafe", without_backup=True)
        left = Settings(home=tmp_path, towns=str(there.profile))
        with pytest.raises(ConfigurationError, match="no backup of getafe was ever made"):
            remove(left, "getafe", without_backup=False)
        assert remove(left, "getafe", without_backup=True) == 0
        engine = connect(there.settings, start_embedded=False)
        names = [*engine.client.indices.get(index="escucha-*").body]
        names += [one["name"] for one in engine.client.indices.get_index_template(name="escucha-*").body["index_templates"]]
        assert {name.split("-")[1] for name in names} == {"parla"}
        assert [path.name for path in (tmp_path / "towns").iterdir()] == ["parla"]
        with open_context(there.profile, there.settings) as context:
            assert all(line.ok is not False for line in all_steps.verify(context))
        with pytest.raises(ConfigurationError, match="there is nothing of getafe"):
            remove(left, "getafe", without_backup=True)
        for wrong in ("", "../parla", "posts/.."):
            with pytest.raises(ConfigurationError, match="give the town to remove"):
                remove(left, wrong, without_backup=True)
    finally:
        stop_embedded(settings)


def test_the_list_of_towns_says_what_is_wrong_in_each(province: Province, tmp_path: Path) -> None:
    env = environment(province.settings.home, Path("unused"), ESCUCHA_TOWNS=province.settings.towns)
    good = escucha("towns", env=env).stdout.decode().splitlines()
    assert [re.sub(r"\d+ cases", "N cases", line) for line in good] == [
        "getafe: Getafe: 0 posts wait, N cases are open; http://getafe.localhost:8800",
        "parla: Parla: 0 posts wait, N cases are open; http://parla.localhost:8800",
    ]
    broken = tmp_path / "parla.toml"
    broken.write_text(province.towns["parla"].profile.read_text().replace("act = 0.3", "act = 3"), encoding="utf-8")
    one_wrong = env | {"ESCUCHA_TOWNS": f"{province.towns['getafe'].profile},{broken}"}
    done = escucha("towns", env=one_wrong, check=False)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[1] == "parla: cannot be opened"
    assert f"parla: WRONG: {broken}: key 'triage.act'" in done.stdout.decode()


def test_a_town_that_cannot_be_backed_up_leaves_the_next_its_backup(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", towns=province.settings.towns)
    here, there = towns_of(settings, Path("unused"))
    with open_context(there.profile, there.settings):
        pass
    for name, value in {"HOME": settings.home, "TOWNS": settings.towns, "BACKUP_FOLDER": tmp_path / "safe", "BACKUP_KEY": "x" * 32}.items():
        monkeypatch.setenv(f"ESCUCHA_{name}", str(value))
    monkeypatch.setattr(sys, "argv", ["backup", "scheduled"])
    assert backup.main() == ConfigurationError.exit_code  # getafe has no ledger yet
    assert len(list((tmp_path / "safe" / "parla").glob("*.backup"))) == 1
    assert not list((tmp_path / "safe" / "getafe").glob("*.backup"))
    assert (backup.last_backup(here.settings), backup.last_backup(there.settings) is None) == (None, False)


def test_what_is_broken_in_one_town_alone_does_not_keep_the_next_from_its_turn(
    province: Province, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a folder that cannot be read, and not a bug."""
    failures: list[Exception | None] = [PermissionError(13, "Permission denied", "/getafe"), None, KeyError("a bug"), None]
    seen = []

    def call(arguments: Namespace) -> int:
        seen.append(arguments.towns[0].name)
        if failure := failures.pop(0):
            raise failure
        return 0

    for _ in range(2):
        arguments = Namespace(command="verify", settings=province.settings, city=None, profile=Path("unused"), call=call)
        assert cli._run(arguments) == 1
    assert seen == [*WORDS, *WORDS]
    assert caplog.text.count("escucha verify: getafe: ") == 2


def test_a_profile_that_is_missing_keeps_no_other_town_from_being_watched(province: Province, tmp_path: Path) -> None:
    listed = f"{tmp_path / 'getafe.toml'},{province.towns['parla'].profile}"
    done = escucha("watch-scheduler", env=environment(tmp_path / "home", Path("unused"), ESCUCHA_TOWNS=listed), check=False)
    assert done.returncode == 1
    assert "getafe.toml" in done.stdout.decode()
    assert [(tmp_path / "home" / "towns" / name / "run" / "watch.json").exists() for name in WORDS] == [True, True]


def test_what_is_old_in_airflow_is_cleaned_once_where_it_is(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow is the installation's: no town has a folder of it."""
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    assert {clean.airflow_home(one) for one in province.contexts.values()} == {province.settings.home.resolve() / "airflow"}
    cleaned: list[str] = []

    def cleaning(context: Context) -> dict[str, int]:
        cleaned.append(context.city.name)
        return {}

    monkeypatch.setattr(clean, "clean", cleaning)
    arguments = Namespace(command="clean", settings=province.settings, city=None, profile=Path("unused"), call=clean.run)
    assert cli._run(arguments) == 0
    assert cleaned == ["Getafe"]


def test_a_start_is_noted_for_the_watch_of_each_town(province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each is told that the scheduler has stopped, whenever the machine was off for a while."""
    settings = Settings(home=tmp_path, towns=province.settings.towns)
    supervisor = SimpleNamespace(settings=settings, city_path=Path("unused"))

    async def stop(_seconds: float) -> None:
        raise InterruptedError

    monkeypatch.setattr(asyncio, "sleep", stop)
    with pytest.raises(InterruptedError):
        asyncio.run(services._watch_heartbeat(cast(Supervisor, supervisor)))
    assert all(load_state(one.settings).back_at for one in towns_of(settings, Path("unused")))


@pytest.mark.parametrize("towns", [False, True])
def test_the_folder_of_a_gazetteer_is_no_town(province: Province, tmp_path: Path, towns: bool) -> None:
    env = environment(tmp_path, Path("unused"), **({"ESCUCHA_TOWNS": province.settings.towns} if towns else {}))
    done = escucha("gazetteer", "import", str(tmp_path / "none.csv"), "--city", "lugo", "--into", str(tmp_path), env=env, check=False)
    assert "none.csv" in done.stderr.decode()
    assert "internal error" not in done.stderr.decode()
