"""Tell by the sentence whether a place's name is a person's.

A street is where something is, and lies, ends, is dirty or dark. Only names that the city's gazetteer has come here: every other full name
is taken for a person's.
"""

from core.privacy.redaction.persons.before_name import (
    did_it_to_the_writer,
    has_a_role,
    is_labelled,
    is_told_or_seen,
    owns_what_persons_own,
    speaks,
    was_met,
)
from core.privacy.redaction.persons.behind_name import does_what_persons_do, is_described
from core.privacy.redaction.persons.lexicon import LAST, PLACES
from core.privacy.redaction.persons.of_persons import is_written
from core.privacy.redaction.persons.scan import NameRun, Scan


def speaks_of_person(scan: Scan, run: NameRun) -> bool:
    """Return whether the sentence speaks of a person of this name."""
    return (
        is_told_or_seen(scan, run)
        or speaks(scan, run)
        or was_met(scan, run)
        or did_it_to_the_writer(scan, run)
        or has_a_role(scan, run)
        or owns_what_persons_own(scan, run)
        or is_labelled(scan, run)
        or is_described(scan, run)
        or does_what_persons_do(scan, run)
    )


def has_more_surnames(scan: Scan, run: NameRun) -> bool:
    """Return whether a surname follows a place's name: `Antonio Machado Reyes`."""
    end = scan.place_end(run.first)
    if end - run.first < 2 or end >= len(scan.words) or not scan.continues(end - 1):
        return False
    word = scan.words[end]
    return is_written(scan, end) and word in LAST and word not in PLACES | scan.no_surname
