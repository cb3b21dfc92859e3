"""The supervisor's own work, on real processes: what must be right before it starts, and that it leaves nothing behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from escucha.supervisor import airflow, lock, orphans, preflight, processes, services, state
from escucha.supervisor.orphans import MARK, end_orphans, marked_processes, write_record
from escucha.supervisor.processes import Programs
from escucha.supervisor.state import Supervisor
from search.connection.engine import stop_embedded
from tests.support.deployment import write_posts, write_profile
from tests.support.running import free_ports
from workshop.bench import run as bench

ROOT = Path(__file__).resolve().parents[3]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
FAMILY = f"""
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {DEAF!r}], process_group=0)
print("parent", flush=True)
time.sleep(600)
"""
"""A program whose child leaves its process group and will not hear SIGTERM: what Airflow's tasks may do."""
LEFT_BEHIND = """
import os, signal, sys
from pathlib import Path
from escucha.supervisor.processes import Programs
home = Path(sys.argv[1])
programs = Programs(home, dict(os.environ) | {"ESCUCHA_UP_HOME": str(home)})
programs.start("family", [sys.executable, "-c", sys.argv[2]], {})
while "deaf" not in programs.log("family").read_text():
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def programs(home: Path) -> Programs:
    return Programs(home, dict(os.environ) | {MARK: str(home)})


def wait_for(path: Path, word: str) -> None:
    until = time.monotonic() + 120
    while word not in (path.read_text() if path.exists() else ""):
        assert time.monotonic() < until, f"{path} never said {word}"
        time.sleep(0.01)


def alive(home: Path) -> list[int]:
    return [process.pid for process in marked_processes(home)]


def settings(home: Path, **more: int | str) -> Settings:
    names = ("desk_port", "portal_port", "airflow_port", "search_port")
    chosen: dict[str, Any] = dict(zip(names, map(int, free_ports(len(names))), strict=True)) | more
    return Settings(home=home, **chosen)


@pytest.mark.parametrize("variable", ["ESCUCHA_DESK_PORT", "ESCUCHA_PORTAL_PORT", "ESCUCHA_AIRFLOW_PORT", "ESCUCHA_SEARCH_PORT"])
def test_a_taken_port_names_the_variable_to_set_and_a_free_one(variable: str, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        field = variable.removeprefix("ESCUCHA_").lower()
        with pytest.raises(ConfigurationError) as failure:
            preflight.check_machine(settings(tmp_path, **{field: port}))
    words = str(failure.value)
    assert words.startswith(f"port {port} of 127.0.0.1: ")
    assert f"set {variable} to a free one, such as " in words


def test_all_taken_ports_are_named_at_once_each_with_another_free_one(tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        for taken in (one, other):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
        ports = {"desk_port": one.getsockname()[1], "portal_port": other.getsockname()[1]}
        with pytest.raises(ConfigurationError) as failure:
            preflight.check_machine(settings(tmp_path, **ports))
    desk, portal = str(failure.value).splitlines()
    assert f"port {ports['desk_port']} " in desk
    assert "set ESCUCHA_DESK_PORT to a free one" in desk
    assert f"port {ports['portal_port']} " in portal
    assert desk.rsplit(maxsplit=1)[1] != portal.rsplit(maxsplit=1)[1]


def test_free_ports_pass(tmp_path: Path) -> None:
    preflight.check_machine(settings(tmp_path))


def test_two_ports_that_are_the_same_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ESCUCHA_DESK_PORT and ESCUCHA_AIRFLOW_PORT are both 18999"):
        preflight.check_machine(settings(tmp_path, desk_port=18999, airflow_port=18999))


def test_another_engines_port_is_none_of_our_business(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        preflight.check_machine(settings(tmp_path, search_port=taken, elasticsearch_url="http://127.0.0.1:9"))


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"not writable .*set ESCUCHA_HOME"):
        preflight.prepare_home(tmp_path / "file" / "home")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "NEEDED_MB", 10**12)
    with pytest.raises(ConfigurationError, match=r"MB free and at least 1000000000000 MB needed; free some space"):
        preflight.prepare_home(tmp_path)


def test_a_missing_tool_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "BIN", tmp_path)
    with pytest.raises(ConfigurationError, match="airflow is missing: run `make install`"):
        preflight.check_machine(settings(tmp_path))


def test_a_program_that_will_not_end_is_killed_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_S", 0.5)
    running = programs(tmp_path)
    running.start("family", [sys.executable, "-c", FAMILY], {})
    running.start("deaf", [sys.executable, "-c", DEAF], {})
    wait_for(running.log("family"), "deaf")
    wait_for(running.log("deaf"), "deaf")
    assert len(alive(tmp_path)) == 3
    running.stop()
    assert alive(tmp_path) == []
    assert list((tmp_path / "run").iterdir()) == []


def test_a_child_that_is_none_of_its_programs_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    running = programs(tmp_path)
    running.start("desk", [sys.executable, "-c", "import time; time.sleep(600)"], {})
    try:
        running.stop()
        assert stranger.poll() is None
        assert alive(tmp_path) == []
    finally:
        stranger.kill()
        stranger.wait()


def test_a_program_that_dies_leaves_nothing_of_its_session(tmp_path: Path) -> None:
    running = programs(tmp_path)
    running.start("family", [sys.executable, "-c", FAMILY], {})
    wait_for(running.log("family"), "deaf")
    running.running["family"].kill()
    running.running["family"].wait()
    assert running.ended("family") == -signal.SIGKILL
    assert alive(tmp_path) == []


def test_after_a_killed_supervisor_the_next_start_ends_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "GRACE_S", 0.5)
    killed = subprocess.run([sys.executable, "-c", LEFT_BEHIND, str(tmp_path), FAMILY], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(alive(tmp_path)) == 2
    assert end_orphans(tmp_path) == ["family"]
    assert alive(tmp_path) == []
    assert end_orphans(tmp_path) == []


def test_what_was_started_but_not_yet_written_down_is_found_by_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "GRACE_S", 0.5)
    subprocess.run([sys.executable, "-c", LEFT_BEHIND, str(tmp_path), FAMILY], cwd=ROOT, check=False)
    (tmp_path / "run" / "part-family.json").unlink()
    assert len(end_orphans(tmp_path)) == 2
    assert alive(tmp_path) == []


def test_a_process_that_only_has_the_number_of_one_of_ours_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        write_record(tmp_path, "desk", stranger.pid)
        path = tmp_path / "run" / "part-desk.json"
        noted = orphans.ProcessRecord.model_validate_json(path.read_bytes())
        path.write_text(noted.model_copy(update={"started": noted.started - 3600}).model_dump_json())
        assert end_orphans(tmp_path) == []
        assert stranger.poll() is None
        assert not path.exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_the_programs_of_another_home_are_left_alone(tmp_path: Path) -> None:
    other = programs(tmp_path / "other")
    other.start("desk", [sys.executable, "-c", "import time; time.sleep(600)"], {})
    try:
        assert end_orphans(tmp_path / "mine") == []
        assert other.ended("desk") is None
    finally:
        other.stop()


def test_a_record_cut_short_by_a_kill_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "part-desk.json").write_text('{"name": "de')
    assert end_orphans(tmp_path) == []


def test_a_second_supervisor_of_one_home_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "STOPPING_S", 0.2)
    with (
        lock.single_instance(tmp_path, []),
        pytest.raises(ConfigurationError, match=f"is already running here .process {os.getpid()}.; end it with"),
        lock.single_instance(tmp_path, []),
    ):
        pass


def a_life(home: Path) -> Supervisor:
    return Supervisor(Path("city.toml"), settings(home), ("archive",), programs(home), [])


def test_reports_about_the_example_month_wait_for_ready_and_their_failure_stops_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def written(*, example: bool, ready: bool) -> None:
        supervisor = a_life(tmp_path)
        if example:
            supervisor.sources += ("example",)
        if ready:
            supervisor.passed.set()
        await asyncio.wait_for(services.example_reports(supervisor), 300 if ready else 0.2)

    asyncio.run(written(example=False, ready=False))
    with pytest.raises(TimeoutError):
        asyncio.run(written(example=True, ready=False))
    assert not (tmp_path / "log").exists()
    monkeypatch.setenv("ESCUCHA_CITY", "city.toml")  # there is no such profile
    asyncio.run(written(example=True, ready=True))
    assert "example-reports ended unexpectedly (exit code 2)" in capfd.readouterr().err


def test_the_bench_reads_the_lines_that_the_supervisor_writes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make bench` looked for a line that had gone, for three days, and nobody saw how long the start had become."""
    write_posts(tmp_path / "posts.jsonl", 4)
    profile = write_profile(tmp_path, tmp_path / "posts.jsonl")
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ESCUCHA_CITY", str(profile))
    supervisor = Supervisor(profile, settings(tmp_path / "home"), ("archive",), programs(tmp_path / "home"), [])
    supervisor.desk_open.set()
    began = time.monotonic()
    try:
        asyncio.run(services.first_pass(supervisor))
    finally:
        stop_embedded(supervisor.settings)
    said = capfd.readouterr().err
    begins, done = bench.second_of(said, services.PASS_BEGINS), bench.second_of(said, services.PASS_DONE)
    assert begins is not None, said
    assert done is not None, said
    assert begins < done <= time.monotonic() - began + 1


