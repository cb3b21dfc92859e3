"""The files for a real site name what there is: variables, programs, files, each other."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.config.settings import Settings
from desk.auth.security import refuse_plain_http, users_demanded

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def variables() -> dict[str, str]:
    lines = (line for line in (DEPLOY / "escucha.env.example").read_text().splitlines() if re.match(r"[A-Z]", line))
    return dict(line.split("=", 1) for line in lines)


def test_the_environment_file_names_every_setting_and_no_other() -> None:
    known = {f"ESCUCHA_{name.upper()}" for name in Settings.model_fields} | {"ESCUCHA_CITY"}
    assert {name for name in variables() if name.startswith("ESCUCHA_")} == known


def test_the_environment_file_is_read_alike_by_systemd_and_compose() -> None:
    """No quotes, no blanks around the equals sign, no comment behind a value: the two read those differently."""
    assert [name for name, value in variables().items() if re.search(r"[\"'#\s]", value)] == []


def test_secrets_stand_empty_in_the_example() -> None:
    secret = [name for name in variables() if re.search(r"PASSWORD|SECRET|SALT|_KEY$|SMTP_URL|WEBHOOK", name)]
    assert len(secret) >= 10
    assert {name: value for name in secret if (value := variables()[name])} == {}


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.stem)
def test_each_unit_starts_a_program_that_there_is_with_both_environment_files(unit: Path) -> None:
    text = unit.read_text()
    for command in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE):
        program, *arguments = command.split()
        assert program.startswith("/opt/escucha/.venv/bin/"), command
        assert (BIN / Path(program).name).exists(), command
        assert all((ROOT / one.removeprefix("/opt/escucha/")).exists() for one in arguments if one.startswith("/")), command
    assert re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE) == ["/opt/escucha/dags/airflow.env", "/etc/escucha/escucha.env"]


SERVICES = {unit.stem.removeprefix("escucha-"): unit.read_text() for unit in UNITS if unit.suffix == ".service"}


def ceilings() -> dict[str, str]:
    """Return the memory that each program may take, of those that have a ceiling."""
    found = {name: re.search(r"^MemoryMax=(\d+G)$", text, re.MULTILINE) for name, text in SERVICES.items()}
    return {name: one[1] for name, one in found.items() if one}


def test_every_program_has_a_ceiling_of_memory_and_the_same_in_a_container() -> None:
    """A program that goes wrong is ended alone; without one it takes the whole machine with it."""
    assert ceilings().keys() == SERVICES.keys()
    contained = {name: one.get("mem_limit", "none") for name, one in COMPOSE["services"].items()}
    assert "none" not in contained.values()
    ours = {name for name, one in COMPOSE["services"].items() if one.get("image") == "escucha"}
    assert {name: contained[name].upper() for name in ours} == {name: ceilings()[name] for name in ours}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian's systemd)")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/escucha/.venv/bin", str(BIN)))
    command = ["systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS)]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verdict.stderr == ""
    assert verdict.returncode == 0


def test_the_compose_file_asks_only_for_variables_of_the_environment_file() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?[^}]*\}", (DEPLOY / "compose.yaml").read_text()))
    assert asked <= set(variables())
    assert "ESCUCHA_ELASTICSEARCH_PASSWORD" in asked


@pytest.mark.parametrize("name", ["AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY"])
def test_empty_keys_of_airflow_are_refused_in_words(name: str) -> None:
    (refusal,) = set(re.findall(rf"\$\{{{name}:\?([^}}]+)\}}", (DEPLOY / "compose.yaml").read_text()))
    assert "make one" in refusal
    unit = (DEPLOY / "systemd" / "escucha-prepare.service").read_text()
    (script,) = re.findall(r"^ExecStartPre=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    keys = {"AIRFLOW__API_AUTH__JWT_SECRET": "x", "AIRFLOW__CORE__FERNET_KEY": "x"}
    run = [subprocess.run(["/bin/sh", "-c", script], env=env, capture_output=True) for env in (keys, keys | {name: ""})]
    assert [done.returncode for done in run] == [0, 2]
    assert name.encode() in run[1].stderr


def test_every_command_of_the_compose_file_names_the_environment_file() -> None:
    """Without it compose refuses the file itself: the passwords would be empty."""
    commands = re.findall(r"^#   (docker compose .*)$", (DEPLOY / "compose.yaml").read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert [one for one in commands if "--env-file deploy/escucha.env -f deploy/compose.yaml" not in one] == []


def test_the_containers_desk_starts_without_users_and_asks_for_them() -> None:
    """The third command runs beside a desk that has none yet (tests/system/desk/test_desk_server.py starts one)."""
    told = COMPOSE["services"]["desk"]["environment"]
    settings = Settings(
        desk_host=told["ESCUCHA_DESK_HOST"], trusted_proxies=told["ESCUCHA_TRUSTED_PROXIES"], desk_url=variables()["ESCUCHA_DESK_URL"]
    )
    refuse_plain_http(settings)
    assert users_demanded(settings)
    gateway = COMPOSE["networks"]["default"]["ipam"]["config"][0]["gateway"]
    assert [str(network) for network in settings.trusted_networks] == [f"{gateway}/32"]


def test_airflow_loads_the_plugin_that_keeps_foreign_pages_away() -> None:
    told = [variables(), *(COMPOSE["services"][name]["environment"] for name in ("airflow-api", "airflow-scheduler"))]
    folders = {one["AIRFLOW__CORE__PLUGINS_FOLDER"] for one in told}
    assert folders == {"/opt/escucha/dags/plugins"}
    assert (ROOT / "dags" / "plugins" / "foreign_pages.py").exists()


@pytest.mark.parametrize("name", ["desk", "portal"])
def test_the_container_of_each_server_says_whether_it_is_well(name: str) -> None:
    test = COMPOSE["services"][name]["healthcheck"]["test"]
    assert test[:3] == ["CMD", "python", "-c"]
    compile(test[3], "healthcheck", "exec")


def test_the_compose_file_starts_programs_that_there_are_and_waits_for_services_that_there_are() -> None:
    services = COMPOSE["services"]
    ours = {name: service["command"] for name, service in services.items() if service.get("image") == "escucha"}
    assert set(ours) == {"prepare", "desk", "portal", "airflow-api", "airflow-scheduler", "airflow-dag-processor", "watch"}
    assert [name for name, command in ours.items() if command[0] != "sh" and not (BIN / command[0]).exists()] == []
    assert {other for service in services.values() for other in service.get("depends_on", {})} <= set(services)


def test_nothing_of_a_site_is_open_to_the_outside() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_every_file_the_compose_file_mounts_is_there() -> None:
    volumes = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    files = {volume.split(":")[0] for volume in volumes if volume.startswith("./")}
    assert files == {"./second-database.sql", "./users"}
    assert [file for file in files if not (DEPLOY / file).exists()] == []
