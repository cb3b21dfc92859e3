"""Erase, and answer data subjects."""

import json
from argparse import Namespace
from pathlib import Path

from core.errors import ConfigurationError
from escucha.commands import command, one_of, option
from escucha.commands.common import print_line, run_in_context
from pipeline.context import Context, open_context
from pipeline.privacy import data_subject as subjects, erase as erasing


@command(
    "erase",
    "erase an author's posts, or one post, permanently, and reject them if collected again; or a citizen's e-mail address.",
    one_of(
        option("--author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author (not the handle)"),
        option("--post", metavar="POST_ID", help="the ledger's id of the post"),
        option("--contact", metavar="ADDRESS", help="the e-mail address that a citizen gave with reports; the reports stay"),
    ),
)
def erase(a: Namespace) -> int:
    """Erase an author, a post or a contact permanently."""

    def call(context: Context) -> dict[str, int]:
        if a.contact:
            return erasing.erase_contact(context, a.contact)
        return erasing.erase_author(context, a.author) if a.author else erasing.erase_post(context, a.post)

    return run_in_context(a, call)


@command(
    "subject",
    "answer a data subject request (GDPR): `show` prints all data kept about an author, `erase` erases it, `object` erases it "
    "and rejects the author's new posts until `object --withdraw`. Prints a receipt; is audited. docs/how-to/erase-a-citizen.md.",
    option("author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author"),
    option("action", choices=["show", "erase", "object"]),
    option("--originals", action="store_true", help="for show: decrypt the originals' ids and links, which is audited"),
    option("--withdraw", action="store_true", help="for object: withdraw the objection; what was erased stays erased"),
    option("--receipt", type=Path, metavar="FILE", help="also write the output to this new file (mode 0600)"),
)
def subject(a: Namespace) -> int:
    """Show or erase an author's data, or record an objection."""
    if a.withdraw and a.action != "object":
        raise ConfigurationError("--withdraw is only for `object`")
    if a.originals and a.action != "show":
        raise ConfigurationError("--originals is only for `show`")
    if a.receipt is not None and a.receipt.exists():
        raise ConfigurationError(f"--receipt {a.receipt}: exists already; name another file")
    with open_context(a.city, a.settings) as context:
        if a.action == "show":
            answer = subjects.show(context, a.author, a.originals)
        elif a.action == "erase":
            answer = subjects.erase(context, a.author)
        else:
            answer = (subjects.withdraw if a.withdraw else subjects.object_to)(context, a.author)
    text = json.dumps(answer, ensure_ascii=False, indent=2)
    if a.receipt is not None:
        a.receipt.touch(mode=0o600)
        a.receipt.write_text(f"{text}\n", encoding="utf-8")
    print_line(text)
    return 0
