"""Generate the page of exit codes and errors from the error classes."""

from collections.abc import Iterator

from core.errors import EscuchaError
from workshop.reference.tables.markdown import GENERATED, code, sentence, table

CODES = (
    ("0", "done"),
    ("1", "a check failed, a server did not answer, or a step stopped; the message says why and what to do"),
    ("2", "usage or configuration is wrong: the command line, the profile, a setting or a model file; nothing was read or written"),
    ("130", "interrupted with Ctrl-C"),
    ("141", "its output has no reader any more (`| head`)"),
)
INTRODUCTION = """\
Messages go to standard error and name cause and cure; none holds a secret. A step that ended with 1 may be run again
at any time: what it finished stays, the rest waits.
"""


def page() -> str:
    """Return docs/reference/exit-codes.md."""
    rows = [(code(kind.__name__), str(kind.exit_code), sentence(kind.__doc__)) for kind in errors()]
    return "\n".join(
        [
            GENERATED,
            "# Exit codes\n",
            INTRODUCTION,
            table(("code", "meaning"), CODES),
            "## Errors by name\n",
            "These names appear in logs, in Airflow and in alerts.\n",
            table(("error", "code", "meaning"), rows),
        ]
    )


def errors(kind: type[EscuchaError] = EscuchaError) -> Iterator[type[EscuchaError]]:
    """Yield the error classes of core, each before its subclasses."""
    yield kind
    for one in kind.__subclasses__():
        if one.__module__ == EscuchaError.__module__:
            yield from errors(one)
