"""Measure how near a name is to its cue, and its order."""

from core.privacy.redaction.persons.lexicon import LAST
from core.privacy.redaction.persons.scan import NameRun, Scan


def near(scan: Scan, at: int, start: int) -> bool:
    """Return whether neither a sentence end nor a number separates the words."""
    between = scan.text[scan.ends[at] : scan.starts[start]]
    return len(between) <= 16 and not any(character in between for character in ".;!?\n)0123456789") and between != ""


def with_surnames(scan: Scan, run: NameRun) -> NameRun:
    """Extend a name by the surnames that follow: `Diego de León Márquez`."""
    last = run.last
    while last < len(scan.words) and last - run.last < 2 and scan.continues(last - 1) and scan.known(last) and scan.words[last] in LAST:
        last += 1
    return NameRun(run.first, last, run.given, run.surnames + last - run.last)


def with_given(scan: Scan, run: NameRun) -> NameRun:
    """Extend surnames by the given name after a comma: `García Ruiz, Ana`."""
    at = run.last
    if run.given == 0 and at < len(scan.words) and scan.gap(at - 1).strip() == "," and scan.given(at):
        return NameRun(run.first, scan.run(at).last, 1, run.surnames)
    return run
