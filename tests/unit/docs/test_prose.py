"""Check the English of the code: what CONTRIBUTING.md asks of docstrings and comments.

A docstring begins with one sentence of at most twelve words whose first word is an imperative verb; `tests/data/imperative_verbs.txt`
lists the verbs. Add a verb there when a sentence needs it.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.config.plugins import ROOT

ROOMS = (
    "collectors",
    "contact_centre",
    "core",
    "dags",
    "dashboards",
    "desk",
    "escucha",
    "gazetteer",
    "ledger",
    "nlp",
    "pipeline",
    "portal",
    "reports",
    "search",
    "trends",
    "triage",
    "workshop",
)
VERBS = frozenset((ROOT / "tests" / "data" / "imperative_verbs.txt").read_text(encoding="utf-8").split())
MOST_WORDS = 12
RIDDLES = re.compile(
    r"\b(nobody|somebody|whoever|(?:is|are) told|stands? for|of its own accord|doorkeeper|to us|anew|(?:is|are) lent|taught"
    r"|so many(?! that))\b",
    re.IGNORECASE,
)
THINKING = re.compile(r"\bthe (?:machine|model|computer) (?:thinks|believes|understands|misses|knows|was sure)\b", re.IGNORECASE)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def files(room: str) -> list[Path]:
    """List the tracked Python files of a room."""
    listed = subprocess.run(["git", "ls-files", f"{room}/*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split()]


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield every docstring of a file with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)) is not None:
            yield node.body[0].lineno, text


def faults(source: str) -> Iterator[str]:
    """Yield what is wrong with the docstrings and comments of a file."""
    for line, text in docstrings(source):
        first = text.split("\n", 1)[0]
        sentence = re.split(r"(?<=[.!?])\s", first)[0]
        words = sentence.split()
        if len(words) > MOST_WORDS:
            yield f"{line}: {len(words)} words, at most {MOST_WORDS}: {sentence}"
        verb = re.match(r"[A-Za-z-]+", first)
        if verb is None or verb[0].lower() not in VERBS:
            yield f"{line}: no imperative verb: {first}"
        if not first.rstrip().endswith((".", "!", "?", ":")):
            yield f"{line}: no full stop: {first}"
        if found := RIDDLES.search(text):
            yield f"{line}: '{found[0]}': {first}"
    for number, text in enumerate(source.splitlines(), 1):
        if (comment := re.search(r"(?:^|\s)# (.*)", text)) and (found := RIDDLES.search(comment[1])):
            yield f"{number}: '{found[0]}': {comment[1]}"


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_are_plain_imperative_english(room: str) -> None:
    found = [f"{path.relative_to(ROOT)}:{fault}" for path in files(room) for fault in faults(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("catalogue", sorted((ROOT / "locale" / "es").glob("*.po")), ids=lambda path: path.stem)
def test_texts_of_the_pages_are_plain_english_and_no_machine_thinks_in_them(catalogue: Path) -> None:
    with catalogue.open(encoding="utf-8") as file:
        texts = [text for message in read_po(file) for text in ([message.id] if isinstance(message.id, str) else message.id)]
    assert [text for text in texts if RIDDLES.search(text) or THINKING.search(text)] == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('"""The ledger."""', "no imperative verb"),
        ('"""Returns the ledger."""', "no imperative verb"),
        ('"""Return the ledger"""', "no full stop"),
        ('"""Return the ledger that was opened by the process that holds the one lock of the home."""', "17 words"),
        ('"""Return the ledger.\n\nNobody else has it."""', "'Nobody'"),
        ("x = 1  # nobody reads this", "'nobody'"),
    ],
)
def test_a_fault_is_found(source: str, fault: str) -> None:
    assert any(fault in one for one in faults(source))
