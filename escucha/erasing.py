"""Erasure: an author's posts, or one post, gone for good from ledger and search engine, and refused when they come again."""

from core.errors import ConfigurationError
from core.seal import pseudonym
from escucha import accounts, reporting
from escucha.house import House, now
from ledger import forgetting, read


def erase_author(house: House, author: str) -> dict[str, int]:
    """Erase all posts of `SOURCE:AUTHOR` (the network's stable id).

    Raises:
        ConfigurationError: not of that form, or a handle was given.
    """
    source, colon, native = author.partition(":")
    if not colon or not native or source not in house.sources:
        raise ConfigurationError(f"--author {author}: write SOURCE:AUTHOR, SOURCE one of {', '.join(house.sources)}")
    if native.startswith("@"):
        native = _look_up(house, source, native)
    accounts.record(house, "erase", "author", source)  # before: an erasure that cannot be written down does not happen
    count = forgetting.erase_author(house.ledger, pseudonym(house.salt, source, native), "erasure", now())
    accounts.record(house, "erased", "author", f"{source}: {count}")
    reporting.withdraw_quotes(house)
    return {"erased": count}


def _look_up(house: House, source: str, handle: str) -> str:
    """The stable id of a handle, where the network tells it."""
    one = house.sources[source]
    find = getattr(one.module, "author_id", None)
    if find is None or one.off:
        raise ConfigurationError(
            f"--author {source}:{handle}: {source} cannot look up a handle here; give the network's stable id of the author "
            "(X: the numeric user id, Bluesky: the DID, Mastodon: the account's id on that server, Reddit: t2_..., "
            "YouTube: the channel's id, CONSUL: the user's number, Decidim: SITE:NICKNAME, Discourse: SITE:NUMBER, "
            "mailbox: the mail address, inbox: SENDER:AUTHOR)"
        )
    found: str = find(house.city, one.options, one.secrets, handle)
    return found


def erase_post(house: House, post_id: str) -> dict[str, int]:
    """Erase one post by the ledger's id.

    Raises:
        ConfigurationError: the ledger does not know it.
    """
    known = read.post_of(house.ledger, post_id) is not None
    if known:
        accounts.record(house, "erase", post_id)
    if not known or not forgetting.erase_post(house.ledger, post_id, "erasure", now()):
        raise ConfigurationError(
            f"--post {post_id}: the ledger has no such post (`escucha export posts` lists the ids)"
        )
    accounts.record(house, "erased", post_id, "1")
    reporting.withdraw_quotes(house)
    return {"erased": 1}
