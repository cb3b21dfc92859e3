"""Prepare, verify, export and bind the ledger."""

import json
import sys
from argparse import Namespace

from core.errors import ConfigurationError, LedgerMismatchError
from escucha.commands import command, option
from escucha.commands.common import print_line
from ledger.database import check_whole
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from pipeline import all_steps as steps, export as exporting
from pipeline.access import accounts
from pipeline.city.rebind import rebind as bind_anew, rebind_journal
from pipeline.context import open_context, view_context


@command(
    "prepare",
    "make the ledger, or bring an older one up to date, and check its file, the profile, the salt and the journal. Reads no network, "
    "changes nothing else.",
)
def prepare(a: Namespace) -> int:
    """Make the ledger, or bring it up to date, and check it."""
    with open_context(a.city, a.settings) as context:
        check_whole(context.ledger)
        Journal(a.settings.journal, context.salt).check_writable()
        print_line(f"ready for {context.city.name}: {context.ledger.describe()}")
    return 0


@command(
    "verify",
    "print both sides of every reconciliation line; exit 1 on any difference, 2 when the suppression journal is missing or cut. "
    "Writes nothing.",
    option("--json", action="store_true", help='{"ok": bool, "lines": [...]}'),
)
def verify(a: Namespace) -> int:
    """Print both sides of each reconciliation line; exit 1 on a difference.

    Raises:
        LedgerMismatchError: the suppression journal is not the ledger's own, whole.
    """
    with view_context(a.city, a.settings) as context:
        lines = steps.verify(context)
        journal = suppressions.journal_problem(context.ledger)
    good = all(line.ok is not False for line in lines)
    if a.json:
        print_line(json.dumps({"ok": good and journal is None, "lines": [line.model_dump() for line in lines]}))
    else:
        for line in lines:
            mark = {True: "ok", False: "DIFFERENT", None: "not checked"}[line.ok]
            print_line(f"{mark:>10}  {line.name}: {line.left} = {'?' if line.right is None else line.right}")
    if journal is not None:
        raise LedgerMismatchError(journal)
    return 0 if good else 1


@command(
    "export",
    "export posts, labels, cases or corrections, or gold (the posts labelled on the desk, for `prove --gold FILE --redacted`), "
    "to standard output. Pseudonymous; CSV is safe against formula injection.",
    option("what", choices=["posts", "labels", "cases", "corrections", "gold"]),
    option("--format", choices=["jsonl", "csv"], default="jsonl"),
)
def export(a: Namespace) -> int:
    """Export the ledger's records to standard output."""
    with open_context(a.city, a.settings) as context:
        accounts.record_audit(context, "export", a.what, a.format)
        for line in exporting.lines(context.ledger, a.what, a.format):
            sys.stdout.write(line)
    return 0


@command(
    "rebind",
    "bind the ledger on purpose: to the profile of --city, after the file of the same city was renamed, or the city itself (settings "
    "made on the desk go with it); or to the suppression journal that is set, when its own is lost. Is audited.",
    option("old", nargs="?", help="name of the profile to which the ledger belongs, without .toml"),
    option("--journal", action="store_true", help="bind it to the journal of ESCUCHA_SUPPRESSIONS; its own is lost for good"),
)
def rebind(a: Namespace) -> int:
    """Bind the ledger to a renamed profile, or another suppression journal."""
    if (a.old is None) != a.journal:
        raise ConfigurationError("rebind: give either OLD, the name of the profile before, or --journal")
    if a.journal:
        rebind_journal(a.city, a.settings)
        print_line(f"the suppression journal of the ledger is {a.settings.journal} now")
        return 0
    new = bind_anew(a.city, a.settings, a.old)
    print_line(f"the ledger belongs to the profile '{new}' now; it belonged to '{a.old}'")
    return 0
