"""Name the mutation operators: those of cosmic-ray that say something here, and three it lacks.

cosmic-ray replaces every operator by every other; one or two replacements of each kind find the same missing tests in a tenth of the
time. It leaves strings, collections and calls alone, where this project keeps its rules: urgent topics, formula signs, releases.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.operators.operator import Example, Operator
from parso.python import tree
from parso.tree import BaseNode, Leaf, NodeOrLeaf

Position = tuple[tuple[int, int], tuple[int, int]]

_CHOSEN = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ZeroIterationForLoop",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_Mul",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd",
)


class _Own(Operator):  # type: ignore[misc]
    """An operator of this project: one mutation of each node it finds."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if self.finds(node):
            yield (node.start_pos, node.end_pos)

    def finds(self, node: NodeOrLeaf) -> bool:
        raise NotImplementedError

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return ()


class ChangeString(_Own):
    """Replace a text by another; docstrings and the parts of f-strings stay."""

    def finds(self, node: NodeOrLeaf) -> bool:
        alone = node.parent is not None and node.parent.type in ("simple_stmt", "file_input")
        return isinstance(node, tree.String) and not alone

    def mutate(self, node: Any, index: int) -> Any:
        quoted = 'b"XX"' if "b" in node.value[:2].lower() else '"XX"'
        return tree.String(quoted if node.value[-2:] not in ('""', "''") else '"XX"', node.start_pos, node.prefix)


class DropElement(_Own):
    """Leave out one element of a tuple, list or set that is written out."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        for element in self._elements(node):
            yield (element.start_pos, element.end_pos)

    def mutate(self, node: Any, index: int) -> Any:
        gone = self._elements(node)[index]
        kept = [element for element in self._elements(node) if element is not gone]
        # each with its comma, so that a tuple of two becomes a tuple of one
        node.children = [one for element in kept for one in (element, tree.Operator(",", element.end_pos))]
        return node

    @staticmethod
    def _elements(node: Any) -> list[Any]:
        if node.type not in ("testlist_comp", "testlist_star_expr", "dictorsetmaker"):
            return []
        of_dict = any(getattr(child, "value", "") in (":", "**") for child in node.children)
        loop = any(child.type in ("sync_comp_for", "comp_for") for child in node.children)
        target = node.type == "testlist_star_expr" and not _is_value(node)
        elements = [child for child in node.children if getattr(child, "value", "") != ","]
        return [] if of_dict or loop or target or len(elements) < 2 else elements


class DropCall(_Own):
    """Leave out a statement that is only a call; what is written to the log stays."""

    def finds(self, node: NodeOrLeaf) -> bool:
        if node.type != "atom_expr" or node.parent is None or node.parent.type not in ("simple_stmt", "file_input", "suite"):
            return False
        assert isinstance(node, BaseNode)
        last = node.children[-1]
        return isinstance(last, BaseNode) and last.type == "trailer" and _is_call(last) and not _logs(node)

    def mutate(self, node: Any, index: int) -> Any:
        return tree.Name("None", node.start_pos, node.get_first_leaf().prefix)


def operators() -> Iterator[tuple[str, Operator]]:
    """Yield each operator with its name."""
    for name in _CHOSEN:
        yield name, plugins.get_operator(f"core/{name}")()
    for own in (ChangeString, DropElement, DropCall):
        yield own.__name__, own()


def _is_value(node: NodeOrLeaf) -> bool:
    """Whether a list without brackets stands to the right of an assignment."""
    return node.parent is not None and node.parent.type == "expr_stmt" and node.parent.children[-1] is node


def _is_call(trailer: BaseNode) -> bool:
    first = trailer.children[0]
    return isinstance(first, Leaf) and bool(first.value == "(")


def _logs(node: Any) -> bool:  # parso has no types for get_code
    return str(node.get_code()).strip().startswith(("log.", "logging.", "log ="))
