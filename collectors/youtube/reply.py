"""Answer YouTube comments as the city's own channel.

YouTube has no key against doubling. After an unknown outcome the replies in the thread are searched for one of the channel with the same
text. A reply that YouTube holds for moderation or as likely spam is in no list, so an answer that is not listed is not sent again: it is
refused, and a person looks. Replies cannot be nested: one to a reply goes below the comment of its thread, where two answers with the
same text count as one.
"""

from contextlib import AbstractContextManager
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from collectors.http.writing import normalise
from collectors.parsing import object_of
from collectors.youtube import Options
from collectors.youtube.account import AccountClient, open_account
from core.config import plugins
from core.config.city import City
from core.errors import OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.collection import Budget
from core.user_agent import user_agent

PAYS: Literal[True] = True
INSERT_UNITS = 50
"""Units of the daily quota for one answer; a list costs one."""
PAGE = 100
MAX_PAGES = 20
NOT_LISTED = (
    "YouTube does not list the answer: it did not arrive, or is held for moderation. Look below the comment and in YouTube Studio "
    "(comments held for review), then note here that it is there, or write it again"
)


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_YOUTUBE_CLIENT_ID`, `_CLIENT_SECRET` and `_REFRESH_TOKEN`."""

    youtube_client_id: SecretStr
    """OAuth client id of a Google Cloud project in which the YouTube Data API v3 is enabled."""
    youtube_client_secret: SecretStr
    """Secret of that client."""
    youtube_refresh_token: SecretStr
    """Refresh token of the channel that answers, with the scope `youtube.force-ssl`."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str:
    """Answer one comment; see `core.config.protocols.PaidReplier`."""
    budget.spend(INSERT_UNITS)
    with _open(city, options, secrets) as client:
        made = client.write("comments", {"snippet": {"parentId": _top(target), "textOriginal": text}})
    native_id = made.get("id")
    if not isinstance(native_id, str) or not native_id:
        raise OutcomeUnknownError("YouTube accepted the request but returned no id of the answer")
    return _address(native_id, target)


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str | None:
    """Search the thread of the comment; see `core.config.protocols.PaidReplier`.

    Returns None only when the comment was deleted, and its replies with it.

    Raises:
        RefusedError: the answer is not listed: it did not arrive, or YouTube holds it for moderation.
    """
    budget.spend(1)
    with _open(city, options, secrets) as client:
        channel, token = _own_channel(client), None
        for _ in range(MAX_PAGES):
            budget.spend(1)
            more: dict[str, str] = {"pageToken": token} if token else {}
            params = {"parentId": _top(target), "part": "snippet", "textFormat": "plainText", "maxResults": PAGE, **more}
            listing = client.read("comments", params)
            if listing is None:
                return None  # the comment was deleted, and its replies with it
            for item in listing.get("items") or []:
                if _is_ours(item, channel, text):
                    return _address(str(item["id"]), target)
            token = listing.get("nextPageToken")
            if not token:
                raise RefusedError(NOT_LISTED)
    raise UnavailableError(f"the comment has more than {MAX_PAGES * PAGE} replies: please look there")


def _open(city: City, options: Options, secrets: Secrets) -> AbstractContextManager[AccountClient]:
    keys = (secrets.youtube_client_id, secrets.youtube_client_secret, secrets.youtube_refresh_token)
    return open_account(*keys, options.base_url, user_agent(city))


def _own_channel(client: AccountClient) -> str:
    found = client.read("channels", {"part": "id", "mine": "true"}) or {}
    try:
        return str(found["items"][0]["id"])
    except (LookupError, TypeError):
        raise UnavailableError("YouTube did not say which channel the login belongs to") from None


def _top(target: ReplyTarget) -> str:
    """Return the id of the thread, the prefix of a reply's id."""
    return target.native_id.split(".")[0]


def _is_ours(item: Any, channel: str, text: str) -> bool:
    snippet = item.get("snippet") if isinstance(item, dict) else None
    if not isinstance(snippet, dict) or "id" not in item:
        raise UnavailableError("YouTube returned replies that cannot be parsed")
    if object_of(snippet, "authorChannelId").get("value") != channel:
        return False
    wanted = normalise(text)
    return any(normalise(str(snippet[one])) == wanted for one in ("textOriginal", "textDisplay") if one in snippet)


def _address(native_id: str, target: ReplyTarget) -> str:
    """Return the address on the page of the target's video."""
    video = parse_qs(urlsplit(target.url or "").query).get("v", [""])[0]
    return f"https://www.youtube.com/watch?v={video}&lc={native_id}"
