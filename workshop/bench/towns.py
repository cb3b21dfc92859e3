"""Measure what towns of 50 posts a day cost in one installation.

`make bench-towns`. Each town has a profile, 300 streets, and 100 posts of the sample (two days). The command runs every step as Airflow's
tasks do, desk and portal serve all towns. Memory is the proportional share of all processes (PSS), time is CPU time. What Airflow costs by
itself does not grow with the towns, because a task does its step for all of them; it is not counted.
"""

import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from core.config.plugins import ROOT

STREETS, A_DAY, DAYS = 300, 50, 2
PASSES_A_DAY = 288
"""Every five minutes."""
IDLE_S = 60
MADRID = ROOT / "cities" / "madrid"
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
PROFILE = """
name = "{name}"
handles = ["@{name}"]
languages = ["es"]
gazetteer_folder = "{name}"
[notice]
controller = "Ayuntamiento"
contact = "a@example.org"
data_protection_officer = "d@example.org"
[questions.relevance]
names = ["{name}"]
[sources.archive]
files = ["{name}.jsonl"]
[[departments]]
name = "Atención a la ciudadanía"
topics = ["other"]
[reports.weekly]
schedule = "0 7 * * MON"
"""


def main() -> int:
    """Print a row for each number of towns."""
    counts = [int(one) for one in sys.argv[1:]] or [1, 10, 50]
    print_row(
        "towns", "memory MB", "of it desk", "portal", "search", "disk MB", "idle pass s", "50 posts s", "serving s a day", "CPU s a day"
    )
    first: tuple[float, float] | None = None
    for count in counts:
        memory, disk = _measure(count)
        if first is None:
            first = memory, disk
        elif count > 1:
            more = count - counts[0]
            print_row(f"each beyond {counts[0]}", f"{(memory - first[0]) / more:.1f}", "", "", "", f"{(disk - first[1]) / more:.1f}")
    return 0


def _measure(count: int) -> tuple[float, float]:
    """Print a row for these towns; return memory and disk in MB."""
    with tempfile.TemporaryDirectory(prefix="escucha-towns-") as name:
        folder = Path(name)
        towns = [f"town{number:02d}" for number in range(count)]
        for number, town in enumerate(towns):
            _write_town(folder, town, number, DAYS * A_DAY)
        ports = {"ESCUCHA_DESK_PORT": "18800", "ESCUCHA_PORTAL_PORT": "18803"}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ESCUCHA_")}
        listed = ",".join(str(folder / f"{town}.toml") for town in towns)
        env = kept | ports | {"ESCUCHA_TOWNS": listed, "ESCUCHA_HOME": str(folder / "home")}
        _escucha("run", env=env)
        with _served("desk", 18800, env) as desk, _served("portal", 18803, env) as portal:
            for number, town in enumerate(towns):
                _write_town(folder, town, number, (DAYS + 1) * A_DAY)
            day = _escucha("run", env=env)
            idle = _escucha("run", env=env)
            before = _cpu(desk) + _cpu(portal)
            time.sleep(IDLE_S)
            serving = (_cpu(desk) + _cpu(portal) - before) * 86_400 / IDLE_S
            search = _search_processes(folder / "home")
            parts = [_memory([desk]), _memory([portal]), _memory(search)]
            disk = sum(path.stat().st_size for path in (folder / "home").rglob("*") if path.is_file()) / 1e6
        _end(search)
        total = idle * PASSES_A_DAY + (day - idle) + serving
        print_row(
            str(count),
            f"{sum(parts):.0f}",
            *(f"{part:.0f}" for part in parts),
            f"{disk:.1f}",
            f"{idle:.1f}",
            f"{day - idle:.1f}",
            f"{serving:,.0f}",
            f"{total:,.0f}",
        )
        return sum(parts), disk


def _write_town(folder: Path, town: str, number: int, posts: int) -> None:
    """Write profile, gazetteer and this many posts of a town."""
    (folder / f"{town}.toml").write_text(PROFILE.format(name=town), encoding="utf-8")
    places = folder / town
    places.mkdir(exist_ok=True)
    for file in ("districts.json", "barrios.json", "ordinary_names.txt"):
        shutil.copy(MADRID / file, places)
    for file in ("street_parts.csv", "stops.csv", "landmarks.csv", "own_places.csv"):
        (places / file).write_text((MADRID / file).read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    head, *rows = (MADRID / "streets.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (places / "streets.csv").write_text("".join([head, *rows[number * 150 % 8_000 :][:STREETS]]), encoding="utf-8")
    end = datetime.now(UTC).replace(microsecond=0)
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines, (folder / f"{town}.jsonl").open("w", encoding="utf-8") as out:
        texts = [json.loads(line)["text"][:400] for line, _ in zip(lines, range(posts), strict=False)]
        for at, text in enumerate(texts):
            moment = end - timedelta(minutes=28 * (posts - at))
            out.write(json.dumps({"id": f"{at}", "text": text, "created_at": moment.isoformat()}, ensure_ascii=False) + "\n")


def _escucha(command: str, env: dict[str, str]) -> float:
    """Run a command; return its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "escucha", command], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"escucha {command}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _served(command: str, port: int, env: dict[str, str]) -> Iterator[int]:
    """Serve until the end; yield the process id once it answers."""
    log = Path(env["ESCUCHA_HOME"]) / f"{command}.log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "escucha", command], env=env, cwd=ROOT, stdout=out, stderr=out)  # noqa: S603
    try:
        until = time.monotonic() + 600
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"escucha {command} did not start: {log.read_text()[-2000:]}") from None
                time.sleep(0.5)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _search_processes(home: Path) -> list[int]:
    record = json.loads((home / "run" / "search.json").read_bytes())
    return [record["pid"], record["engine_pid"]]


def _end(processes: list[int]) -> None:
    for process in processes:
        os.kill(process, 15)


def _cpu(process: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(processes: list[int]) -> float:
    """Return the proportional share of memory of these processes, in MB."""
    rollups = (Path(f"/proc/{process}/smaps_rollup").read_text().splitlines() for process in processes)
    return sum(int(line.split()[1]) for lines in rollups for line in lines if line.startswith("Pss:")) / 1000


def print_row(*cells: str) -> None:
    """Print a row of the table at once: the next takes minutes."""
    sys.stdout.write("  ".join(f"{cell:>15}" for cell in cells) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
