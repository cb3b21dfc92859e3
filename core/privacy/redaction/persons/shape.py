"""Tell how near a name stands to the word that announces it, and whether a given name follows the surnames."""

from core.privacy.redaction.persons.scan import Run, Scan


def near(scan: Scan, at: int, start: int) -> bool:
    """Return True when no sentence ends and no number stands between the two words."""
    between = scan.text[scan.ends[at] : scan.starts[start]]
    return len(between) <= 16 and not any(sign in between for sign in ".;!?\n)0123456789") and between != ""


def with_given(scan: Scan, run: Run) -> Run:
    """`García Ruiz, Ana`: surnames first."""
    at = run.last
    if run.given == 0 and at < len(scan.words) and scan.gap(at - 1).strip() == "," and scan.given(at):
        return Run(run.first, scan.run(at).last, 1, run.surnames)
    return run
