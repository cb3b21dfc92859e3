"""The schedules as Airflow reads them: complete, cheap to read, tried again as asked, and telling somebody when they stay red."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.config import plugins
from core.config.settings import Settings, load_settings
from core.errors import ConfigurationError
from escucha.supervisor.airflow import paused_dags_pattern, settings_file

ROOT = Path(__file__).resolve().parents[3]
POOLS = json.loads((ROOT / "dags" / "pools.json").read_text())
EVERYTHING_DEAR = {
    "transformers",
    "tokenizers",
    "onnxruntime",
    "torch",
    "safetensors",
    "numpy",
    "weasyprint",
    "vl_convert",
    "tweepy",
    "praw",
    "atproto",
    "mastodon",
    "feedparser",
    "elasticsearch",
    "osmem_server",
    "collectors",
    "nlp",
    "ledger",
    "search",
    "reports",
    "dashboards",
    "desk",
    "portal",
    "escucha",
}
FILES = {f"{name}.py" for name in ("answer", "collect", "process", "follow", "report", "forget", "verify", "heartbeat", "requested")}
COLLECT = {f"escucha_collect_{name}" for name in plugins.plugin_names("collectors")}
STEPS = ["classify", "triage", "warn", "deliver", "index", "alert"]
WATCHER = "any_failure"
"""The task that fails when another did: it is not tried again, and tells nobody a second time."""


def load(profile: Path, home: Path, **more: str) -> dict[str, Any]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ESCUCHA_", "AIRFLOW"))}
    env = kept | {"ESCUCHA_CITY": str(profile), "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONPATH": str(ROOT)}
    env |= more
    command = [sys.executable, str(ROOT / "tests" / "support" / "dag_facts.py")]
    said = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=120, check=True).stdout
    facts: dict[str, Any] = json.loads(said[said.index("FACTS ") + 6 :])
    return facts


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Madrid with every collector; one has a schedule that differs."""
    text = (ROOT / "cities" / "madrid.toml").read_text()
    named = "".join(f"\n[sources.{name}]\n" for name in plugins.plugin_names("collectors") if f"[sources.{name}]" not in text)
    named = named.replace("[sources.x]\n", "[sources.x]\nevery = 45\n")
    path = tmp_path_factory.mktemp("profile") / "city.toml"
    text = text.replace('gazetteer_folder = "madrid"', f'gazetteer_folder = "{ROOT}/cities/madrid"')
    path.write_text(text + named)
    return path


