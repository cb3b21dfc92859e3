"""Break the code in small ways and see that a test notices: `make mutants`, `make mutants ROOM=triage`, `make mutants SAMPLE=60`.

Prints each survivor with file, line and difference, and a summary by room. A survivor that is not accepted with a reason in
`accepted.toml` fails the command.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .mutants import Mutant, mutants_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOTICED = ("killed", "hung")


@dataclass
class Room:
    """What became of the mutants of one room."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    seen: set[tuple[str, str, str, str]] = field(default_factory=set)
    seconds: float = 0.0
    failed: bool = False


def main() -> int:
    """Run the wanted mutants and report; 1 when one survived that is not accepted, 2 when the tests themselves fail."""
    wanted = _arguments()
    table = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))
    rooms = {name: files for name, files in table["rooms"].items() if name in (wanted.room or table["rooms"])}
    if unknown := set(wanted.room) - set(table["rooms"]):
        sys.exit(f"there is no room {', '.join(sorted(unknown))}; known: {', '.join(table['rooms'])}")
    accepted = _accepted()
    chosen = _chosen(table, rooms, wanted)
    until = time.monotonic() + 60 * wanted.minutes
    done = [_run(name, files, table["leave_out"], chosen, accepted, wanted.jobs, until) for name, files in rooms.items()]
    whole = not wanted.sample and not wanted.file
    _report(done, accepted, whole)
    return 2 if any(room.failed for room in done) else int(any(room.survivors for room in done))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--room", nargs="*", default=[], help="only these rooms of rooms.toml")
    parser.add_argument("--file", default=None, help="only this file")
    parser.add_argument("--sample", type=int, default=0, help="number of mutants, drawn by the seed; 0: all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no mutant after these minutes")
    parser.add_argument("--jobs", type=int, default=os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count())
    return parser.parse_args()


def _accepted() -> dict[tuple[str, str, str, str], str]:
    """Survivors that nobody can or need kill, with the reason."""
    entries = tomllib.loads((HERE / "accepted.toml").read_text(encoding="utf-8")).get("survivor", [])
    return {(one["file"], one["where"], one["was"], one["now"]): one["why"] for one in entries}


def _chosen(table: dict[str, Any], rooms: dict[str, dict[str, list[str]]], wanted: argparse.Namespace) -> dict[str, list[Mutant]]:
    """The mutants to run, by file."""
    files = [file for of_room in rooms.values() for file in of_room if wanted.file in (None, file)]
    found = {file: mutants_of(ROOT, file, ("ChangeString",) if file in table["words"] else ()) for file in files}
    if wanted.sample:
        everything = sorted((one for some in found.values() for one in some), key=lambda one: one.rank(wanted.seed))
        drawn = {one.key for one in everything[: wanted.sample]}
        found = {file: [one for one in some if one.key in drawn] for file, some in found.items()}
    return found


def _run(
    name: str,
    files: dict[str, list[str]],
    leave_out: Sequence[str],
    chosen: dict[str, list[Mutant]],
    accepted: dict[tuple[str, str, str, str], str],
    jobs: int,
    until: float,
) -> Room:
    room, began = Room(name), time.monotonic()
    for file, tests in files.items():
        mutants = chosen.get(file, [])
        left = until - time.monotonic()
        if not mutants or left <= 0:
            room.outcomes["not run"] += len(mutants)
            continue
        task: dict[str, object] = {"file": file, "tests": tests, "leave_out": leave_out, "jobs": jobs, "seconds": left}
        task |= {"sources": [one.source for one in mutants]}
        ran = 0
        for number, outcome in _outcomes(task, room):
            ran += 1
            mutant = mutants[number]
            room.seen.add(mutant.key)
            known = outcome == "survived" and mutant.key in accepted
            room.outcomes["accepted" if known else outcome] += 1
            if outcome not in NOTICED and not known:
                room.survivors.append(mutant)
                print(_told(mutant, outcome), flush=True)
        room.outcomes["not run"] += len(mutants) - ran
    room.seconds = time.monotonic() - began
    return room


def _outcomes(task: dict[str, object], room: Room) -> Iterator[tuple[int, str]]:
    """Yield the outcomes as they come; the room has failed when the tests fail on the unchanged code."""
    command = [sys.executable, "-m", "tests.mutation.forked"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        with running.stdin as wanted:
            json.dump(task, wanted)
        for line in running.stdout:
            number, outcome, _ = json.loads(line)
            yield number, outcome
    if running.returncode:
        print(f"{task['file']}: stopped with exit {running.returncode}", flush=True)
        room.failed = True


def _told(mutant: Mutant, outcome: str) -> str:
    lines = [f"{mutant.file}:{mutant.line}: {outcome} {mutant.operator} in {mutant.where or 'the module'}"]
    lines += [f"  - {line}" for line in mutant.was.splitlines()] + [f"  + {line}" for line in mutant.now.splitlines()]
    return "\n".join(lines)


def _report(rooms: Sequence[Room], accepted: dict[tuple[str, str, str, str], str], whole: bool) -> None:
    columns = ("killed", "hung", "accepted", "survived", "broken", "not run")
    print(f"\n{'room':<12}{'mutants':>9}" + "".join(f"{name:>10}" for name in columns) + f"{'seconds':>9}")
    for room in rooms:
        counts = "".join(f"{room.outcomes[name]:>10}" for name in columns)
        print(f"{room.name:<12}{room.outcomes.total():>9}{counts}{room.seconds:>9.0f}")
    files = {key[0] for room in rooms for key in room.seen}
    seen = {key for room in rooms for key in room.seen}
    if whole and not any(room.outcomes["not run"] for room in rooms):
        for key in sorted(key for key in accepted if key[0] in files and key not in seen):
            print(f"accepted.toml: {key[0]} in {key[1] or 'the module'}: '{key[2]}' -> '{key[3]}' is no mutant any more: take it out")


if __name__ == "__main__":
    sys.exit(main())
