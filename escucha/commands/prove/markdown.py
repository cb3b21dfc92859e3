"""Write the page of proof as Markdown, for a terminal or wiki."""

from collections.abc import Iterator, Sequence

from core.i18n.translate import translator
from reports.document.document import Document, Sentence, Table


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
