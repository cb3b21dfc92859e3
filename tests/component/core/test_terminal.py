"""What a command says to the terminal that started it, whatever that terminal is."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from core.config.settings import load_settings
from core.errors import ConfigurationError
from core.runtime.stdio import LEFT
from tests.support.deployment import ROOT, environment


def run(tmp_path: Path, *words: str, ends: str = "", **more: str) -> subprocess.CompletedProcess[bytes]:
    env = environment(tmp_path, ROOT / "cities" / "madrid.toml", **more)
    command = ["sh", "-c", f'exec "$@" {ends}', "sh", sys.executable, "-m", *words]
    return subprocess.run(command, env=env, cwd=ROOT, input=b'{"text": "hola"}\n', capture_output=True, check=False)


def test_a_full_disk_ends_the_command_with_1_and_in_words(tmp_path: Path) -> None:
    done = run(tmp_path, "escucha.cli", "label", ends="> /dev/full")
    assert (done.returncode, done.stderr) == (1, b"escucha label: [Errno 28] No space left on device\n")


def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"text": "hola"}\n' * 600)
    line = f'"$@" < {tmp_path}/posts.jsonl | head -n 1; exit "${{PIPESTATUS[0]}}"'
    command = ["bash", "-c", line, "bash", sys.executable, "-m", "escucha.cli", "label"]
    env = environment(tmp_path, ROOT / "cities" / "madrid.toml")
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, check=False, timeout=300)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (LEFT, b"", 1)


ENDS_LATER = """
import socket, sys
from core.runtime.stdio import set_up_stdio
set_up_stdio(serves={serves})
here, there = socket.socketpair()
there.close()
try:
    here.sendall(b"a request")
except BrokenPipeError:
    sys.stderr.write("the engine has hung up\\n")
sys.stdin.readline()
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stderr.write("still here\\n")
"""


@pytest.mark.parametrize(
    ("serves", "code", "said"), [(False, LEFT, b"the engine has hung up\n"), (True, 0, b"the engine has hung up\nstill here\n")]
)
def test_a_closed_socket_is_an_error_and_only_the_reader_of_the_output_ends_a_command(serves: bool, code: int, said: bytes) -> None:
    command = [sys.executable, "-c", ENDS_LATER.format(serves=serves)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=-1, stderr=-1) as ours:
        assert ours.stdin
        assert ours.stdout
        assert ours.stderr
        ours.stdout.close()
        ours.stdin.close()
        assert ours.wait(60) == code
        assert ours.stderr.read() == said


def test_what_python_is_told_to_write_at_once_is_written_at_once() -> None:
    program = "import sys; from core.runtime.stdio import set_up_stdio; set_up_stdio(); sys.stdout.write('?'); sys.stdin.readline()"
    command = [sys.executable, "-c", program]
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ours:
        assert ours.stdin
        assert ours.stdout
        assert select.select([ours.stdout], [], [], 30)[0]
        assert ours.stdout.read(1) == b"?"
        ours.stdin.write(b"\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_closed_end_is_named(tmp_path: Path, closed: str) -> None:
    done = run(tmp_path, "escucha.cli", "label", ends=closed)
    assert done.returncode == 2
    assert b"label reads standard input and writes standard output; one of them is closed" in done.stderr


def test_a_letter_that_the_terminal_does_not_know_is_written_as_its_number(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(json.dumps({"text": "hola", "sentiment": "neutral"}))
    done = run(tmp_path, "nlp.evaluation.score", str(tmp_path / "gold.jsonl"), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert b"\\u2013" in done.stdout


def test_threads_that_cannot_be_are_refused_by_the_name_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_THREADS", "-1")
    with pytest.raises(ConfigurationError, match="ESCUCHA_THREADS: Input should be greater than or equal to 0"):
        load_settings()
