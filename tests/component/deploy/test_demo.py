"""Run `make demo`: a new home, no real server, and the home is removed at the end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = """
import json, os, pathlib, sys, time
home = pathlib.Path(os.environ["ESCUCHA_HOME"])
(home / "ledger.db").write_text("made here")
print(json.dumps({name: value for name, value in os.environ.items() if name.startswith("ESCUCHA_")}), flush=True)
time.sleep(float(sys.argv[1]))
sys.exit(3)
"""
REAL = {
    "ESCUCHA_HOME": "/var/lib/escucha",
    "ESCUCHA_CITY": "cities/second.toml",
    "ESCUCHA_LEDGER_URL": "postgresql+psycopg2://a:b@127.0.0.1/escucha",
    "ESCUCHA_ELASTICSEARCH_API_KEY": "secret",
    "ESCUCHA_DESK_PORT": "8850",
}


def demo(folder: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ROOT / "deploy" / "demo"), sys.executable, "-c", PRODUCT, str(seconds)],
        env={"PATH": os.environ["PATH"], "TMPDIR": str(folder), **REAL},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_product_gets_a_new_home_and_no_real_server_and_the_home_is_removed(tmp_path: Path) -> None:
    running = demo(tmp_path, 0)
    out, said = running.communicate(timeout=60)
    seen = json.loads(out)
    home = Path(seen.pop("ESCUCHA_HOME"))
    assert home.parent == tmp_path
    assert said.startswith(f"demonstration in {home}: Ctrl-C ends it")
    assert seen == {"ESCUCHA_DESK_PORT": "8850", "ESCUCHA_STOP_WITH": str(running.pid)}
    assert list(tmp_path.iterdir()) == []
    assert running.returncode == 3, "the product's own exit code"


def test_a_stop_of_the_demonstration_stops_the_product_and_removes_its_home(tmp_path: Path) -> None:
    running = demo(tmp_path, 600)
    assert running.stdout is not None
    home = Path(json.loads(running.stdout.readline())["ESCUCHA_HOME"])
    assert (home / "ledger.db").read_text() == "made here"
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
