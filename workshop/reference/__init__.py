"""Generate the reference pages of docs/ from the code.

`make docs-reference` writes them, a test compares them. Each module returns the text of one page from what the program itself uses
(argparse, pydantic, SQLAlchemy, Starlette), so a page cannot contradict the code. No page depends on the environment, the clock or the
Python version.
"""

from workshop.reference.pages import DOCS, PAGES, stale, write

__all__ = ["DOCS", "PAGES", "stale", "write"]
