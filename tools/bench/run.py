"""Measures `make run` on this machine: how long until the desk opens and the sample is read, how much memory, how fast the pages are.

`python -m tools.bench.run` starts everything in an empty home of its own, on free ports, and ends it again. `make bench` runs it and
then `python -m nlp.bench`, which measures the reader by itself.
"""

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
from escucha.supervisor.orphans import ProcessRecord, record

GIVE_UP_S = 1200
ROUNDS = 20
SLOW_MS, WORKER_MB, PASS_S, DESK_S, READY_S = 300, 1500, 150, 40, 180
"""What the project promises on two cores with AVX-512 VNNI; elsewhere the numbers are only printed."""


def main() -> int:
    """Run it and print one figure a line."""
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        home = Path(folder) / "home"
        env = dict(os.environ) | {"ESCUCHA_HOME": str(home), "PYTHONUNBUFFERED": "1"} | _free_ports()
        load = os.getloadavg()[0]
        sys.stdout.write(f"machine: {os.cpu_count()} cores, {_flags()}; load before the start {load:.1f}\n")
        with (Path(folder) / "err").open("w+") as said:
            command = [sys.executable, "-m", "escucha.cli", "up"]
            up = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=said)  # noqa: S603
            try:
                _measure(up, home, Path(said.name), f"http://127.0.0.1:{env['ESCUCHA_DESK_PORT']}/")
            finally:
                began = time.monotonic()
                up.terminate()
                up.wait()
                _line("everything stopped", time.monotonic() - began, "s", 10)
    return 0


def _free_ports() -> dict[str, str]:
    ports = {}
    for name in ("DESK", "AIRFLOW", "SEARCH"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[f"ESCUCHA_{name}_PORT"] = str(probe.getsockname()[1])
    return ports


def _flags() -> str:
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return " ".join(flag for flag in ("avx2", "avx512_vnni", "amx_int8") if re.search(rf"\b{flag}\b", cpu)) or "no AVX2"


def _measure(up: "subprocess.Popen[bytes]", home: Path, said: Path, desk: str) -> None:
    most = 0.0
    while "first pass: " not in (text := said.read_text()) or not re.search(r"first pass: (done|part)", text):
        if up.poll() is not None or _seconds(text) > GIVE_UP_S:
            raise EscuchaError(f"the first pass did not come to its end:\n{text[-2000:]}")
        most = max(most, _peak_mb(record(home, "first-pass")))
        time.sleep(0.1)
    _line("desk open", _when(text, "desk: open"), "s", DESK_S)
    _line("first pass done (ready)", _when(text, "first pass: (done|part)"), "s", READY_S)
    _line("first pass alone", _when(text, "first pass: (done|part)") - _when(text, "first pass: reading"), "s", PASS_S)
    _line("memory of the worker, at most", most, "MB", WORKER_MB)
    while "Airflow: listening" not in (text := said.read_text()) and up.poll() is None:
        time.sleep(0.2)
    _line("Airflow healthy", _when(text, "Airflow: healthy"), "s", None)
    with httpx.Client(trust_env=False, timeout=30) as client:
        for page in _pages(client, desk):
            _line(f"page {page}, p95 of {ROUNDS}", _p95_ms(client, urljoin(desk, page)), "ms", SLOW_MS)


def _when(text: str, words: str) -> float:
    found = re.search(rf"^\[ *(\d+) s\] {words}", text, re.MULTILINE)
    if found is None:
        raise EscuchaError(f"the supervisor never said '{words}'")
    return float(found[1])


def _seconds(text: str) -> float:
    times = re.findall(r"^\[ *(\d+) s\]", text, re.MULTILINE)
    return float(times[-1]) if times else 0.0


def _peak_mb(path: Path) -> float:
    """The kernel's own high-water mark of the process in this record; 0 while there is none."""
    try:
        pid = ProcessRecord.model_validate_json(path.read_bytes()).pid
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0.0
    return int(peak[1]) / 1000 if peak else 0.0


def _pages(client: httpx.Client, desk: str) -> list[str]:
    """Every page the desk's own navigation leads to."""
    links = re.findall(r'href="(/[a-z-]*(?:/[a-z-]*)*)"', client.get(desk).raise_for_status().text)
    return ["/", *sorted({link for link in links if "static" not in link and link != "/"})]


def _p95_ms(client: httpx.Client, url: str) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(url, follow_redirects=True).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(taken, n=20)[-1]


def _line(what: str, number: float, unit: str, promised: float | None) -> None:
    limit = "" if promised is None else f"   (at most {promised:g}{'' if number <= promised else ': MISSED'})"
    sys.stdout.write(f"{what}: {number:.0f} {unit}{limit}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
