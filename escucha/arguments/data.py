"""Define the commands that export, erase and set up."""

from pathlib import Path

from core.records.outbox import OUTBOX_KINDS
from escucha.arguments.common import Add
from escucha.commands import handlers


def add_export(add: Add) -> None:
    """Add the command that exports the ledger's records."""
    one = add(
        "export",
        "export posts, labels, cases or corrections, or gold (the posts labelled on the desk, for `prove --gold FILE --redacted`), "
        "to standard output. Pseudonymous; CSV is safe against formula injection.",
        handlers.export,
    )
    one.add_argument("what", choices=["posts", "labels", "cases", "corrections", "gold"])
    one.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")


def add_erasure(add: Add) -> None:
    """Add the commands that erase, and answer data subjects."""
    one = add(
        "erase",
        "erase an author's posts, or one post, permanently, and reject them if collected again; or a citizen's e-mail address.",
        handlers.erase,
    )
    group = one.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author (not the handle)"
    )
    group.add_argument("--post", metavar="POST_ID", help="the ledger's id of the post")
    group.add_argument(
        "--contact", metavar="ADDRESS", help="the e-mail address that a citizen gave with reports; the reports stay"
    )
    one = add(
        "subject",
        "answer a data subject request (GDPR): `show` prints all data kept about an author, `erase` erases it, `object` erases it "
        "and rejects the author's new posts until `object --withdraw`. Prints a receipt; is audited. docs/how-to/erase-a-citizen.md.",
        handlers.subject,
    )
    one.add_argument("author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author")
    one.add_argument("action", choices=["show", "erase", "object"])
    one.add_argument(
        "--originals", action="store_true", help="for show: decrypt the originals' ids and links, which is audited"
    )
    one.add_argument(
        "--withdraw", action="store_true", help="for object: withdraw the objection; what was erased stays erased"
    )
    one.add_argument("--receipt", type=Path, metavar="FILE", help="also write the output to this new file (mode 0600)")


def add_set_up(add: Add) -> None:
    """Add the commands that set up dashboards and profiles."""
    one = add(
        "dashboards",
        "export the dashboards for Kibana: `export DIR` writes files to import, `push` sets up spaces, role, dashboards and alert rules.",
        handlers.dashboards,
    )
    one.add_argument("action", choices=["export", "push"])
    one.add_argument("folder", nargs="?", type=Path, help="for export: where to write the files")
    one.add_argument("--dry-run", action="store_true", help="for push: print what would be done, and change nothing")
    one.add_argument(
        "--overwrite", action="store_true", help="for push: also replace what staff changed or removed in Kibana"
    )
    one.add_argument("--kibana", help="for push: Kibana's address (default: ESCUCHA_KIBANA_URL)")
    one = add("init", "create a profile for your city by answering questions. Writes cities/NAME.toml.", handlers.init)
    one.add_argument("name")
    one = add(
        "rebind",
        "bind the ledger on purpose: to the profile of --city, after the file of the same city was renamed, or the city itself (settings "
        "made on the desk go with it); or to the suppression journal that is set, when its own is lost. Is audited.",
        handlers.rebind,
    )
    one.add_argument("old", nargs="?", help="name of the profile to which the ledger belongs, without .toml")
    one.add_argument(
        "--journal",
        action="store_true",
        help="bind it to the journal of ESCUCHA_SUPPRESSIONS; its own is lost for good",
    )


def add_webhooks(add: Add) -> None:
    """Add the command about systems that are notified of case events."""
    one = add(
        "webhooks",
        "print what waits for each system that is notified of case events, and its last failure. `escucha deliver` sends the events.",
        handlers.webhooks,
    )
    one.add_argument(
        "--retry", action="store_true", help="queue events that were given up again, and resume receivers that stopped"
    )


def add_outbox(add: Add) -> None:
    """Add the command about all that has to leave."""
    one = add(
        "outbox",
        "print what left, what waits and what was refused and why, by kind; with --kind each message that did not leave. Sends nothing: "
        "the steps do.",
        handlers.outbox,
    )
    one.add_argument("--kind", choices=OUTBOX_KINDS, help="list the messages of this kind that were not sent")
    one.add_argument("--retry", type=int, metavar="ID", help="send this message with the next run of its step")
    one.add_argument("--withdraw", type=int, metavar="ID", help="send this message no more")
