"""Write the tables of a report below each other, for one sheet."""

from collections.abc import Iterator

from reports.document.document import Document, Table


def rows_of(document: Document) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a sheet: title, summary, figures, then each table."""
    yield (document.title,)
    yield (document.span,)
    yield from ((sentence,) for sentence in document.short)
    yield ()
    yield from ((one.label, one.value, one.more) for one in document.figures)
    for section in document.sections:
        for table in section.tables:
            yield from _table(table)
    yield from _table(document.unread)


def _table(table: Table) -> Iterator[tuple[str, ...]]:
    yield ()
    yield (table.title,)
    if not table.rows:
        yield (table.empty,)
        return
    yield table.headers
    yield from table.rows
