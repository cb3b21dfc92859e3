"""Measure `make run`: seconds until ready, memory, and page latency.

`python -m workshop.bench.run` starts everything in a temporary home on free ports and stops it again. `make bench` runs it and then
`python -m workshop.bench_reading`, which measures the annotator alone.
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin

import httpx

from core.config.plugins import ROOT
from core.errors import EscuchaError
from escucha.supervisor.orphans import ProcessRecord, record_path
from escucha.supervisor.services import AIRFLOW_COLLECTS, AIRFLOW_HEALTHY, DESK_OPEN, PASS_BEGINS, PASS_DONE, PASS_PARTLY_DONE

GIVE_UP_S = 1200
ROUNDS = 20
SLOW_MS, WORKER_MB, PASS_S, DESK_S, READY_S = 300, 1500, 60, 40, 90
"""Targets on two cores with AVX-512 VNNI; on other machines the numbers are for information."""


def main() -> int:
    """Start Escucha and print one result per line."""
    argparse.ArgumentParser(prog="python -m workshop.bench.run", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        home = Path(folder) / "home"
        env = dict(os.environ) | {"ESCUCHA_HOME": str(home), "PYTHONUNBUFFERED": "1"} | _free_ports()
        load = os.getloadavg()[0]
        sys.stdout.write(f"machine: {os.cpu_count()} cores, {_flags()}; load before the start {load:.1f}\n")
        with (Path(folder) / "err").open("w+") as log:
            command = [sys.executable, "-m", "escucha.cli", "up"]
            up = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)  # noqa: S603
            try:
                _measure(up, home, Path(log.name), f"http://127.0.0.1:{env['ESCUCHA_DESK_PORT']}/")
            finally:
                began = time.monotonic()
                up.terminate()
                up.wait()
                _print_result("everything stopped", time.monotonic() - began, "s", 10)
    return 0


def _free_ports() -> dict[str, str]:
    ports = {}
    for name in ("DESK", "PORTAL", "AIRFLOW", "SEARCH"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[f"ESCUCHA_{name}_PORT"] = str(probe.getsockname()[1])
    return ports


def _flags() -> str:
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return " ".join(flag for flag in ("avx2", "avx512_vnni", "amx_int8") if re.search(rf"\b{flag}\b", cpu)) or "no AVX2"


def _measure(up: "subprocess.Popen[bytes]", home: Path, log: Path, desk: str) -> None:
    most = 0.0
    while (done := second_of(text := log.read_text(), PASS_DONE, PASS_PARTLY_DONE)) is None:
        if up.poll() is not None or _last_second(text) > GIVE_UP_S:
            raise EscuchaError(f"the first pass did not finish:\n{text[-2000:]}")
        most = max(most, _peak_mb(record_path(home, "first-pass")))
        time.sleep(0.1)
    _print_result("desk open", _second_of(text, DESK_OPEN), "s", DESK_S)
    _print_result("first pass done (ready)", done, "s", READY_S)
    _print_result("first pass alone", done - _second_of(text, PASS_BEGINS), "s", PASS_S)
    _print_result("memory of the worker, at most", most, "MB", WORKER_MB)
    while second_of(text := log.read_text(), AIRFLOW_COLLECTS) is None and up.poll() is None:
        time.sleep(0.2)
    _print_result("Airflow healthy", _second_of(text, AIRFLOW_HEALTHY), "s", None)
    with httpx.Client(trust_env=False, timeout=30) as client:
        for page in _pages(client, desk):
            _print_result(f"page {page}, p95 of {ROUNDS}", _p95_ms(client, urljoin(desk, page)), "ms", SLOW_MS)


def second_of(text: str, *starts: str) -> float | None:
    """Return the second of the first line that starts so.

    None: there is none yet.

    >>> second_of("[  12 s] desk: open at http://127.0.0.1:8800/", "desk: open at")
    12.0
    """
    words = "|".join(map(re.escape, starts))
    found = re.search(rf"^\[ *(\d+) s\] (?:{words})", text, re.MULTILINE)
    return None if found is None else float(found[1])


def _second_of(text: str, words: str) -> float:
    found = second_of(text, words)
    if found is None:
        raise EscuchaError(f"the supervisor did not log '{words}'")
    return found


def _last_second(text: str) -> float:
    times = re.findall(r"^\[ *(\d+) s\]", text, re.MULTILINE)
    return float(times[-1]) if times else 0.0


def _peak_mb(path: Path) -> float:
    """Return the peak memory of the recorded process; 0 without a record."""
    try:
        pid = ProcessRecord.model_validate_json(path.read_bytes()).pid
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0.0
    return int(peak[1]) / 1000 if peak else 0.0


def _pages(client: httpx.Client, desk: str) -> list[str]:
    """Return every page in the desk's navigation."""
    links = re.findall(r'href="(/[a-z-]*(?:/[a-z-]*)*)"', client.get(desk).raise_for_status().text)
    return ["/", *sorted({link for link in links if "static" not in link and link != "/"})]


def _p95_ms(client: httpx.Client, url: str) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(url, follow_redirects=True).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(taken, n=20)[-1]


def _print_result(what: str, number: float, unit: str, promised: float | None) -> None:
    limit = "" if promised is None else f"   (at most {promised:g}{'' if number <= promised else ': MISSED'})"
    sys.stdout.write(f"{what}: {number:.0f} {unit}{limit}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
