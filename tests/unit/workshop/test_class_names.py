"""Prove that no further class name has two meanings (docs/decisions/0015-one-name-for-one-thing.md)."""

import ast
from collections import Counter

from core.config.plugins import ROOT

OF_EACH_PART = {"Options", "Secrets"}
"""The same concept in each collector, question and contact centre."""
READ_ALONE = {
    "Area",
    "Asked",
    "Bar",
    "Box",
    "Candidate",
    "Chosen",
    "Clock",
    "Compared",
    "Comparison",
    "ContactCentre",
    "Day",
    "Event",
    "File",
    "Group",
    "KnownPosts",
    "Limits",
    "Listed",
    "Mark",
    "Months",
    "OutcomeUnknownError",
    "Place",
    "Plan",
    "Point",
    "Question",
    "Reach",
    "Refused",
    "Row",
    "Source",
    "Span",
    "Speed",
    "Step",
    "Table",
    "Tally",
    "Triage",
    "Typed",
    "User",
    "Vocabulary",
    "Votes",
    "WarningRow",
    "Weights",
    "Window",
    "Word",
}
"""Names that two files had before; each is used in its own file, or by few others. Take one out when it is renamed; add none."""


def names_of_several_files() -> set[str]:
    files: Counter[str] = Counter()
    for room in sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"):
        for path in room.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            files.update({node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})
    return {name for name, count in files.items() if count > 1}


def test_no_further_class_name_is_used_twice() -> None:
    found = names_of_several_files() - OF_EACH_PART
    assert sorted(found - READ_ALONE) == [], "give it a name that says what it holds, as decision 0015 does"
    assert sorted(READ_ALONE - found) == [], "renamed: take it out of the list"
