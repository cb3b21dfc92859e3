"""Write the tables of a report as a workbook, one sheet each."""

from collections.abc import Iterable

from core.i18n.translate import translator
from core.xlsx import workbook_of
from reports.document.document import Document, Table


def render(document: Document) -> bytes:
    """Render the workbook: a summary, then each table with numbers as numbers."""
    tables = [table for section in document.sections for table in section.tables if table.rows]
    tables += [document.unread] if document.unread.rows else []
    name = translator(document.language, "reports")("In short")
    return workbook_of([(name, _summary(document)), *((table.title, _rows(table)) for table in tables)])


def _summary(document: Document) -> Iterable[tuple[object, ...]]:
    _ = translator(document.language, "reports")
    yield document.title, document.span
    if document.remark is not None:
        yield _("Remark"), document.remark.text, document.remark.footer
    for sentence in document.short:
        yield sentence.text, *(f"{document.desk}{link.path}" for link in sentence.links if document.desk)
    for figure in document.figures:
        yield figure.label, figure.value, figure.more
    if document.caveat:
        yield (document.caveat,)
    for note in document.notes:
        yield (note,)


def _rows(table: Table) -> Iterable[tuple[object, ...]]:
    yield *table.headers, *table.more_headers
    yield from table.values or table.rows
