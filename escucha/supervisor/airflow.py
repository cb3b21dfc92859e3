"""Airflow beside the desk: its three programs, told by environment alone where to live and what to listen on, and asked how they are."""

import json
import os
import re
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
NEEDED = ("metadatabase", "scheduler", "dag_processor")
TIMEOUT_S = 10.0
"""Its first answers take seconds on a busy machine."""


def held_back(settings: Settings) -> str:
    """Return a regular expression for the DAGs that wait for the first pass: those that collect and process posts."""
    return f"^({settings.dag_id('collect')}_.+|{settings.dag_id('process')})$"


def hold(settings: Settings) -> tuple[str, ...]:
    """Return the command that pauses them, for `airflow`; it prints those it paused as JSON."""
    return ("dags", "pause", "--yes", "--treat-dag-id-as-regex", held_back(settings), "--output", "json")


def environment(settings: Settings) -> dict[str, str]:
    """Airflow's settings: `dags/airflow.env`, over it what this process was told, over both what the home and its ports demand."""
    url = address(settings)
    chosen = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW__")}
    return (
        settings_file(ROOT / "dags" / "airflow.env")
        | chosen
        | {
            "AIRFLOW_HOME": str(settings.home.resolve() / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "dags" / "plugins"),
            # New DAGs that collect and process wait for the first pass; the others say themselves that they do not.
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            # Everybody is administrator: only because it listens on loopback and nowhere else.
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(settings.airflow_port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY", os.environ.get("no_proxy")), "127.0.0.1"))),
        }
    )


def settings_file(path: Path) -> dict[str, str]:
    """A file of KEY=VALUE lines."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def address(settings: Settings) -> str:
    """Where Airflow's page and API are."""
    return f"http://127.0.0.1:{settings.airflow_port}"


async def ailing(settings: Settings) -> list[str]:
    """What of Airflow is not healthy now; empty: all is well."""
    try:
        async with _api(settings) as api:
            health = (await api.get("/api/v2/monitor/health")).raise_for_status().json()
    except httpx.HTTPError:
        return ["api"]
    return [name for name in NEEDED if health[name]["status"] != "healthy"]


async def answers_foreign_pages(settings: Settings) -> bool:
    """Return True when Airflow answers to a foreign name: its plugin `dags/plugins/foreign_pages.py` was not loaded."""
    async with _api(settings) as api:
        answer = await api.get("/api/v2/monitor/health", headers={"Host": "foreign.invalid"})
    return answer.status_code != httpx.codes.FORBIDDEN


class Listening:
    """Which DAGs that collect and process posts are held back until the first pass is done. What an operator has paused stays paused."""

    def __init__(self, settings: Settings) -> None:
        """Remember what earlier starts held back: a start that was killed still owes them their release."""
        self._settings = settings
        self._path = settings.home.resolve() / "run" / "listening.json"
        noted: dict[str, list[str]] = json.loads(self._path.read_bytes()) if self._path.exists() else {}
        self._known, self._held = set(noted.get("known", [])), set(noted.get("held", []))

    def hold(self, paused: str) -> None:
        """Note what `airflow dags pause --output json` has just paused."""
        table = next(
            (line for line in paused.splitlines() if line.startswith("[{")), "[]"
        )  # the rest are Airflow's warnings
        rows: list[dict[str, Any]] = json.loads(table)
        self._held |= {str(row["dag_id"]) for row in rows}
        self._note()

    async def release(self, expected: set[str]) -> bool:
        """Let go the schedules we held and the new ones; False while Airflow is busy or has not seen all expected ones yet."""
        try:
            async with _api(self._settings) as api:
                query: dict[str, str | int] = {"dag_id_pattern": f"{self._settings.airflow_prefix}_%", "limit": 200}
                dags = (await api.get("/api/v2/dags", params=query)).raise_for_status().json()["dags"]
                ids = (str(dag["dag_id"]) for dag in dags)
                seen = {dag_id for dag_id in ids if re.match(held_back(self._settings), dag_id)}
                if not expected <= seen:
                    return False
                for dag_id in sorted(seen & (self._held | (seen - self._known))):
                    (await api.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False})).raise_for_status()
        except httpx.HTTPError:
            return False
        self._known, self._held = seen, set()
        self._note()
        return True

    def _note(self) -> None:
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps({"known": sorted(self._known), "held": sorted(self._held)}), encoding="utf-8")
        draft.replace(self._path)


def _api(settings: Settings) -> httpx.AsyncClient:
    """Never through a proxy: it is on this machine."""
    return httpx.AsyncClient(base_url=address(settings), timeout=TIMEOUT_S, trust_env=False)
