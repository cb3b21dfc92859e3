"""Configure Airflow by environment, query its health and release its DAGs."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from core.config.plugins import ROOT
from core.config.settings import Settings

PROGRAMS = {
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),  # its log server would listen on all interfaces
    "airflow-dag-processor": ("dag-processor",),
    "airflow-api": ("api-server",),
}
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
TIMEOUT_S = 10.0
"""Airflow's first responses take seconds on a busy machine."""


def paused_dags_pattern(settings: Settings) -> str:
    """Return a regex of the DAGs that wait for the first pass.

    These are the DAGs that collect posts, process them, and report on them.
    """
    return f"^({settings.dag_id('collect')}_.+|{'|'.join(_waiting(settings))})$"


def expected_dags(settings: Settings, tables: Iterable[str]) -> set[str]:
    """Return the ids of the DAGs that wait, given the tables `[sources.*]`."""
    return {*_waiting(settings), *(settings.dag_id("collect", table) for table in tables)}


def _waiting(settings: Settings) -> tuple[str, ...]:
    return (settings.dag_id("process"), *_reporting(settings))


def _reporting(settings: Settings) -> tuple[str, ...]:
    return (settings.dag_id("report"), settings.dag_id("subscriptions"))


def hold(settings: Settings) -> tuple[str, ...]:
    """Return the `airflow` arguments that pause those DAGs.

    The command prints the DAGs it paused as JSON.
    """
    return ("dags", "pause", "--yes", "--treat-dag-id-as-regex", paused_dags_pattern(settings), "--output", "json")


def environment(settings: Settings) -> dict[str, str]:
    """Build Airflow's settings as environment variables.

    Later ones override earlier ones: `dags/airflow.env`, database and logs of this home, AIRFLOW__* of this process, then what the home
    and its ports require.
    """
    url = base_url(settings)
    chosen = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW__")}
    return (
        settings_file(ROOT / "dags" / "airflow.env")
        | _of_this_home(settings, chosen)
        | chosen
        | {
            "AIRFLOW_HOME": str(settings.engine_home.resolve() / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "dags" / "plugins"),
            # New DAGs that collect, process and report wait for the first pass; the others set is_paused_upon_creation=False.
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            # Every user is an administrator: acceptable only because Airflow listens on loopback alone.
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(settings.airflow_port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY", os.environ.get("no_proxy")), "127.0.0.1"))),
        }
    )


def _of_this_home(settings: Settings, chosen: dict[str, str]) -> dict[str, str]:
    """Return database and log folders of this home, unless chosen by command.

    `airflow.cfg` remembers absolute paths, which are another home's after a copy or a move.
    """
    home = settings.engine_home.resolve() / "airflow"
    own = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
    }
    return {name: value for name, value in own.items() if not {f"{name}_CMD", f"{name}_SECRET"} & chosen.keys()}


def settings_file(path: Path) -> dict[str, str]:
    """Parse a file of KEY=VALUE lines; `#` starts a comment line."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def base_url(settings: Settings) -> str:
    """Return the base URL of Airflow's web page and API."""
    return f"http://127.0.0.1:{settings.airflow_port}"


async def unhealthy(settings: Settings) -> list[str]:
    """List Airflow's unhealthy components; an empty list means all are healthy."""
    try:
        async with _api(settings) as api:
            health = (await api.get("/api/v2/monitor/health")).raise_for_status().json()
    except httpx.HTTPError:
        return ["api"]
    return [name for name in COMPONENTS if health[name]["status"] != "healthy"]


async def accepts_foreign_host(settings: Settings) -> bool:
    """Return True when Airflow accepts a foreign `Host` header.

    Then its plugin `dags/plugins/foreign_pages.py` was not loaded.
    """
    async with _api(settings) as api:
        answer = await api.get("/api/v2/monitor/health", headers={"Host": "foreign.invalid"})
    return answer.status_code != httpx.codes.FORBIDDEN


class PausedDags:
    """Track the DAGs paused until the first pass is done.

    A DAG that an operator has paused stays paused. The state is kept in `$ESCUCHA_HOME/run/listening.json`.
    """

    def __init__(self, settings: Settings) -> None:
        """Load what earlier starts paused; killed ones have not released it yet."""
        self._settings = settings
        self._path = settings.home.resolve() / "run" / "listening.json"
        noted: dict[str, list[str]] = json.loads(self._path.read_bytes()) if self._path.exists() else {}
        self._known, self._paused = set(noted.get("known", [])), set(noted.get("held", []))
        if self._known:  # in 0.2.0 those that report did not wait: one that is paused there, an operator paused
            self._known.update(_reporting(settings))

    def hold(self, paused: str) -> None:
        """Record the DAGs that `airflow dags pause --output json` has just paused."""
        table = next((line for line in paused.splitlines() if line.startswith("[{")), "[]")  # other lines are Airflow's warnings
        rows: list[dict[str, Any]] = json.loads(table)
        self._paused |= {str(row["dag_id"]) for row in rows}
        self._note()

    async def release(self, expected: set[str]) -> bool:
        """Resume the DAGs paused by us and the new ones.

        Returns False while Airflow is busy or has not parsed all expected DAGs yet.
        """
        try:
            async with _api(self._settings) as api:
                seen = await self._seen(api)
                if not expected <= seen:
                    return False
                await self._resume(api, seen & (self._paused | (seen - self._known)))
        except httpx.HTTPError:
            return False
        self._known, self._paused = seen, set()
        self._note()
        return True

    async def release_added(self) -> list[str]:
        """Resume the DAGs that Airflow has parsed since; return them.

        One that was known before stays as an operator left it. A busy Airflow is asked again at the next call.
        """
        try:
            async with _api(self._settings) as api:
                added = await self._seen(api) - self._known
                await self._resume(api, added)
        except httpx.HTTPError:
            return []
        if added:
            self._known |= added
            self._note()
        return sorted(added)

    async def _seen(self, api: httpx.AsyncClient) -> set[str]:
        query: dict[str, str | int] = {"dag_id_pattern": f"{self._settings.airflow_prefix}_%", "limit": 200}
        dags = (await api.get("/api/v2/dags", params=query)).raise_for_status().json()["dags"]
        ids = (str(dag["dag_id"]) for dag in dags)
        return {dag_id for dag_id in ids if re.match(paused_dags_pattern(self._settings), dag_id)}

    async def _resume(self, api: httpx.AsyncClient, dag_ids: set[str]) -> None:
        for dag_id in sorted(dag_ids):
            (await api.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False})).raise_for_status()

    def _note(self) -> None:
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps({"known": sorted(self._known), "held": sorted(self._paused)}), encoding="utf-8")
        draft.replace(self._path)


def _api(settings: Settings) -> httpx.AsyncClient:
    """Open a client for Airflow's API.

    It never uses a proxy: Airflow is on this machine.
    """
    return httpx.AsyncClient(base_url=base_url(settings), timeout=TIMEOUT_S, trust_env=False)
