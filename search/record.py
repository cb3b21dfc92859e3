"""The record of the embedded search engine: its process, when it started and its address, in `$ESCUCHA_HOME/run/search.json`."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.fact import Fact
from core.settings import Settings

STOP_S = 3
SAME_START_S = 2.0
"""A start time is read with this tolerance: the kernel's boot time moves when the clock is set."""


class Running(Fact):
    """What run/search.json says. Without `url` the start was cut short."""

    pid: int
    started: float
    url: str = ""


def process_of(known: Running) -> psutil.Process | None:
    """The process of the record, unless it has ended or its number now belongs to another."""
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.started) < SAME_START_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(known: Running | None) -> bool:
    """End the process of the record, kindly first; False when it has ended already."""
    process = process_of(known) if known else None
    if process is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(STOP_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)
    return True


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One start or stop at a time in this home; the kernel lets go when the holder dies."""
    with (folder(settings) / "search.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def folder(settings: Settings) -> Path:
    """Where the records of running parts stand."""
    run = settings.home.resolve() / "run"
    run.mkdir(parents=True, exist_ok=True)
    return run


def file(settings: Settings) -> Path:
    """The record's file."""
    return settings.home.resolve() / "run" / "search.json"


def read(settings: Settings) -> Running | None:
    """What the record says; None when there is none."""
    try:
        return Running.model_validate_json(file(settings).read_bytes())
    except (FileNotFoundError, ValueError):  # none, or not ours: a new start writes it anew
        return None


def write(settings: Settings, known: Running) -> None:
    """Whole or not at all: readers take no lock."""
    draft = file(settings).with_suffix(f".{os.getpid()}")
    draft.write_text(known.model_dump_json(), encoding="utf-8")
    draft.replace(file(settings))
