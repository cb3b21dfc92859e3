"""Make one page of proof for a council.

It says quality, reach, hours, money and speed. Everything is computed from the labelled file, or from the labels of the desk, and from
the ledger up to a moment: the same two give the same page, byte for byte.
"""

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.errors import ConfigurationError
from escucha.commands.prove import markdown
from escucha.commands.prove.page import page_of
from pipeline.context import Context, now
from pipeline.proof import labels
from pipeline.proof.measures import Seconds, measure
from reports.document.document import Document
from reports.make import FORMATS as OF_REPORTS

FORMATS: dict[str, Callable[[Document], bytes]] = {"md": lambda document: markdown.render(document).encode()} | {
    name: OF_REPORTS[name] for name in ("html", "pdf", "xlsx")
}
"""Extension of each format, and what writes it."""


def prove(
    context: Context,
    gold_path: Path | None,
    until: datetime,
    takes: Seconds,
    redacted: bool = False,
    language: str | None = None,
) -> Document:
    """Return the page.

    Args:
        context: profile, ledger and annotator.
        gold_path: labelled posts, JSON lines; None: those labelled on the desk until then.
        until: posts and cases received later are left out.
        takes: seconds of each piece of work.
        redacted: the texts are redacted already.
        language: of the page; None: the first of the city.

    Raises:
        ConfigurationError: the file is wrong; names line and cause. Or `until` is in the future.
    """
    if until > now():
        raise ConfigurationError(
            f"--until {until.isoformat()} is in the future: what arrives until then would change the page"
        )
    name, content, given = _gold(context, gold_path, until)
    is_redacted = redacted or gold_path is None
    found = measure(context, name, content, until, is_redacted)
    again = ["escucha", "prove", *given, "--until", until.isoformat(), *takes.options]
    command = shlex.join([*again, *(["--redacted"] if redacted else [])])
    return page_of(context, found, takes, command, language or context.city.languages[0])


def _gold(context: Context, gold_path: Path | None, until: datetime) -> tuple[str, bytes, list[str]]:
    """Return name and content of the labels, and their option."""
    if gold_path is None:
        return labels.NAME, labels.required_file(context.ledger, until), []
    try:
        return str(gold_path), gold_path.read_bytes(), ["--gold", gold_path.name]
    except OSError as error:
        raise ConfigurationError(f"{gold_path}: cannot be read ({error.strerror})") from None
