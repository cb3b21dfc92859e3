"""Write a workbook of one sheet without formulas."""

import re
import zipfile
from collections.abc import Iterable, Iterator
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
_FILES = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
    f'package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Escucha" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>",
}  # fmt: skip


def workbook(rows: Iterable[Iterable[object]]) -> bytes:
    """Return an XLSX file of these rows, the first as the heading.

    Texts are stored as texts, with an apostrophe where a spreadsheet could take them for a formula later. None is an empty cell.
    """
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _FILES.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{content}')
        archive.writestr("xl/worksheets/sheet1.xml", "".join(_sheet(rows)))
    return out.getvalue()


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
    text = _FORBIDDEN.sub("", str(value))
    safe = escape(escape_formulas(text)[:MOST_CHARACTERS])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{safe}</t></is></c>'
