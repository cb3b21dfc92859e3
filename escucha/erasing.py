"""Erasure: an author's posts, or one post, gone for good from ledger and search engine, and refused when they come again."""

import getpass

from core.errors import ConfigurationError
from escucha import reporting
from escucha.authors import author_of
from escucha.house import House, now
from ledger import audit, forgetting


def erase_author(house: House, author: str) -> dict[str, int]:
    """Erase all posts of `SOURCE:AUTHOR` (the network's stable id); `escucha subject` also gives a receipt.

    Raises:
        ConfigurationError: not of that form, or a handle was given.
    """
    found = author_of(house, author)
    count = forgetting.erase_author(house.ledger, found.pseudonym, "erasure", now())
    reporting.withdraw_quotes(house)
    audit.log(house.ledger, operator(), "erase_author", found.pseudonym, f"{count} posts", now())
    return {"erased": count}


def erase_post(house: House, post_id: str) -> dict[str, int]:
    """Erase one post by the ledger's id.

    Raises:
        ConfigurationError: the ledger does not know it.
    """
    if not forgetting.erase_post(house.ledger, post_id, "erasure", now()):
        raise ConfigurationError(
            f"--post {post_id}: the ledger has no such post (`escucha export posts` lists the ids)"
        )
    reporting.withdraw_quotes(house)
    audit.log(house.ledger, operator(), "erase_post", post_id, "", now())
    return {"erased": 1}


def operator() -> str:
    """Return who runs the command: the account of the machine, for the audit."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container without accounts
        return "command line"