def test_a_program_that_keeps_dying_ends_everything_and_says_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(state, "PAUSE_S", 0.0)
    command = [sys.executable, "-c", "import sys; sys.exit('no room for me')"]
    with pytest.raises(EscuchaError, match=r"desk ended unexpectedly \(exit code 1\)[\s\S]*no room for me[\s\S]*4 times"):
        asyncio.run(a_life(tmp_path).keep_running("desk", command, {}))
    assert capfd.readouterr().err.count("Starting it again") == 3


def test_a_program_with_a_wrong_configuration_is_not_started_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('set ESCUCHA_X'); sys.exit(2)"]
    with pytest.raises(ConfigurationError, match="set ESCUCHA_X"):
        asyncio.run(a_life(tmp_path).keep_running("desk", command, {}))


def test_the_log_of_the_start_before_is_kept(tmp_path: Path) -> None:
    running = programs(tmp_path)
    for text in ("first", "second"):
        running.start("desk", [sys.executable, "-c", f"print({text!r})"], {})
        running.running["desk"].wait()
        assert running.ended("desk") == 0
    assert running.log("desk").read_text() == "second\n"
    assert (tmp_path / "log" / "desk.log.1").read_text() == "first\n"


def test_what_an_operator_paused_is_not_let_go(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    held = airflow.PausedDags(Settings(home=tmp_path))
    held.hold('a warning [x\n[{"dag_id": "escucha_collect_x", "is_paused": "False"}]\n')
    again = airflow.PausedDags(Settings(home=tmp_path))  # the start that paused it was killed: this one owes its release
    again.hold("No unpaused DAGs were found\n")
    assert again._paused == {"escucha_collect_x"}


def test_reports_that_an_operator_paused_before_they_waited_stay_paused(tmp_path: Path) -> None:
    """In 0.2.0 the DAGs that report did not wait: the note of such a home does not name them."""
    (tmp_path / "run").mkdir()
    note = {"known": ["escucha_collect_x", "escucha_process"], "held": []}
    (tmp_path / "run" / "listening.json").write_text(json.dumps(note))
    held = airflow.PausedDags(Settings(home=tmp_path))
    held.hold('[{"dag_id": "escucha_subscriptions", "is_paused": "False"}]\n')
    assert held._paused == {"escucha_subscriptions"}
    assert held._known == {"escucha_collect_x", "escucha_process", "escucha_report", "escucha_subscriptions"}


def test_airflow_listens_on_loopback_alone_and_lives_in_this_home(tmp_path: Path) -> None:
    told = airflow.environment(Settings(home=tmp_path, airflow_port=18123))
    assert told["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert told["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18123/execution/"
    assert told["AIRFLOW_HOME"] == f"{tmp_path}/airflow"
    assert told["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "--skip-serve-logs" in airflow.PROGRAMS["airflow-scheduler"]


def test_what_the_environment_says_of_airflow_wins_over_our_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "16")
    monkeypatch.setenv("AIRFLOW__API__HOST", "0.0.0.0")
    told = airflow.environment(Settings(home=tmp_path))
    assert told["AIRFLOW__CORE__PARALLELISM"] == "16"
    assert told["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_the_wait_for_a_dead_process_ends(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_record(tmp_path, "gone", gone.pid)
    assert not (tmp_path / "run" / "part-gone.json").exists()
    assert not psutil.pid_exists(gone.pid)
