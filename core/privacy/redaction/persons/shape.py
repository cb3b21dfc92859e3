"""Measure how near a name is to its cue, and its order."""

from core.privacy.redaction.persons.scan import NameRun, Scan


def near(scan: Scan, at: int, start: int) -> bool:
    """Return whether neither a sentence end nor a number separates the words."""
    between = scan.text[scan.ends[at] : scan.starts[start]]
    return len(between) <= 16 and not any(character in between for character in ".;!?\n)0123456789") and between != ""


def with_given(scan: Scan, run: NameRun) -> NameRun:
    """Extend surnames by the given name after a comma: `García Ruiz, Ana`."""
    at = run.last
    if run.given == 0 and at < len(scan.words) and scan.gap(at - 1).strip() == "," and scan.given(at):
        return NameRun(run.first, scan.run(at).last, 1, run.surnames)
    return run
