"""List the mutants of a file: every place that an operator can change, as a whole new source."""

import ast
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from .operators import operators


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    line: int
    where: str
    """Class and function around it; empty at the top of the file."""
    was: str
    now: str
    operator: str
    source: str
    """The whole changed file."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is wherever it stands in the file: accepted survivors are known by it."""
        return self.file, self.where, self.was, self.now

    def rank(self, seed: str) -> str:
        """Where it stands in a sample: the same mutants are drawn while the code around them stays."""
        return hashlib.sha256("\0".join((seed, *self.key)).encode()).hexdigest()


def mutants_of(root: Path, file: str, leave_out: Collection[str] = ()) -> list[Mutant]:
    """All mutants of a file, in the order of its lines; `leave_out` names operators."""
    source = (root / file).read_text(encoding="utf-8")
    code, annotations = ast.parse(source), _annotations(ast.parse(source))
    found: dict[tuple[str, str, str, str], Mutant] = {}
    for name, operator in operators():
        if name in leave_out:
            continue
        places = [place for node in ast_nodes(get_ast(source)) for place in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(places):
            if any(first <= start < last for first, last in annotations):
                continue  # what only the type checker reads
            changed = mutate_code(source, operator, occurrence)
            if changed is None or not _compiles(changed) or ast.dump(ast.parse(changed)) == ast.dump(code):
                continue
            mutant = Mutant(file, start[0], _around(code, start[0]), *_difference(source, changed), name, changed)
            found.setdefault(mutant.key, mutant)
    return sorted(found.values(), key=lambda one: (one.line, one.operator))


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _difference(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, stripped."""
    old, new = before.splitlines(), after.splitlines()
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return tuple("\n".join(line.strip() for line in some[head : len(some) - tail]) for some in (old, new))  # type: ignore[return-value]


def _annotations(code: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand, and the values of a `Literal`: what only the type checker reads."""
    found = []
    for node in ast.walk(code):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
            found.append(((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)))
        for field in ("annotation", "returns"):
            noted = getattr(node, field, None)
            if isinstance(noted, ast.expr):
                found.append(((noted.lineno, noted.col_offset), (noted.end_lineno or 0, noted.end_col_offset or 0)))
    return found


def _around(code: ast.Module, line: int) -> str:
    return ".".join(_names(code, line))


def _names(node: ast.AST, line: int) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and child.lineno <= line <= (child.end_lineno or 0):
            yield child.name
            yield from _names(child, line)
