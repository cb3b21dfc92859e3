"""Answer posts on Discourse forums, each once.

Discourse takes no key against doubling. An answer that may have been published is searched among the latest replies of the council's
user; besides, the forum refuses a text that is too similar to another one of the same user.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field, SecretStr

from collectors.discourse import Options, server_of
from collectors.http.writing import WritingClient, letters_of, open_writer
from collectors.parsing import Item
from core.config import plugins
from core.config.city import City
from core.errors import ConfigurationError, RefusedError, UnavailableError
from core.records import Record
from core.records.answer import ReplyTarget
from core.user_agent import user_agent

REPLIES = "5"
"""Number of the filter of `/user_actions.json` for replies (https://docs.discourse.org)."""
PAGE = 30
MAX_PAGES = 10
"""Most pages of the user's replies that are searched, the newest first."""


class ForumUser(Record):
    """Hold the council's user of one forum."""

    user: str = Field(min_length=1)
    key: SecretStr
    """API key of that user, with the scopes to read and to write posts."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_DISCOURSE_USERS`."""

    discourse_users: dict[str, ForumUser] = Field(min_length=1)
    """`{"https://forum": {"user": "name", "key": "API key"}}`, with the addresses of the profile."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str:
    """Publish the answer as a reply to the post; return its address.

    Raises:
        ConfigurationError: the forum rejects the key, or there is none for it.
        RefusedError: the post was deleted or closed, or the text is too long or too similar.
        UnavailableError: surely not published.
        OutcomeUnknownError: may have been published.
    """
    with _forum(city, options, secrets, target) as (client, _):
        asked = _asked(client, target)
        post = {"raw": text, "topic_id": asked["topic_id"], "reply_to_post_number": asked["post_number"]}
        published = client.post("/posts.json", post)
        if isinstance(published, dict) and published.get("action") == "enqueued":  # a moderator must let it through
            return f"{client.server}/t/{asked['topic_id']}"
        if not isinstance(published, dict) or not isinstance(published.get("post_number"), int):
            raise client.lost("the response is not a post")
        return _address(client, asked["topic_id"], published["post_number"])


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str | None:
    """Search the user's replies to the post for the answer."""
    with _forum(city, options, secrets, target) as (client, user):
        try:
            asked = _asked(client, target)
        except RefusedError:
            return None  # deleted: nothing can be answered there any more
        place = (asked["topic_id"], asked["post_number"])
        for action in _replies_of(client, user):
            if (action["topic_id"], action.get("reply_to_post_number")) != place:
                continue
            post = _read(client, f"/posts/{int(action['post_id'])}.json")
            if letters_of(post["raw"]) == letters_of(text):
                return _address(client, place[0], int(action["post_number"]))
        return None


def _replies_of(client: WritingClient, user: str) -> Iterator[Item]:
    for page in range(MAX_PAGES):
        params = {"username": user, "filter": REPLIES, "offset": str(page * PAGE)}
        found = _read(client, "/user_actions.json", params)["user_actions"]
        yield from found
        if len(found) < PAGE:
            return


def _read(client: WritingClient, path: str, params: dict[str, str] | None = None) -> Any:
    try:
        return client.get(path, params)
    except RefusedError as error:
        raise UnavailableError(str(error)) from None


def _asked(client: WritingClient, target: ReplyTarget) -> Item:
    found = client.get(f"/posts/{int(target.native_id.rpartition(':')[2])}.json")
    if found.get("deleted_at"):  # shown to moderators only
        raise RefusedError(f"{client.server}: the post was deleted at {found['deleted_at']}")
    return {"topic_id": int(found["topic_id"]), "post_number": int(found["post_number"])}


def _address(client: WritingClient, topic: int, number: int) -> str:
    return f"{client.server}/t/{topic}/{number}"


@contextmanager
def _forum(city: City, options: Options, secrets: Secrets, target: ReplyTarget) -> Iterator[tuple[WritingClient, str]]:
    site = server_of(options, target.native_id)
    known = {address.rstrip("/"): one for address, one in secrets.discourse_users.items()}
    if site is None or site not in known:
        raise ConfigurationError(f"no user for {site or target.native_id}: set it in ESCUCHA_DISCOURSE_USERS")
    headers = {"Api-Key": known[site].key.get_secret_value(), "Api-Username": known[site].user}
    with open_writer(site, "ESCUCHA_DISCOURSE_USERS", user_agent(city), headers) as client:
        try:
            yield client, known[site].user
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnavailableError(f"{client.server} answered in another form than published ({error!r})") from error
