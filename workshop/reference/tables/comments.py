"""Extract the comments on tables and columns from the source.

They are beside `Table(...)` and `Column(...)`; SQLAlchemy's metadata does not keep them.
"""

import ast
import io
import tokenize
from pathlib import Path
from typing import NamedTuple

LEDGER = Path(__file__).resolve().parents[3] / "ledger"


class Group(NamedTuple):
    """Group the tables of one file under its docstring as the title."""

    title: str
    tables: tuple[str, ...]


class Comments(NamedTuple):
    """Hold the comments of all files."""

    groups: tuple[Group, ...]
    tables: dict[str, str]
    columns: dict[tuple[str, str], str]


def read_comments(folder: Path = LEDGER) -> Comments:
    """Parse every ledger file that defines tables, except migrations."""
    groups: list[Group] = []
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "migrations" in path.parts or "Table(" not in source:
            continue
        tree, remarks = ast.parse(source), _Remarks(source)
        found = _calls(tree, "Table")
        for call in found:
            tables[_name(call)] = remarks.above(call.lineno) or remarks.on(call.lineno + 1)
            for column in _calls(call, "Column"):
                columns[_name(call), _name(column)] = remarks.between(column.lineno, column.end_lineno or column.lineno)
        if found:
            summary = (ast.get_docstring(tree) or path.stem).split("\n")[0].rstrip(".")
            title = summary.removeprefix("Define the tables of ")
            groups.append(Group(f"{title[:1].upper()}{title[1:]}", tuple(map(_name, found))))
    return Comments(tuple(groups), tables, columns)


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Return the calls of a function in source order."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args
    ]
    return sorted(found, key=lambda node: node.lineno)


def _name(call: ast.Call) -> str:
    return str(ast.literal_eval(call.args[0]))


class _Remarks:
    """Index the comments of a file by line."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        self.by_line = {one.start[0]: one.string.lstrip("# ") for one in tokens if one.type == tokenize.COMMENT}

    def on(self, line: int) -> str:
        """Return the comment on this line, or an empty text."""
        return self.by_line.get(line, "")

    def above(self, line: int) -> str:
        """Return the whole-line comments directly above this line, joined."""
        first = line
        while first > 1 and self.lines[first - 2].startswith("#"):
            first -= 1
        return self.between(first, line - 1)

    def between(self, first: int, last: int) -> str:
        """Return the comments of these lines, both included, joined."""
        return " ".join(self.by_line[line] for line in range(first, last + 1) if line in self.by_line)
