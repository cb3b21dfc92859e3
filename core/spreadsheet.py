"""Write CSV in which no cell can be run as a formula.

This is the only writer of CSV. A text gets an apostrophe in front when it, or any part of it that a spreadsheet may take for a separate
cell, begins with a formula character. Parts begin after a semicolon, a tab or a line break: where the decimal separator is a comma, as in
Spain, a double click opens the file with the semicolon as separator, and the quotes around a cell then protect nothing.
"""

import csv
import io
import json
import re
from collections.abc import Iterable

FORMULA_CHARACTERS = "=+-@＝＋－＠"
"""Characters that start a formula in a spreadsheet, full-width forms included."""
_SKIPPED = r'[^\S\t\r\n]|["\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]'
"""Blanks, quotes and invisible characters: a spreadsheet may skip them before it looks for a formula."""
_START = re.compile(
    # A leading apostrophe of the text gets one more, so that removing one always restores the text.
    rf"(?:\A|(?<=[;\t\r\n]))(?=(?:{_SKIPPED})*+['{re.escape(FORMULA_CHARACTERS)}])|\A(?=(?:{_SKIPPED})*+[\t\r\n])"
)


def csv_line(cells: Iterable[object], separator: str = ",") -> str:
    """Return one line of CSV, safe to open in a spreadsheet.

    >>> csv_line(["=1+1", 3, None])
    "'=1+1,3,\\r\\n"

    Args:
        cells: None becomes an empty cell, a number or truth value itself, text safe text, anything else safe JSON.
        separator: a semicolon where the decimal separator is a comma, for a file that a double click opens.
    """
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerow([_cell(cell) for cell in cells])  # noqa: TID251  the only place
    return out.getvalue()


def escape_formulas(text: str) -> str:
    """Return the text with an apostrophe before each formula in it."""
    return _START.sub("'", text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escape_formulas(value)
    written = json.dumps(value, ensure_ascii=False)
    return written if isinstance(value, bool | int | float) else escape_formulas(written)
