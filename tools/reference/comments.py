"""Find what the source says about tables and columns: comments beside `Table(...)` and `Column(...)`, which the metadata does not keep."""

import ast
import io
import tokenize
from pathlib import Path
from typing import NamedTuple

LEDGER = Path(__file__).resolve().parents[2] / "ledger"


class Group(NamedTuple):
    """The tables of one file; its docstring is the title."""

    title: str
    tables: tuple[str, ...]


class Comments(NamedTuple):
    """All that the files say."""

    groups: tuple[Group, ...]
    tables: dict[str, str]
    columns: dict[tuple[str, str], str]


def read_comments(folder: Path = LEDGER) -> Comments:
    """Read every file of the ledger that defines tables, migrations left out."""
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
            title = (ast.get_docstring(tree) or path.stem).split("\n")[0].rstrip(".")
            groups.append(Group(title, tuple(map(_name, found))))
    return Comments(tuple(groups), tables, columns)


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Return the calls of this function in a tree, in the order of the source."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args
    ]
    return sorted(found, key=lambda node: node.lineno)


def _name(call: ast.Call) -> str:
    return str(ast.literal_eval(call.args[0]))


class _Remarks:
    """The comments of a file by line."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        self.said = {one.start[0]: one.string.lstrip("# ") for one in tokens if one.type == tokenize.COMMENT}

    def on(self, line: int) -> str:
        """Return the comment on this line."""
        return self.said.get(line, "")

    def above(self, line: int) -> str:
        """Return the whole-line comments directly above this line, as one text."""
        first = line
        while first > 1 and self.lines[first - 2].startswith("#"):
            first -= 1
        return self.between(first, line - 1)

    def between(self, first: int, last: int) -> str:
        """Return the comments of these lines, both included, as one text."""
        return " ".join(self.said[line] for line in range(first, last + 1) if line in self.said)
