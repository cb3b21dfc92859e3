"""Generate the page of the ledger's tables from metadata and comments."""

from sqlalchemy import Column, Table

from ledger.schema import REVISION, metadata
from workshop.reference.tables.comments import Comments, read_comments
from workshop.reference.tables.markdown import GENERATED, code, table

INTRODUCTION = """\
SQLite under `$ESCUCHA_HOME`, or PostgreSQL by `ESCUCHA_LEDGER_URL`; the same tables on both. This is revision
{revision}; the program migrates an older ledger when it opens it. Times are UTC. Write through the program only: its
counters, leases and hashes belong together ([invariants](../explanation/invariants.md)). For your own analysis use
`escucha export`, which keeps its fields from version to version.

Pseudonyms and ids are keyed hashes; `origins.origin` is encrypted with a key from the salt.

![Tables of the ledger with their keys and references](../img/ledger.svg)
"""


def page() -> str:
    """Return docs/reference/ledger.md."""
    comments = read_comments()
    lines = [GENERATED, "# The ledger's tables\n", INTRODUCTION.format(revision=REVISION)]
    for group in comments.groups:
        lines.append(f"## {group.title}\n")
        for name in group.tables:
            lines += [f"### `{name}`\n", *_capitalised(comments.tables.get(name, "")), _columns(metadata.tables[name], comments)]
    return "\n".join(lines)


def _capitalised(text: str) -> list[str]:
    return [f"{text[:1].upper()}{text[1:]}\n"] if text else []


def _columns(of: Table, comments: Comments) -> str:
    rows = [(code(one.name), _kind(one), _role(one), comments.columns.get((of.name, one.name), "")) for one in of.columns]
    return table(("column", "type", "", "meaning"), rows)


def _kind(column: Column[object]) -> str:
    name = type(column.type).__name__
    return "UTC time" if name == "UtcTime" else name.lower() + (" or null" if column.nullable else "")


def _role(column: Column[object]) -> str:
    keys = ["key"] if column.primary_key else []
    return ", ".join(keys + [f"→ `{one.column.table.name}`" for one in sorted(column.foreign_keys, key=str)])
