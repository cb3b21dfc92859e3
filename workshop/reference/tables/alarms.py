"""Generate the page of alarms from schedules and errors."""

import ast
from collections.abc import Iterator
from pathlib import Path

from workshop.reference.tables.exit_codes import errors
from workshop.reference.tables.markdown import GENERATED, code, sentence, table

DAGS = Path(__file__).resolve().parents[3] / "dags"
MARK = "**When it is red.**"
INTRODUCTION = """\
An alarm is a mail to `ESCUCHA_ALERT_TO` and a POST to `ESCUCHA_ALERT_WEBHOOK`, sent when a task has failed and will
not be tried again by itself. The same fault is sent once an hour at most. Without either variable the fault is in
Airflow, on the desk (Sources) and in `escucha status`. Step by step: [when a DAG is red](../how-to/red-dag.md).
"""
OTHERS = (
    (
        "the scheduler has stopped",
        "`escucha watch-scheduler`",
        "two heartbeats are missing: is the machine up, does Airflow run? Sent once, and once when it is back",
    ),
    (
        "the profile, or the database, cannot be used",
        "`escucha watch-scheduler`",
        "no task can start: correct what the message names. Sent once, and once when it can be used",
    ),
    (
        "posts wait and no worker labels them",
        "`escucha watch-scheduler`",
        "none was labelled for 25 minutes: is the DAG `escucha_process` paused or red? Sent once, and once when it is back",
    ),
    (
        "a change of the settings is not used",
        "`escucha watch-scheduler`",
        "the profile no longer allows it, and the file's values hold: correct or undo it on the desk (*Settings*). Sent once a day",
    ),
    (
        "a source is not read any more, or never was",
        "`escucha watch-scheduler`",
        "not read for two of its intervals and a quarter of an hour: paused in Airflow, or its tasks fail. Sent as above",
    ),
    ("a source is silent", "the task `collect`", "nothing new for longer than its `quiet_after`; sent once a silence"),
    ("no call of `ESCUCHA_HEARTBEAT_URL`", "the service behind that address", "the whole machine is away"),
    ("the backup is late", "`escucha status`", "the last one is older than two days"),
)


def page() -> str:
    """Return docs/reference/alarms.md."""
    lines = [GENERATED, "# Alarms\n", INTRODUCTION, "## A task is red\n"]
    for name, document in schedules():
        what, red = sentence(document), document.partition(MARK)[2]
        lines.append(f"### `dags/{name}.py`\n\n{what}\n\n**When it is red.** {red.strip()}\n")
    lines += ["## Other alarms\n", table(("alarm", "who notices it", "what it means"), OTHERS)]
    rows = [(code(one.__name__), sentence(one.__doc__)) for one in errors() if one.__name__ in needing_a_person()]
    lines += ["## Errors that are not tried again\n", "Trying again does not help: a person sets, pays, looks or approves.\n"]
    return "\n".join([*lines, table(("error", "meaning"), rows)])


def schedules() -> Iterator[tuple[str, str]]:
    """Yield the documentation of each DAG file that describes its failures."""
    for path in sorted(DAGS.glob("*.py")):
        document = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if MARK in document:
            yield path.stem, document


def needing_a_person() -> set[str]:
    """Return the names in the tuple `NOT_RETRIED` of the DAGs.

    They are read without importing Airflow.
    """
    for path in sorted(DAGS.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if _assigns(node, "NOT_RETRIED"):
                return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} - {"NOT_RETRIED"}
    raise LookupError("dags/: no tuple NOT_RETRIED names the errors that are not tried again")


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
