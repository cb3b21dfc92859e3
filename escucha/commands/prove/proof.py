"""Make one page of proof for a council.

It says quality, reach, hours, money and speed. Everything is computed from the labelled file, or from the labels of the desk, and from
the ledger up to a moment: the same two give the same page, byte for byte.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from core.errors import ConfigurationError
from core.i18n.translate import translator
from escucha.commands.prove.page import page_of
from pipeline.context import Context, now
from pipeline.proof import labels
from pipeline.proof.measures import Seconds, measure
from reports.document.document import Document, Sentence, Table
from reports.make import FORMATS as OF_REPORTS


def render(document: Document) -> str:
    """Render title, summary and sections; the figures repeat the summary."""
    return "\n".join(_lines(document)).strip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    in_short = translator(document.language, "reports")("In short")
    yield from (f"# {document.title}", "", document.span, "", f"## {in_short}", "", *_list(document.short), "")
    for section in document.sections:
        yield from (f"## {section.title}", "")
        yield from (*_list(section.sentences), "") if section.sentences else ()
        for table in section.tables:
            yield from (*_table(table), "")


def _list(sentences: Sequence[Sentence]) -> Iterator[str]:
    yield from (f"- {one.text}" for one in sentences)


def _table(table: Table) -> Iterator[str]:
    yield _row(table.headers)
    yield "|" + "---|" * table.texts + "--:|" * (len(table.headers) - table.texts)
    last = len(table.rows) if table.has_total else 0
    for at, row in enumerate(table.rows, 1):
        yield _row([f"**{one}**" if one else "" for one in row] if at == last else row)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


FORMATS: dict[str, Callable[[Document], bytes]] = {"md": lambda document: render(document).encode()} | {
    name: OF_REPORTS[name] for name in ("html", "pdf", "xlsx")
}
"""Extension of each format, and what writes it."""


def prove(
    context: Context, gold_path: Path | None, until: datetime, takes: Seconds, redacted: bool = False, language: str | None = None
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
        raise ConfigurationError(f"--until {until.isoformat()} is in the future: what arrives until then would change the page")
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
