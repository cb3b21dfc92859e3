"""List the generated pages; write them, or find stale ones."""

from collections.abc import Callable
from pathlib import Path

from workshop.reference.drawings import cursor, flow, ledger_diagram, rooms
from workshop.reference.tables import alarms, cli, environment, exit_codes, http, index_fields, ledger, panels, profile, read_api

DOCS = Path(__file__).resolve().parents[2] / "docs"

PAGES: dict[str, Callable[[], str]] = {
    "reference/cli.md": cli.page,
    "reference/environment.md": environment.page,
    "reference/profile.md": profile.page,
    "reference/ledger.md": ledger.page,
    "img/ledger.svg": ledger_diagram.picture,
    "reference/index-fields.md": index_fields.page,
    "reference/exit-codes.md": exit_codes.page,
    "reference/panels.md": panels.page,
    "reference/alarms.md": alarms.page,
    "reference/http.md": http.page,
    "reference/read-api.md": read_api.page,
    "img/rooms.svg": rooms.picture,
    "img/data-flow.svg": flow.picture,
    "img/cursor.svg": cursor.picture,
}
"""Path below docs/ -> function that generates its text."""


def stale() -> list[str]:
    """Return the pages that are missing or differ from the generated text."""
    return [name for name, text in PAGES.items() if _committed(name) != text()]


def write() -> list[str]:
    """Write the stale pages and return their names."""
    changed = stale()
    for name in changed:
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGES[name](), encoding="utf-8")
    return changed


def _committed(name: str) -> str | None:
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else None