@pytest.fixture(scope="module")
def facts(profile: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return load(profile, tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def getafe(profile: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A second city with the same sources, which works in English, beside the first in one Airflow."""
    home = tmp_path_factory.mktemp("getafe")
    text = re.sub(r"^languages = .*$", 'languages = ["en"]', profile.read_text(), flags=re.MULTILINE)
    (home / "getafe.toml").write_text(text.replace('name = "Madrid"', 'name = "Getafe"', 1))
    return load(home / "getafe.toml", home, ESCUCHA_AIRFLOW_PREFIX="getafe")


def tasks(facts: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{dag_id}.{task['id']}", task) for dag_id, dag in facts["dags"].items() for task in dag["tasks"]]


def test_every_file_is_read_without_an_error(facts: dict[str, Any]) -> None:
    assert facts["errors"] == {}


def test_there_is_one_dag_a_source_one_that_processes_and_seven_others(facts: dict[str, Any]) -> None:
    others = {"escucha_subscriptions", *(f"escucha_{path.removesuffix('.py')}" for path in FILES - {"collect.py"})}
    assert set(facts["dags"]) == COLLECT | others


def test_processing_runs_after_each_collection_and_every_five_minutes(facts: dict[str, Any]) -> None:
    """A collection that fails updates no asset: what it had stored must be processed all the same."""
    process = facts["dags"]["escucha_process"]
    assert process["assets"] == ["escucha/posts"]
    assert "*/5 * * * *" in process["schedule"]
    assert "Europe/Madrid" in process["schedule"]
    updated = {name: task["updates"] for name, task in tasks(facts) if task["updates"]}
    collecting = {f"{dag_id}.collect" for dag_id in COLLECT} | {"escucha_requested.requested"}
    assert updated == {key: ["escucha/posts"] for key in collecting}
    assert [dag_id for dag_id, dag in facts["dags"].items() if dag["assets"]] == ["escucha_process"]


@pytest.mark.slow
def test_people_read_names_in_the_citys_language(facts: dict[str, Any], getafe: dict[str, Any]) -> None:
    assert facts["dags"]["escucha_collect_x"]["shown"] == "Escucha Madrid: recogida de x"
    assert facts["dags"]["escucha_process"]["shown"] == "Escucha Madrid: tratamiento de publicaciones"
    shown = [task["shown"] for task in facts["dags"]["escucha_process"]["tasks"]]
    assert shown == [
        "clasificar",
        "decidir",
        "buscar alertas tempranas",
        "entregar",
        "indexar",
        "enviar avisos de vistas guardadas",
        "algún fallo",
    ]
    assert getafe["dags"]["getafe_collect_x"]["shown"] == "Escucha Getafe: collect x"


def test_two_cities_in_one_airflow_share_no_dag_and_no_asset(facts: dict[str, Any], getafe: dict[str, Any]) -> None:
    assert getafe["errors"] == {}
    assert {dag_id.replace("getafe_", "escucha_", 1) for dag_id in getafe["dags"]} == set(facts["dags"])
    assert set(getafe["dags"]) & set(facts["dags"]) == set()
    assert getafe["dags"]["getafe_process"]["assets"] == ["getafe/posts"]
    assert {name for _, task in tasks(getafe) for name in task["updates"]} == {"getafe/posts"}


def test_a_prefix_that_airflow_would_refuse_is_an_error_that_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_AIRFLOW_PREFIX", "Las Rozas/")
    with pytest.raises(ConfigurationError, match="ESCUCHA_AIRFLOW_PREFIX"):
        load_settings()


def test_reading_the_schedules_loads_no_model_no_client_library_and_no_room(facts: dict[str, Any]) -> None:
    assert sorted(EVERYTHING_DEAR & set(facts["brought"])) == []
    assert sorted(name for name in ("transformers", "torch", "onnxruntime", "tweepy") if name in facts["modules"]) == []


def test_the_files_are_those_that_are_documented(facts: dict[str, Any]) -> None:
    assert set(facts["seconds"]) == FILES


def test_every_schedule_says_what_it_does_and_what_to_do_when_it_is_red(facts: dict[str, Any]) -> None:
    for dag_id, dag in facts["dags"].items():
        assert "**When it is red.**" in dag["doc"], dag_id
        assert dag["description"].endswith("."), dag_id
        assert "escucha" in dag["tags"], dag_id
        assert len(dag["tags"]) == 2, dag_id


def test_no_schedule_makes_up_for_missed_runs_or_overlaps_with_itself(facts: dict[str, Any]) -> None:
    wrong = {d: dag for d, dag in facts["dags"].items() if dag["catchup"] or dag["runs"] != 1 or not dag["limited"]}
    assert wrong == {}


def test_no_report_is_made_up_for_at_the_first_start(facts: dict[str, Any]) -> None:
    """Airflow runs the past due time of a new DAG within a tenth of its interval: 2.4 hours daily, 16.8 weekly, 3 days monthly."""
    assert [dag_id for dag_id, dag in facts["dags"].items() if dag["start"]] == []
    assert {dag_id: found["made_up"] for dag_id, found in facts["first_runs"].items()} == {
        "escucha_report": [],
        "escucha_subscriptions": [],
    }


def test_a_report_that_ran_yesterday_runs_today(facts: dict[str, Any]) -> None:
    assert {found["next"] for found in facts["first_runs"].values()} == {"2026-06-01T05:00:00+00:00"}


def test_every_task_is_tried_again_and_limited_and_told(facts: dict[str, Any]) -> None:
    for name, task in tasks(facts):
        is_watcher = task["id"] == WATCHER
        assert (task["retries"] == 0) if is_watcher else (task["retries"] >= 2), name
        assert task["limit_s"] is not None, name
        assert task["tells"] is not is_watcher, name
        assert task["policy"] == "RetryAfterPolicy", name
        assert task["doc"], name
        assert task["owner"] == "escucha", name


def test_whichever_task_fails_the_run_is_red(facts: dict[str, Any]) -> None:
    """Airflow calls a run red when one of its last tasks failed: each task is a last one, or one that fails with it is."""
    for dag_id, dag in facts["dags"].items():
        last = {task["id"] for task in dag["tasks"]} - {name for task in dag["tasks"] for name in task["after"]}
        watched = {name for task in dag["tasks"] if task["id"] in last and task["rule"] == "one_failed" for name in task["after"]}
        assert {task["id"] for task in dag["tasks"]} - last - watched == set(), dag_id


def test_every_pool_a_task_needs_is_declared_and_is_this_citys(facts: dict[str, Any], getafe: dict[str, Any]) -> None:
    """Airflow leaves a task whose pool does not exist `scheduled` for ever, without a word."""
    for prefix, found in (("escucha", facts), ("getafe", getafe)):
        assert {task["pool"] for _, task in tasks(found)} == {f"{prefix}_{name}" for name in POOLS}


def test_every_pool_can_be_full_at_once() -> None:
    """With fewer slots in all than the pools have, four sources that hang stop the heartbeat, triage and answers."""
    settings = settings_file(ROOT / "dags" / "airflow.env")
    assert int(settings["AIRFLOW__CORE__PARALLELISM"]) >= sum(pool["slots"] for pool in POOLS.values())


def test_only_one_reader_works_at_a_time() -> None:
    assert POOLS["reader"]["slots"] == 1


@pytest.mark.slow
def test_more_readers_are_one_task_mapped_as_often_as_asked(
    profile: Path, tmp_path_factory: pytest.TempPathFactory, facts: dict[str, Any]
) -> None:
    many = load(profile, tmp_path_factory.mktemp("readers"), ESCUCHA_READERS="3")
    assert many["errors"] == {}
    steps, alone = ({step["id"]: step for step in one["dags"]["escucha_process"]["tasks"]} for one in (many, facts))
    assert steps.pop("classify") == alone.pop("classify") | {"mapped": 3}
    assert steps == alone


def test_processing_runs_the_steps_in_order_and_no_failure_holds_up_the_next(facts: dict[str, Any]) -> None:
    steps = facts["dags"]["escucha_process"]["tasks"]
    assert [step["id"] for step in steps] == [*STEPS, WATCHER]
    assert [step["after"] for step in steps] == [[], *([before] for before in STEPS[:-1]), sorted(STEPS)]
    assert [step["rule"] for step in steps] == ["all_success", *["all_done"] * 5, "one_failed"]


def test_collecting_is_one_task_that_is_about_one_source(facts: dict[str, Any]) -> None:
    assert {tuple(task["id"] for task in facts["dags"][dag_id]["tasks"]) for dag_id in COLLECT} == {("collect",)}


def test_what_collects_processes_or_reports_waits_for_the_first_pass(facts: dict[str, Any]) -> None:
    held = {dag_id for dag_id, dag in facts["dags"].items() if dag["held"] is None}
    assert held == COLLECT | {"escucha_process", "escucha_report", "escucha_subscriptions"}
    assert held == {dag_id for dag_id in facts["dags"] if re.match(paused_dags_pattern(Settings()), dag_id)}


@pytest.mark.parametrize("name", plugins.plugin_names("collectors"))
def test_the_pace_of_a_source_is_its_collectors_own(name: str, facts: dict[str, Any]) -> None:
    own = plugins.load_plugin("collectors", name, "test").Options.model_fields["every"].default
    assert facts["dags"][f"escucha_collect_{name}"]["every_min"] == (45 if name == "x" else own)


def test_reports_come_in_the_citys_own_time(facts: dict[str, Any]) -> None:
    report = facts["dags"]["escucha_report"]
    assert sorted(task["id"] for task in report["tasks"]) == ["centro", "daily", "monthly", "water", "weekly"]
    assert "0 7 * * MON" in report["schedule"]
    assert "0 7 1 * *" in report["schedule"]
    assert "Europe/Madrid" in report["schedule"]


def test_what_reports_comes_back_while_posts_wait_and_holds_no_slot_meanwhile(facts: dict[str, Any]) -> None:
    tasks = [task for name in ("report", "subscriptions") for task in facts["dags"][f"escucha_{name}"]["tasks"]]
    found = {task["id"]: task["comes_back"] for task in tasks if task["id"] != "renew"}
    assert set(found) == {"centro", "daily", "monthly", "water", "weekly", "send"}
    assert list(found.values()) == [["reschedule", 300, 4 * 3600]] * 6


def test_subscriptions_are_sent_every_hour_by_the_citys_clock(facts: dict[str, Any]) -> None:
    subscriptions = facts["dags"]["escucha_subscriptions"]
    assert [task["id"] for task in subscriptions["tasks"]] == ["renew", "send"]
    assert "0 * * * *" in subscriptions["schedule"]
    assert "Europe/Madrid" in subscriptions["schedule"]


@pytest.mark.parametrize(
    ("failure", "decided"),
    [
        ("rate limit", ["retry", 90.0]),
        ("long rest", ["fail", None]),
        ("fatal", ["fail", None]),
        ("network", ["default", None]),
        ("configuration", ["fail", None]),
        ("too many cases", ["fail", None]),
        ("too many posts", ["fail", None]),
        ("wrong clock", ["fail", None]),
        ("money", ["fail", None]),
        ("silence", ["fail", None]),
        ("away", ["default", None]),
        ("other", ["default", None]),
    ],
)
def test_a_failure_is_tried_again_only_where_that_can_help(failure: str, decided: list[Any], facts: dict[str, Any]) -> None:
    assert facts["decisions"][failure] == decided


def test_a_wrong_profile_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_text((ROOT / "cities" / "madrid.toml").read_text().replace('"0 7 * * MON"', '"every monday"'))
    errors = load(path, tmp_path)["errors"]
    assert set(errors) == FILES
    assert all("schedule" in error and str(path) in error for error in errors.values())


@pytest.mark.slow
def test_the_tasks_of_several_towns_are_those_of_one(facts: dict[str, Any], profile: Path, tmp_path: Path) -> None:
    """A task takes the towns in turn: fifty towns have no fifty times as many processes."""
    names = ("aranjuez", "getafe")
    for name in names:
        (tmp_path / f"{name}.toml").write_text(profile.read_text().replace('name = "Madrid"', f'name = "{name.capitalize()}"', 1))
    towns = load(profile, tmp_path, ESCUCHA_TOWNS=",".join(str(tmp_path / f"{name}.toml") for name in names))
    assert {dag_id: [task["id"] for task in dag["tasks"]] for dag_id, dag in towns["dags"].items()} == {
        dag_id: [task["id"] for task in dag["tasks"]] for dag_id, dag in facts["dags"].items()
    }
    assert towns["dags"]["escucha_collect_x"]["shown"] == "Escucha Aranjuez + 1: recogida de x"


STEPS_IN_TURN = """
import json
from types import SimpleNamespace
from dags import policy
from core.errors import ConfigurationError, RefusedError, UnavailableError
from pipeline import all_steps
from pipeline.health import alerts

seen = []
def step(context, *_):
    seen.append(context.city.name)
    raises = {"Aranjuez": ConfigurationError("a key is missing"), "Getafe": UnavailableError("no answer")}
    if context.city.name in raises:
        raise raises[context.city.name]
    return {"stored": 2}
all_steps.collect = step
try:
    policy.run_step("collect", "archive")
except Exception as error:
    print("FACTS", json.dumps([seen, type(error).__name__, str(error), str(error.__cause__)]))
    told = []
    alerts.alert = lambda settings, city, task, why, *_: told.append([settings.alert_to, city.name, task, why])
    ti = SimpleNamespace(dag_id="escucha_collect_archive", task_id="collect", run_id="1")
    policy.alert_failure({"ti": ti, "exception": error})
    policy.alert_failure({"ti": ti, "exception": None})
    print("TOLD", json.dumps(told))
print("SUM", policy.run_step("collect", "archive", towns=policy.TOWNS[2:] * 2))
"""


SLOW_FIRST_TOWN = """
import signal, time
from dags import policy
from core.runtime import turns
from pipeline import all_steps

turns.LEAST_S = turns.SPARE_S = 0.1
seen = []
def step(context):
    seen.append(context.city.name)
    if context.city.name == "Aranjuez":
        time.sleep(60)
    return {}
all_steps.triage = step
for _ in range(2):
    signal.setitimer(signal.ITIMER_REAL, 9)
    try:
        policy.run_step("triage")
    except Exception as error:
        print("RAISED", type(error).__name__, error.__cause__, policy._is_final(error))
signal.setitimer(signal.ITIMER_REAL, 0)
print("SEEN", *seen)
"""


def run_towns(tmp_path: Path, script: str, **more: str) -> str:
    """Run a script where three towns are served; return what it printed."""
    names = ("aranjuez", "getafe", "parla")
    shipped = (
        (ROOT / "cities" / "madrid.toml").read_text().replace('gazetteer_folder = "madrid"', f'gazetteer_folder = "{ROOT}/cities/madrid"')
    )
    for name in names:
        (tmp_path / f"{name}.toml").write_text(shipped.replace('name = "Madrid"', f'name = "{name.capitalize()}"', 1))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ESCUCHA_", "AIRFLOW"))}
    env = kept | {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "ESCUCHA_HOME": str(tmp_path / "home")} | more
    env["ESCUCHA_TOWNS"] = ",".join(str(tmp_path / f"{name}.toml") for name in names)
    done = subprocess.run([sys.executable, "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_slow_first_town_leaves_the_others_their_turns(tmp_path: Path) -> None:
    said = run_towns(tmp_path, SLOW_FIRST_TOWN)
    assert said.count("RAISED TurnEndedError triage failed in: aranjuez True") == 2
    assert "SEEN Aranjuez Getafe Parla Getafe Parla Aranjuez" in said


@pytest.mark.slow
def test_what_fails_in_one_town_is_raised_when_the_others_are_done(tmp_path: Path) -> None:
    """And as what a retry may mend, where any of them may."""
    alerts = {"ESCUCHA_ALERT_TO": "all@example.org", "ESCUCHA_TOWN_GETAFE_ALERT_TO": "it@getafe.example"}
    said = run_towns(tmp_path, STEPS_IN_TURN, **alerts)
    facts = json.loads(next(line for line in said.splitlines() if line.startswith("FACTS "))[6:])
    assert facts == [["Aranjuez", "Getafe", "Parla"], "UnavailableError", "no answer", "collect-archive failed in: aranjuez, getafe"]
    assert "SUM {'stored': 4}" in said
    assert json.loads(next(line for line in said.splitlines() if line.startswith("TOLD "))[5:]) == [
        ["all@example.org", "Aranjuez", "escucha_collect_archive.collect", "a key is missing"],
        ["it@getafe.example", "Getafe", "escucha_collect_archive.collect", "no answer"],
        ["all@example.org", "Aranjuez + 2", "escucha_collect_archive.collect", "unknown"],
    ]


@pytest.mark.slow
def test_a_wrong_profile_of_one_town_leaves_the_others_their_schedules(profile: Path, tmp_path: Path) -> None:
    for name in ("aranjuez", "parla"):
        (tmp_path / f"{name}.toml").write_text(profile.read_text())
    (tmp_path / "aranjuez.toml").write_text("name = 3\n")
    listed = ",".join(str(tmp_path / f"{name}.toml") for name in ("aranjuez", "missing", "parla"))
    found = load(profile, tmp_path, ESCUCHA_TOWNS=listed)
    assert found["errors"] == {}
    assert set(found["dags"]) >= COLLECT
