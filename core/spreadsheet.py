"""CSV for spreadsheets: the only writer of CSV, which neutralises every cell that a spreadsheet would run as a formula.

A text gets an apostrophe in front when it, or any part of it that a spreadsheet may take for a cell of its own, begins with a
formula sign. Parts begin after a semicolon, a tab or a line break: where the decimal sign is a comma, as in Spain, a double click
opens the file with the semicolon as separator, and the quotes around a cell then protect nothing.
"""

import csv
import io
import json
import re
from collections.abc import Iterable

FORMULA_SIGNS = "=+-@＝＋－＠"
"""What a spreadsheet takes for the start of a formula, full-width forms included."""
_PASSED_OVER = r'[^\S\t\r\n]|["\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]'
"""Blanks, quotes and invisible characters: a spreadsheet may drop them and look at what follows."""
_START = re.compile(
    # An apostrophe of the author's own gets one more, so that taking one off always gives the text back.
    rf"(?:\A|(?<=[;\t\r\n]))(?=(?:{_PASSED_OVER})*+['{re.escape(FORMULA_SIGNS)}])|\A(?=(?:{_PASSED_OVER})*+[\t\r\n])"
)


def csv_line(cells: Iterable[object]) -> str:
    """Return one line of CSV with its line end, safe to open in a spreadsheet.

    Args:
        cells: None becomes an empty cell, a number or truth value itself, text safe text, anything else safe JSON.
    """
    out = io.StringIO()
    csv.writer(out).writerow([_cell(cell) for cell in cells])  # noqa: TID251  the one place
    return out.getvalue()


def without_formulas(text: str) -> str:
    """Return the text with an apostrophe before each formula in it."""
    return _START.sub("'", text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return without_formulas(value)
    written = json.dumps(value, ensure_ascii=False)
    return written if isinstance(value, bool | int | float) else without_formulas(written)
