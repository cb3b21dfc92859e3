"""Generate reference pages from the code, and every list of parts.

`make docs-reference` writes them; `make check` does so too and says what it changed; a test compares them. Each module returns the text
of one file from what the program itself uses (argparse, pydantic, SQLAlchemy, Starlette, and `part.toml` of each part), so a page cannot
contradict the code. No page depends on the environment, the clock or the Python version.
"""

from workshop.reference.pages import PAGES, stale, write

__all__ = ["PAGES", "stale", "write"]
