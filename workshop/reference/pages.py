"""List what is generated; write it, or find what is stale."""

from collections.abc import Callable
from functools import partial

from core.parts import ROOT
from workshop.reference import part_lists
from workshop.reference.drawings import cursor, flow, ledger_diagram, rooms
from workshop.reference.tables import (
    alarms,
    cli,
    environment,
    exit_codes,
    http,
    index_fields,
    ledger,
    panels,
    profile,
    read_api,
    typed_search,
)

PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": cli.page,
    "docs/reference/environment.md": environment.page,
    "docs/reference/profile.md": profile.page,
    "docs/reference/ledger.md": ledger.page,
    "docs/img/ledger.svg": ledger_diagram.picture,
    "docs/reference/index-fields.md": index_fields.page,
    "docs/reference/exit-codes.md": exit_codes.page,
    "docs/reference/panels.md": panels.page,
    "docs/reference/alarms.md": alarms.page,
    "docs/reference/http.md": http.page,
    "docs/reference/read-api.md": read_api.page,
    "docs/reference/typed-search.md": typed_search.page,
    "docs/img/rooms.svg": rooms.picture,
    "docs/img/data-flow.svg": flow.picture,
    "docs/img/cursor.svg": cursor.picture,
    "README.md": partial(part_lists.readme, "en"),
    "README.es.md": partial(part_lists.readme, "es"),
    "docs/reference/sources.md": part_lists.sources_page,
    "docs/how-to/contact-centre.md": part_lists.contact_centre_page,
    "pyproject.toml": part_lists.pyproject,
    "workshop/part_types.py": part_lists.part_types,
}
"""Path in the repository -> function that generates its text; of a file with a generated block, the whole text."""


def stale() -> list[str]:
    """Return the files that are missing or differ from the generated text."""
    return [name for name, text in PAGES.items() if _committed(name) != text()]


def write() -> list[str]:
    """Write the stale files and return their names."""
    changed = stale()
    for name in changed:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGES[name](), encoding="utf-8")
    return changed


def _committed(name: str) -> str | None:
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None
