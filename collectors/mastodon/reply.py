"""Answer posts on Mastodon and compatible servers, each once.

The account may be on any server; the post is looked up there by its address. `Idempotency-Key` prevents a second post for an hour (and
only on servers that implement it), so an answer that may have arrived is searched among the replies to the post first.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr

from collectors.http.writing import WritingClient, letters_of, open_writer
from collectors.mastodon import Options
from collectors.parsing import Item
from core.config import plugins
from core.config.city import City
from core.errors import RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.user_agent import user_agent

VARIABLES = "ESCUCHA_MASTODON_REPLY_SERVER and ESCUCHA_MASTODON_REPLY_TOKEN"

SNAC_STAMP = 10
"""Characters before the hash in an id of snac: seconds, which it does not read."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_MASTODON_REPLY_SERVER` and `ESCUCHA_MASTODON_REPLY_TOKEN`."""

    mastodon_reply_server: str = Field(pattern=r"^https?://[^\s/?#]+/?$")
    """Address of the server of the city's account, such as `https://mastodon.social`."""
    mastodon_reply_token: SecretStr
    """Access token of that account with the scopes `read` and `write:statuses`."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str:
    """Publish the answer below the post; return its address.

    The author is mentioned: without a mention the answer would not reach another server.

    Raises:
        ConfigurationError: the token is rejected.
        RefusedError: the post was deleted, its author blocks the account, or the text is too long.
        UnavailableError: surely not published.
        OutcomeUnknownError: may have been published.
    """
    with _account(city, secrets) as client:
        post = _local_post(client, target)
        if post is None:
            raise RefusedError(f"{client.server} finds no post {target.native_id}: it was deleted, or cannot be fetched")
        _check_not_blocked(client, post)
        status = {"status": _with_mention(post, text), "in_reply_to_id": post["id"], "visibility": options.reply_visibility}
        if target.language:
            status["language"] = target.language.partition("-")[0]  # Mastodon takes ISO 639
        published = client.post("/api/v1/statuses", status, {"Idempotency-Key": f"escucha-{key}"})
        if not isinstance(published, dict) or not isinstance(published.get("id"), str):
            raise client.lost("the response is not a post")
        return _address(published)


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str | None:
    """Search the account's replies to the post for the answer."""
    with _account(city, secrets) as client:
        post = _local_post(client, target)
        if post is None:
            return None
        own = client.get("/api/v1/accounts/verify_credentials")["id"]
        try:
            replies = client.get(f"/api/v1/statuses/{post['id']}/context")["descendants"]
        except RefusedError as error:  # the post was deleted in between
            raise UnavailableError(str(error)) from None
        texts = {letters_of(text), letters_of(_with_mention(post, text)), letters_of(_short_mention(post, text))}
        found = (
            one
            for one in replies
            if one["account"]["id"] == own and one["in_reply_to_id"] == post["id"] and letters_of(one["content"], is_html=True) in texts
        )
        return next(map(_address, found), None)


def _local_post(client: WritingClient, target: ReplyTarget) -> Item | None:
    """Return the post as the account's server shows it.

    The server fetches it from the author's server if necessary. Where its search finds only posts of the account's own timeline, as
    snac's, the post is asked for by its id.
    """
    for address in dict.fromkeys(filter(None, [target.native_id, target.url])):
        params = {"q": address, "type": "statuses", "resolve": "true", "limit": "5"}
        try:
            found = client.get("/api/v2/search", params)["statuses"]
        except RefusedError as error:
            raise UnavailableError(str(error)) from None
        matching = (one for one in found if one["uri"] == target.native_id)
        if (post := next(matching, None)) is not None:
            return {**post, "id": str(post["id"])}
    for number in _likely_ids(client, target):
        try:
            post = client.get(f"/api/v1/statuses/{number}")
        except RefusedError:  # no such post here
            continue
        if post["uri"] == target.native_id:
            return {**post, "id": str(post["id"])}
    return None


def _likely_ids(client: WritingClient, target: ReplyTarget) -> Iterator[str]:
    """Yield the ids that the account's server may know the post by.

    Mastodon ends its own addresses with the id. snac takes any ten characters and the MD5 of the address, of any server's post.
    """
    last = target.native_id.rpartition("/")[2]
    if target.native_id.startswith(f"{client.server}/") and last.isascii() and last.isdigit():
        yield last
    yield f"{'0' * SNAC_STAMP}{hashlib.md5(target.native_id.encode(), usedforsecurity=False).hexdigest()}"


def _check_not_blocked(client: WritingClient, post: Item) -> None:
    """Raise if the author blocks the account.

    The server would otherwise publish an answer that the author never sees.
    """
    relations = client.get("/api/v1/accounts/relationships", {"id[]": str(post["account"]["id"])})
    if any(one.get("blocked_by") for one in relations):
        raise RefusedError(f"{client.server}: the author blocks this account (blocked_by)")


def _with_mention(post: Item, text: str) -> str:
    mention = f"@{post['account']['acct']}"
    return text if mention.casefold() in text.casefold() else f"{mention} {text}"


def _short_mention(post: Item, text: str) -> str:
    """Return the text as it is shown: a mention without its server."""
    acct = str(post["account"]["acct"])
    return _with_mention(post, text).replace(f"@{acct}", f"@{acct.partition('@')[0]}", 1)


def _address(status: Item) -> str:
    return str(status.get("url") or status["uri"])


@contextmanager
def _account(city: City, secrets: Secrets) -> Iterator[WritingClient]:
    token = secrets.mastodon_reply_token.get_secret_value()
    # snac cuts connections that are used again
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    with open_writer(secrets.mastodon_reply_server, VARIABLES, user_agent(city), headers) as client:
        try:
            yield client
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnavailableError(f"{client.server} answered in another form than published ({error!r})") from error
