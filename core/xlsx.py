"""Write a workbook without formulas."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from xml.sax.saxutils import escape

from core.spreadsheet import escape_formulas

MOST_ROWS = 1_048_576
"""Rows of a sheet in Excel and LibreOffice."""
MOST_CHARACTERS = 32_767
"""Characters of a cell."""
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^'|'$")
_STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
"""Style 1: date and time, as the reader's spreadsheet writes them."""
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet knows no zones
"""From which spreadsheets count days."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of the files inside: the same rows give the same bytes."""
Rows = Iterable[Iterable[object]]


def workbook(rows: Rows) -> bytes:
    """Return an XLSX file of these rows, the first as the heading.

    Texts are stored as texts, with an apostrophe where a spreadsheet could take them for a formula later. None is an empty cell, a time
    without a zone a date.
    """
    return workbook_of([("Escucha", rows)])


def workbook_of(sheets: Sequence[tuple[str, Rows]]) -> bytes:
    """Return an XLSX file of several sheets, each with its name.

    Names are shortened to what a spreadsheet allows, and made different.
    """
    names = _sheet_names([name for name, _rows in sheets])
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(names).items():
            _add(archive, name, f"{_HEAD}{content}")
        for number, (_name, rows) in enumerate(sheets, 1):
            _add(archive, f"xl/worksheets/sheet{number}.xml", "".join(_sheet(rows)))
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)


def _sheet_names(names: Iterable[str]) -> list[str]:
    """Return names that a spreadsheet allows.

    >>> _sheet_names(["By place", "By place", "a/b"])
    ['By place', 'By place 2', 'a b']
    """
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = _NOT_IN_NAMES.sub(" ", name).strip()[:_LONGEST_NAME] or str(number)
        taken = {one.lower() for one in found}
        if plain.lower() in taken:
            plain = f"{plain[: _LONGEST_NAME - 4]} {number}"
        found.append(plain)
    return found


def _files(names: Sequence[str]) -> dict[str, str]:
    """Return the parts of a workbook beside its sheets."""
    numbers = range(1, len(names) + 1)
    types = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_WORKSHEET}"/>' for n in numbers)
    relations = "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rIdStyles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
    }


def _sheet(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            break
        yield f'<row r="{number}">{"".join(_cell(value) for value in row)}</row>'
    yield "</sheetData></worksheet>"


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, datetime):
        return f'<c s="1"><v>{(value - _DAY_0) / timedelta(days=1):.9f}</v></c>'
    text = _FORBIDDEN.sub("", str(value))
    safe = escape(escape_formulas(text)[:MOST_CHARACTERS])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{safe}</t></is></c>'
