"""The inbox: posts that other tools hand in, such as the council's web form or its call centre, as soon as they have them.

Nothing is fetched here. A tool sends `POST /inbox` to the desk with the token, and every post is stored before it is answered
(`pipeline.receive`); the source has a schedule all the same, so that what came in is read and decided. See docs/reference/inbox.md.
"""

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field, SecretStr

from collectors.parsing import Item, parse_date, parse_record
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.post import Raw, Rejected
from core.records import Json

LONGEST_ID = 200
ENDS = "\x1f"
"""Ends the name of a tool that has a colon itself: no id and no name may hold this sign."""
LONGEST_LANGUAGE = 35
"""What RFC 5646 asks every program to take."""


class Options(SourceOptions, source="inbox"):
    """`[sources.inbox]`."""

    per_minute: int = Field(60, ge=1)
    """Requests a minute, of all tools together; more are told to wait."""
    max_posts: int = Field(500, ge=1)
    """Posts in one request."""
    max_bytes: int = Field(1_000_000, ge=1000)
    """Size of one request."""


class Secrets(plugins.Secrets):
    """`ESCUCHA_INBOX_TOKEN`: what the tools must show; at least 24 characters, a shorter one counts as not set."""

    inbox_token: SecretStr = Field(min_length=24)


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Nothing: what is handed in was stored the moment it came."""
    return iter(())


def parse(raw_json: Json) -> Raw | Rejected:
    """One post as a tool sent it: `{"item": fields of docs/reference/inbox.md, "place": where in the request, "received_at": when}`."""
    return parse_record("inbox", raw_json, _raw)


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Nothing: nobody is asked here; `escucha erase --post` removes a post that was handed in."""
    return {}


def check(city: City, options: Options, secrets: Secrets) -> str:
    """What it waits for."""
    return f"waits at /inbox of the desk: {options.per_minute} requests a minute, {options.max_posts} posts each"


def _raw(item: Item, received_at: datetime) -> Raw:
    sender, reply_to, thread = (item.get(name) for name in ("sender", "reply_to", "thread"))
    native_id = _whole(sender, item["id"])
    answered = None if reply_to is None else _whole(sender, reply_to)
    return Raw(
        source="inbox",
        native_id=native_id,
        text=_text(item["text"]),
        created_at=received_at if item.get("created_at") is None else parse_date(item["created_at"]),
        received_at=received_at,
        author_id=None if item.get("author") is None else _whole(sender, item["author"]),
        handle=item.get("name"),
        own=item.get("own") is True,
        language=_language(item.get("language")),
        kind="post" if answered is None else "reply",
        thread_id=_whole(sender, thread) if thread is not None else answered or native_id,
        reply_to=answered,
        url=_address(item.get("url")),
    )


def _whole(sender: object, given: object) -> str:
    """An id with its sender's name: two tools may both have a post 17."""
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise ValueError("an id is a text or a whole number")
    if not f"{sender}{given}".isprintable():
        raise ValueError("an id has no control characters")
    if not isinstance(sender, str | None) or len(f"{sender}{given}") > LONGEST_ID:
        raise ValueError("an id and its sender have at most 200 characters")
    if not sender:
        return str(given)
    return f"{sender}{ENDS if ':' in sender else ':'}{given}"  # `web:1` and its 2 are not `web` and its `1:2`


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("the text is a text")
    return given


def _language(given: object) -> str | None:
    return given if isinstance(given, str) and 2 <= len(given) <= LONGEST_LANGUAGE else None


def _address(given: object) -> str | None:
    """A web address, and nothing a browser would run."""
    return given if isinstance(given, str) and given.startswith(("https://", "http://")) else None
