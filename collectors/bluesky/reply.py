"""Answer posts on Bluesky, each once.

The key of a record is computed from the key of the answer, and a record is written only where none exists. The same answer sent again
can therefore make no second post, whatever happened to the first request.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn

from collectors.bluesky import Options, Secrets  # one account reads and writes
from collectors.bluesky.account import SignedIn, sign_in
from collectors.bluesky.deletions import NOT_FOUND
from collectors.bluesky.mapping import POSTS
from collectors.parsing import Item, object_of
from core.config.city import City
from core.errors import RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.user_agent import user_agent

LINK = re.compile(r"https?://[^\s<>]+")
AFTER_LINK = ".,;:!?)»”\"'"
"""Signs after a link that belong to the sentence."""
TID_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
"""Base 32 in the order of its characters (https://atproto.com/specs/tid)."""
FIRST_TID_US = 1_704_067_200_000_000
"""2024-01-01 in microseconds: keys lie in the 2.2 years from there, a key in the future would be ignored by some services."""
SWAP = "InvalidSwap"
"""Error of the server when a record with this key exists already."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str:
    """Publish the answer below the post; return its address.

    Raises:
        ConfigurationError: the account is not accepted.
        RefusedError: the post was deleted, its author blocks us or limits replies, or the text is too long.
        UnavailableError: surely not published.
        OutcomeUnknownError: may have been published.
    """
    with _account(city, options, secrets) as account:
        record = {
            "$type": POSTS,
            "text": text,
            "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "reply": _place_in_thread(account, target.native_id),
        }
        if target.language:
            record["langs"] = [target.language]
        links = link_facets(text)
        written = {
            "repo": account.did,
            "collection": POSTS,
            "rkey": record_key(key),
            "record": {**record, "facets": links} if links else record,
            "swapRecord": None,  # create, never replace
        }
        try:
            account.call("com.atproto.repo.putRecord", written)
        except RefusedError as error:
            found = _published(account, target, key) if SWAP in str(error) else None
            if found is None:
                raise
            return found
        return _address(account.did, key)


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str | None:
    """Return the address of the answer if it was published.

    Raises:
        ConfigurationError: the account is not accepted.
        UnavailableError: Bluesky gave no usable answer.
    """
    with _account(city, options, secrets) as account:
        return _published(account, target, key)


def record_key(key: str) -> str:
    """Derive the record key, a valid TID, from the answer's key."""
    digest = int.from_bytes(hashlib.sha256(f"escucha {key}".encode()).digest()[:7], "big")
    number = (FIRST_TID_US + (digest >> 10)) << 10 | digest & 0x3FF
    return "".join(TID_SIGNS[number >> shift & 31] for shift in range(60, -1, -5))


def link_facets(text: str) -> list[Item]:
    """Mark the links of the text: positions count bytes of UTF-8.

    >>> [facet["index"] for facet in link_facets("Más en https://villa.example/avisos.")]
    [{'byteStart': 8, 'byteEnd': 36}]
    """
    facets = []
    for found in LINK.finditer(text):
        link = found[0].rstrip(AFTER_LINK)
        start = len(text[: found.start()].encode())
        index = {"byteStart": start, "byteEnd": start + len(link.encode())}
        facets.append({"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}]})
    return facets


def _place_in_thread(account: SignedIn, uri: str) -> Item:
    """Return the root and the parent of the reply.

    Each with its address and content hash.
    """
    found = account.get("app.bsky.feed.getPosts", {"uris": uri}).get("posts")
    if not isinstance(found, list):
        raise UnavailableError("Bluesky returned something that is not a list of posts")
    if not found:
        _raise_why_hidden(account, uri)
    view = found[0]
    if object_of(object_of(view, "author"), "viewer").get("blockedBy"):
        raise RefusedError("Bluesky: the author blocks this account")
    if object_of(view, "viewer").get("replyDisabled"):
        raise RefusedError("Bluesky: the author limits who may reply (replyDisabled)")
    parent = {"uri": view["uri"], "cid": view["cid"]}
    root = object_of(object_of(object_of(view, "record"), "reply"), "root")
    return {"root": {"uri": root["uri"], "cid": root["cid"]} if root else parent, "parent": parent}


def _raise_why_hidden(account: SignedIn, uri: str) -> NoReturn:
    """Fetch the record itself and raise the reason it is hidden.

    No block hides the record.
    """
    account.get("com.atproto.repo.getRecord", _parts(uri))  # refused with the network's words if it was deleted
    raise RefusedError("Bluesky does not show this post to the account: its author blocks it, or the post is hidden")


def _published(account: SignedIn, target: ReplyTarget, key: str) -> str | None:
    try:
        found = account.get("com.atproto.repo.getRecord", _parts(f"at://{account.did}/{POSTS}/{record_key(key)}"))
    except RefusedError as error:
        if any(reason in str(error) for reason in NOT_FOUND):
            return None
        raise UnavailableError(str(error)) from None
    parent = object_of(object_of(object_of(found, "value"), "reply"), "parent").get("uri")
    if parent != target.native_id:
        raise RefusedError(f"Bluesky: another post has the key {record_key(key)} of this answer; write a new answer")
    return _address(account.did, key)


def _parts(uri: str) -> dict[str, str]:
    repo, collection, rkey = uri.removeprefix("at://").split("/")
    return {"repo": repo, "collection": collection, "rkey": rkey}


def _address(did: str, key: str) -> str:
    return f"https://bsky.app/profile/{did}/post/{record_key(key)}"


@contextmanager
def _account(city: City, options: Options, secrets: Secrets) -> Iterator[SignedIn]:
    with sign_in(options.base_url, secrets.bluesky_handle, secrets.bluesky_app_password, user_agent(city)) as account:
        try:
            yield account
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnavailableError(f"Bluesky answered in another form than published ({error!r})") from error
