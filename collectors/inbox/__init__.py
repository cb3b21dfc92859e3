"""Accept posts pushed by other tools, such as a web form.

Nothing is fetched here. A tool, for example of the call centre, sends `POST /inbox` to the desk with the token, and every post is
stored before the response is sent (`pipeline.steps.receive`). The source still has a schedule, so that the received posts are annotated and
triaged. See docs/reference/inbox.md.
"""

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field, SecretStr

from collectors.parsing import Item, parse_date, parse_record
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.records import Json
from core.records.annotation import TOPICS
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected

MAX_ID = 200
SENDER_END = "\x1f"
"""Ends a tool's name that itself contains a colon: no id and no name may contain this character."""
MAX_LANGUAGE = 35
"""RFC 5646 requires programs to accept this many characters."""


class Options(SourceOptions, source="inbox"):
    """Declare `[sources.inbox]`."""

    per_minute: int = Field(60, ge=1)
    """Requests a minute, of all tools together; further ones are rejected with a time to wait."""
    max_posts: int = Field(500, ge=1)
    """Posts in one request."""
    max_bytes: int = Field(1_000_000, ge=1000)
    """Size of one request."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_INBOX_TOKEN`."""

    inbox_token: SecretStr = Field(min_length=24)
    """The token that tools must send: at least 24 characters, a shorter one counts as not set."""


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Return no pages: pushed posts are stored when they arrive."""
    return iter(())


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one pushed post.

    Input: `{"item": fields of docs/reference/inbox.md, "place": position in the request, "received_at": when it arrived}`.
    """
    return parse_record("inbox", raw_json, _raw)


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions: there is no network to ask.

    `escucha erase --post` removes a pushed post.
    """
    return {}


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Describe the limits of the endpoint."""
    return f"accepts POST /inbox on the desk: {options.per_minute} requests a minute, {options.max_posts} posts each"


def _raw(item: Item, received_at: datetime) -> Raw:
    sender, reply_to, thread = (item.get(name) for name in ("sender", "reply_to", "thread"))
    native_id = _qualified_id(sender, item["id"])
    answered = None if reply_to is None else _qualified_id(sender, reply_to)
    lat, lon = _point(item.get("lat"), item.get("lon"))
    place = _place(item.get("place"))
    return Raw(
        source="inbox",
        native_id=native_id,
        text=_with_place(_text(item["text"]), place),
        created_at=received_at if item.get("created_at") is None else parse_date(item["created_at"]),
        received_at=received_at,
        author_id=_author(sender, item.get("author"), native_id, is_report=answered is None),
        handle=item.get("name"),
        own=item.get("own") is True,
        language=_language(item.get("language")),
        kind="post" if answered is None else "reply",
        thread_id=_qualified_id(sender, thread) if thread is not None else answered or native_id,
        reply_to=answered,
        url=_http_url(item.get("url")),
        lat=lat,
        lon=lon,
        service=_service(item.get("service"), is_placed=lat is not None or bool(place)),
    )


def _author(sender: object, given: object, native_id: str, *, is_report: bool) -> str | None:
    """Return what identifies the writer.

    A report that names none is of one person: its receipt identifies it. Of an unnamed answer nothing is known.
    """
    if given is not None:
        return _qualified_id(sender, given)
    return native_id if is_report else None


def _qualified_id(sender: object, given: object) -> str:
    """Qualify an id by its sender, because two tools may share ids."""
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise ValueError("an id must be text or an integer")
    if not f"{sender}{given}".isprintable():
        raise ValueError("an id must not contain control characters")
    if not isinstance(sender, str | None) or len(f"{sender}{given}") > MAX_ID:
        raise ValueError("an id and its sender must have at most 200 characters together")
    if not sender:
        return str(given)
    return f"{sender}{SENDER_END if ':' in sender else ':'}{given}"  # the pairs (`web:1`, `2`) and (`web`, `1:2`) must differ


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("text must be a string")
    return given


def _point(lat: object, lon: object) -> tuple[float | None, float | None]:
    """Return the point of what is reported; it needs both numbers."""
    if (lat is None) != (lon is None):
        raise ValueError("lat and lon belong together")
    if any(isinstance(one, bool) or not isinstance(one, int | float | None) for one in (lat, lon)):
        raise ValueError("lat and lon must be numbers of degrees")
    return lat, lon  # type: ignore[return-value]


def _place(given: object) -> str:
    if not isinstance(given, str | None):
        raise ValueError("place must be a string")
    return (given or "").strip()


def _with_place(text: str, place: str) -> str:
    """Return the text with its place, unless it names it."""
    return text if not text.strip() or place.casefold() in text.casefold() else f"{text}\n{place}"


def _service(given: object, *, is_placed: bool) -> str | None:
    """Return the topic of the chosen service.

    A report with a service is a case at once, so it must say where, too.
    """
    if given is None:
        return None
    if given not in TOPICS:
        raise ValueError(f"service must be one of {', '.join(TOPICS)}")
    if not is_placed:
        raise ValueError("a service needs a place: send lat and lon, or place")
    return str(given)


def _language(given: object) -> str | None:
    return given if isinstance(given, str) and 2 <= len(given) <= MAX_LANGUAGE else None


def _http_url(given: object) -> str | None:
    """Return an http(s) URL, else None: nothing that a browser would execute."""
    return given if isinstance(given, str) and given.startswith(("https://", "http://")) else None
