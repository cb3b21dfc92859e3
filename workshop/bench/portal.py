"""Measure the portal under public load, and the desk meanwhile.

`make bench-portal [CASES=300] [SECONDS=5]`: a real portal and a real desk on one ledger, behind a real nginx with deploy/nginx/portal.conf,
whose limits and TLS are taken out. Prints requests a second, the 95th percentile and the CPU time of the server for static files, open data
and a case page, with the ratio to a plain file of nginx measured in turn; then the desk's 95th percentile without load and while 500
requests a second are asked for, measured in turn, and their ratio. The generator runs on the same cores.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import httpx
import psutil
from starlette.testclient import TestClient

from core.config.settings import Settings
from ledger import read
from ledger.database import open_ledger
from nlp.inference.runtime_info import processor
from pipeline.context import Context
from portal.app import create_app
from portal.pages import report_form
from tests.support.deployment import environment
from tests.support.ledger_facts import SALT, decide, into_case, read_all
from tests.support.portal_facts import LOCAL, MADRID, open_cases, portal_context
from tests.support.running import free_ports
from workshop.bench.load import Load, load

ROOT = Path(__file__).resolve().parents[2]
TARGET = 500
CONNECTIONS = 32
ROUNDS = 5
DESK_S = 4.0
"""Seconds for which the desk is measured without load, and with it, for each of `--seconds`: a percentile needs many answers."""
SPANISH = {"Accept-Language": "es"}
PUBLIC = ("/", "/open", "/times", "/notice", "/data/response-times.csv", "/static/portal.css")


def main() -> int:
    """Print a line for each kind of address, two for the desk."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300, help="cases in the ledger")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each load")
    options = parser.parse_args()
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        sys.stderr.write("bench-portal needs nginx: apt-get install nginx-light\n")
        return 2
    model, flags = processor()
    say(f"processor: {model} ({' '.join(flags) or 'flags unknown'}), {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        receipt = _fill(folder / "home", options.cases)
        with _served(folder, nginx) as site:
            say(f"{options.cases} cases; {CONNECTIONS} connections (8 to the portal itself); each load {options.seconds:g} s")
            _measure_portal(site, receipt, options.seconds)
            _measure_desk(site, options.seconds)
    return 0


def say(text: str) -> None:
    """Print one line of result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fill(home: Path, cases: int) -> str:
    """Store cases, one of them reported on the portal; return its receipt."""
    ledger = open_ledger(Settings(home=home).ledger, SALT)
    open_cases(ledger, [hour * 6 for hour in range(1, cases)])
    report_form.FASTEST_S = 0
    context = portal_context(home, ledger)
    receipt = _report(context)
    ledger.close()
    return receipt


def _report(context: Context) -> str:
    client = TestClient(create_app(context), base_url=LOCAL, client=("127.0.0.1", 50000))
    token = re.search(r'name="token" value="([^"]+)"', client.get("/report").text)
    form = {"service": "street_lighting", "place": "Plaza de Lavapiés 3", "description": "La farola lleva un mes fundida"}
    answer = client.post("/report", data={**form, "photo": "", "token": token[1] if token else ""}, follow_redirects=False)
    read_all(context.ledger)
    record = next(read.post_records(context.ledger, source="inbox"))
    post = read.post_of(context.ledger, record.post_id)
    assert post is not None  # noqa: S101
    decide(context.ledger, into_case(post))
    return answer.headers["location"].partition("?")[0]


@dataclass(frozen=True)
class Served:
    """Hold the ports and processes of the running programs."""

    web: int
    portal: int
    desk: int
    public: Sequence[psutil.Process]

    def cpu_seconds(self) -> float:
        """Return the CPU time of nginx, its workers, and the portal."""
        every = [one for root in self.public for one in (root, *root.children(recursive=True))]
        return sum(one.cpu_times().user + one.cpu_times().system for one in every)


@contextmanager
def _served(folder: Path, nginx: str) -> Iterator[Served]:
    """Run portal, desk and nginx."""
    web, portal, desk, nothing = map(int, free_ports(4))
    env = environment(
        folder / "home",
        MADRID,
        ESCUCHA_SALT=SALT.decode(),
        ESCUCHA_PORTAL_PORT=str(portal),
        ESCUCHA_DESK_PORT=str(desk),
        ESCUCHA_PORTAL_FILES=str(folder / "files"),
        ESCUCHA_ELASTICSEARCH_URL=f"http://127.0.0.1:{nothing}",
    )
    (folder / "nginx.conf").write_text(_configuration(folder, web, portal))
    commands = [
        [sys.executable, "-m", "escucha.cli", "portal"],
        [sys.executable, "-m", "escucha.cli", "desk"],
        [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
    ]
    with (folder / "log").open("wb") as log:
        # Behind a proxy the desk would ask for users.
        environments = [env | {"ESCUCHA_TRUSTED_PROXIES": "127.0.0.1"}, env, env]
        running = [
            subprocess.Popen(one, env=its, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
            for one, its in zip(commands, environments, strict=True)
        ]
        try:
            _wait(folder, web, desk)
            yield Served(web, portal, desk, [psutil.Process(running[0].pid), psutil.Process(running[2].pid)])
        except httpx.HTTPError:
            sys.stderr.write((folder / "log").read_text()[-3000:])
            raise
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(30)


def _configuration(folder: Path, web: int, portal: int) -> str:
    """Return deploy/nginx/portal.conf without TLS and limits, with a plain file."""
    text = (ROOT / "deploy" / "nginx" / "portal.conf").read_text()
    text = text.replace("/etc/nginx/escucha-portal-headers.conf", str(ROOT / "deploy/nginx/escucha-portal-headers.conf"))
    text = text.replace("/var/cache/escucha-portal", str(folder / "files"))
    # The generator plays many clients: a receipt may be asked for 30 times a minute by one.
    text = text.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for")
    text = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"^ *(listen \[|limit_|ssl_|server_name ).*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{web};")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    plain = "location = /plain { root " + str(folder) + "; default_type text/html; }"
    head = f"{'user root;' if os.getuid() == 0 else ''} daemon off; pid {folder}/nginx.pid; worker_processes 2;"
    upstream = f"upstream escucha_portal {{ server 127.0.0.1:{portal}; keepalive 16; }}"
    # nginx closes a kept connection after 1,000 requests; the generator keeps its own until the end.
    http = f"access_log off; keepalive_requests 10000000; open_file_cache max=1000 inactive=60s;\n{temporary}\n{upstream}"
    text = text.replace("    location / {", f"    {plain}\n    location / {{", 1)
    return f"{head}\nevents {{ worker_connections 512; }}\nhttp {{\n{http}\n{text}\n}}\n"


def _wait(folder: Path, web: int, desk: int) -> None:
    """Wait until all is served; then write the plain file."""
    until = time.monotonic() + 120
    page = folder / "files" / "pages" / "es" / "times.html"
    while True:
        try:
            written = (folder / "files" / "static" / "portal.svg").exists()
            ready = [httpx.get(f"http://127.0.0.1:{port}/alive", trust_env=False).status_code for port in (web, desk)]
            if written and ready == [200, 200]:
                break
        except httpx.TransportError:
            pass
        if time.monotonic() > until:
            raise SystemExit(f"bench-portal: not ready after 2 minutes:\n{(folder / 'log').read_text()[-2000:]}")
        time.sleep(0.5)
    shutil.copy(page, folder / "plain")


@dataclass(frozen=True)
class Series:
    """Describe what is requested, and where."""

    what: str
    port: int
    paths: Sequence[str]
    connections: int = CONNECTIONS
    addresses: int = 1


def _measure_portal(site: Served, receipt: str, seconds: float) -> None:
    """Print a line for each series.

    The plain file is measured beside each: other work on the machine changes both."""
    series = [
        Series("static page (response times)", site.web, ["/times"]),
        Series("static pages in turn (start, open, notice)", site.web, ["/", "/open", "/notice"]),
        Series("open data, CSV", site.web, ["/data/response-times.csv"]),
        Series("open data, Parquet", site.web, ["/data/response-times.parquet"]),
        Series("case page (made for each request)", site.web, [receipt], 8, 5_000),
        Series("page by the portal itself, without files", site.portal, ["/times"], 8),
    ]
    say(f"  {'':44}{'requests/s':>11}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms each':>13}{'of plain':>10}")
    for one in series:
        ratios, found, cpu = [], Load(0, (), 0), 0.0
        for _ in range(ROUNDS):
            plain = load(site.web, ["/plain"], seconds / ROUNDS, CONNECTIONS)
            before = site.cpu_seconds()
            part = load(one.port, one.paths, seconds / ROUNDS, one.connections, headers=SPANISH, addresses=one.addresses)
            cpu += site.cpu_seconds() - before
            ratios.append(part.rate / plain.rate)
            found = found.plus(part)
        refused = f"  {found.refused} not 200" if found.refused else ""
        say(
            f"  {one.what:44}{found.rate:11,.0f}{1000 * found.percentile(0.5):9.2f}{1000 * found.percentile(0.95):9.2f}"
            f"{1000 * cpu / max(1, len(found.latencies)):13.3f}{statistics.median(ratios):10.3f}{refused}"
        )


def _measure_desk(site: Served, seconds: float) -> None:
    """Print the desk's times without and with load, and their ratio.

    The two are measured in turn: other work on the machine changes both."""
    web, desk, part = site.web, site.desk, DESK_S * seconds / ROUNDS
    quiet: list[float] = []
    busy: list[float] = []
    public, cpu = Load(0, (), 0), 0.0
    for _ in range(ROUNDS):
        quiet += _desk_times(desk, part)
        asking = threading.Thread(target=lambda: busy.extend(_desk_times(desk, part)))
        asking.start()
        before = site.cpu_seconds()
        public = public.plus(load(web, PUBLIC, part, CONNECTIONS, rate=TARGET, headers=SPANISH))
        cpu += site.cpu_seconds() - before
        asking.join()
    answered = f"{public.rate:,.0f} answered, p95 {1000 * public.percentile(0.95):.2f} ms, {public.refused} not 200"
    say(f"  {TARGET} requests/s asked for: {answered}; CPU {cpu / (ROUNDS * part):.2f} of {os.cpu_count()} cores")
    say(f"  desk, list of cases     {'without load':>14}{'meanwhile':>12}{'ratio':>8}   ({len(quiet)} and {len(busy)} answers)")
    for name, of in (("median", statistics.median), ("p95", _p95)):
        without, meanwhile = 1000 * of(quiet), 1000 * of(busy)
        say(f"    {name:22}{without:11.1f} ms{meanwhile:9.1f} ms{meanwhile / without:8.2f}")


def _desk_times(desk: int, seconds: float) -> list[float]:
    """Open the list of cases repeatedly; return the seconds of each answer."""
    times: list[float] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{desk}", trust_env=False, timeout=30) as client:
        client.get("/cases").raise_for_status()  # compiles the template
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            client.get("/cases").raise_for_status()
            times.append(time.perf_counter() - began)
            time.sleep(0.1)
    return times


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[ceil(0.95 * len(times)) - 1]


if __name__ == "__main__":
    sys.exit(main())
