"""Run the `escucha` command in forks of a process that imported it.

Starting Python and importing the command costs 2 s of CPU; a fork costs a tenth of that. Each command still is a separate process
with its own environment, standard streams and exit code, killed and ended like any other. `python -m tests.support.fork_server` is the
server: one JSON request a line on standard input, one exit code a line on standard output.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
PRELOADED = ("core", "triage", "ledger", "search", "pipeline", "desk", "escucha.commands", "nlp.inference")
TIMEOUT_S = 300
AT_START = ("LD_", "PYTHON", "TZ", "LC_", "LANG", "OMP_", "OPENBLAS_", "MALLOC_")
STREAMS = (("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY))


class ForkServer:
    """Hold the server of one test process; it ends with it."""

    def __init__(self) -> None:
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("ESCUCHA_")}
        self.base = own_environment(self._env)
        self._process = self._start()
        atexit.register(self.end)

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server"],
            env=self._env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, arguments: tuple[str, ...], env: dict[str, str], stdin: bytes) -> "subprocess.CompletedProcess[bytes]":
        """Run the command and return its exit code and output."""
        if (code := self._process.poll()) is not None:
            sys.stderr.write(f"the fork server ended with {code}: starting another\n")
            self._close()
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with TemporaryDirectory(prefix="escucha-forked-") as name:
            folder = Path(name)
            (folder / "in").write_bytes(stdin)
            (folder / "out").touch()
            (folder / "err").touch()
            request = {"arguments": arguments, "env": env, "folder": name}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            if not select.select([self._process.stdout], [], [], TIMEOUT_S)[0]:
                self._process.kill()
                raise AssertionError(f"escucha {' '.join(arguments)} did not end within {TIMEOUT_S} s")
            answer = self._process.stdout.readline()
            assert answer, f"the fork server ended with {self._process.wait()}"
            out, err = (folder / "out").read_bytes(), (folder / "err").read_bytes()
        return subprocess.CompletedProcess(["escucha", *arguments], int(answer), out, err)

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not written yet has no reader
                    stream.close()

    def end(self) -> None:
        """Close its input and wait: a server without requests ends."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(60)


@cache
def fork_server() -> ForkServer:
    """Return the server of this test process; start it at first."""
    return ForkServer()


def own_environment(env: dict[str, str]) -> dict[str, str]:
    """Return what Python reads at its start alone.

    A process that differs in it cannot be a fork.
    """
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


def serve() -> None:
    """Answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(nothing, fd)
    gc.disable()
    _import_all()
    from escucha.cli import main

    gc.freeze()  # a collection in a fork would copy all pages
    gc.enable()

    for line in requests:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            for control in (requests, answers):
                os.dup2(nothing, control.fileno())
            _become(request)
            _end(main, request["arguments"])
        _, status = os.waitpid(pid, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def _become(request: dict[str, Any]) -> None:
    for fd, (name, mode) in enumerate(STREAMS):
        os.dup2(os.open(Path(request["folder"]) / name, mode), fd)
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["escucha", *request["arguments"]]


def _end(main: Callable[[list[str]], int], arguments: list[str]) -> NoReturn:
    """Run the command and exit, without freeing all it imported.

    Freeing takes half a second. Threads and exit functions end as Python ends them.
    """
    try:
        code: Any = main(arguments)
    except SystemExit as left:  # argparse
        code = left.code
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for its threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def _import_all() -> None:
    for name in PRELOADED:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if ".migrations" not in found.name and not found.name.endswith("__main__"):
                with contextlib.suppress(ModuleNotFoundError):  # onnx comes with `make torch` only
                    importlib.import_module(found.name)


if __name__ == "__main__":
    serve()
