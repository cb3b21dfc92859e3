"""Simulate X: recent search, mentions, counts and look-up by ids.

With every behaviour observed so far.
"""

import json
import re
import ssl
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.stubs.writing import Writing

OLD, NEW = "tweet.fields", "post.fields"
MODES: dict[str, tuple[set[str], set[str], str]] = {
    "old": ({OLD}, {NEW}, OLD),
    "new": ({NEW}, {OLD}, NEW),
    "old ignored": ({NEW}, set(), NEW),
    "answers new": ({OLD}, {NEW}, NEW),
    "all ignored": (set(), set(), OLD),
    "all refused": (set(), {OLD, NEW}, OLD),
}
"""By mode: which parameter is understood, which is refused (any other is ignored), and in whose names it answers."""
NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "total_tweet_count": "total_post_count",
}
EXPANDED = {"author_id", "referenced_posts", "edit_history_post_ids"}
"""What the newer contract gives for an expansion only."""
EPOCH_MS = 1_288_834_974_657
READ_USD, OWNED_READ_USD = 0.005, 0.001
ACCOUNT = "12345"
"""Id of the account that writes."""
USER_METRICS = {"followers_count": 48_213, "following_count": 12, "post_count": 900, "listed_count": 3}
"""What X requires of a user's metrics (`UserPublicMetrics` of its OpenAPI document)."""
LINK = re.compile(r"https?://\S*[\w/]|\b[\w-]+(?:\.[\w-]+)+\b")
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def snowflake(said: Said) -> int:
    return ((round(said.at.timestamp() * 1000) - EPOCH_MS) << 22) + said.number


def tweet(said: Said) -> dict[str, Any]:
    native_id = str(snowflake(said))
    return {
        "id": native_id,
        "edit_history_tweet_ids": [native_id],
        "text": said.text,
        "created_at": said.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": "2244994945",
        "conversation_id": native_id,
        "lang": "es",
    }


class XStub(Stub):
    """Serve posts in one of X's contracts (`mode`, one of `MODES`).

    `more`: further fields of a post, by its number, in the older names.

    `too_old`: a lower bound before this is refused, as X does after 7 days. `newest_id` of an empty response: absent or "".

    `bill`: what each post costs on each day (UTC): once, at the highest price at which it was returned.
    """

    def __init__(self, empty_newest_id: bool = False, tls: ssl.SSLContext | None = None, mode: str = "old") -> None:
        self.mode = mode
        self.more: dict[int, dict[str, Any]] = {}
        self.search = Listing()
        self.mentions = Listing()
        self.deleted: set[str] = set()
        self.counts: dict[str, int] = {}
        self.too_old: datetime | None = None
        self.bill: dict[tuple[date, str], float] = {}
        self.empty_newest_id = empty_newest_id
        self.writing = Writing()
        self.own: list[dict[str, Any]] = []
        """Posts that the account wrote, oldest first."""
        self.written_usd = 0.0
        self.users_asked = 0
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        signed = request.headers.get("Authorization", "")
        if signed.startswith("OAuth ") and f'oauth_token="{ACCOUNT}-token"' in signed and "oauth_signature=" in signed:
            if request.path == "/2/tweets" and request.method == "POST":
                return self.write(json.loads(request.body))
            if request.path == f"/2/users/{ACCOUNT}/tweets":
                return self.own_posts(request)
        if request.headers.get("Authorization") != "Bearer token-of-test":
            return Reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if request.path == "/2/tweets/search/recent":
            return self.listed(self.search, request, request.query.get("next_token"))
        if request.path == "/2/tweets/counts/recent":
            total = NAMES["total_tweet_count"] if MODES[self.mode][2] == NEW else "total_tweet_count"
            return Reply({"data": [], "meta": {total: self.count(request.query["query"])}})
        if request.path == "/2/tweets":
            return self.looked_up(request)
        if request.path.endswith("/mentions"):
            return self.listed(self.mentions, request, request.query.get("pagination_token"))
        return Reply({"title": "Not Found"}, 404)

    def write(self, body: dict[str, Any]) -> Reply:
        """Take a reply as X does: escaped, with short links and mention."""
        text, target = body["text"], body["reply"]["in_reply_to_tweet_id"]
        if any(one["sent"] == body for one in self.own):
            return Reply({"detail": DUPLICATE, "type": "about:blank", "title": "Forbidden", "status": 403}, 403)

        def accept() -> Reply:
            native_id = str(((round(datetime.now(UTC).timestamp() * 1000) - EPOCH_MS) << 22) + len(self.own))
            link = len(LINK.findall(text)) > 0
            self.written_usd += 0.2 if link else 0.015
            listed = "@vecina " + escape(LINK.sub(f"https://t.co/{len(self.own)}abc", text), quote=False)
            whole = tweet(Said(0, datetime.now(UTC))) | {
                "id": native_id,
                "edit_history_tweet_ids": [native_id],
                "text": listed,
                "conversation_id": target,
                "author_id": ACCOUNT,
                "referenced_tweets": [{"type": "replied_to", "id": target}],
            }
            self.own.append({"sent": body, "whole": whole})
            return Reply({"data": {"id": native_id, "text": listed, "edit_history_tweet_ids": [native_id]}}, 201)

        return self.writing.take(accept)

    def own_posts(self, request: Request) -> Reply:
        """List the account's posts, newest first."""
        if (refusal := self.refused(request)) is not None:
            return refusal
        since, start = int(request.query["since_id"]), int(request.query.get("pagination_token", "0"))
        size = int(request.query["max_results"])
        found = [one["whole"] for one in reversed(self.own) if int(one["whole"]["id"]) > since]
        given = found[start : start + size]
        self.charge([one["id"] for one in given], READ_USD)
        meta = {"result_count": len(given)} | ({"next_token": str(start + size)} if len(found) > start + size else {})
        return Reply({"meta": meta} | ({"data": [self.picked(one, request) for one in given]} if given else {}))

    def shown(self, said: Said, request: Request) -> dict[str, Any]:
        """Return the post with the requested fields.

        Those whose names this server accepts, and those that are always present.
        """
        return self.picked(tweet(said) | self.more.get(said.number, {}), request)

    def picked(self, whole: dict[str, Any], request: Request) -> dict[str, Any]:
        """Return the requested fields of a post."""
        understood, _, names = MODES[self.mode]
        asked = {one for name in understood for one in request.query.get(name, "").split(",")}
        if names == NEW:
            whole = {NAMES.get(key, key): value for key, value in whole.items()}
            asked |= set(request.query.get("expansions", "").split(","))  # its only way to an author's id
            asked |= {NAMES.get(one, one) for one in asked}
        always = {"id", "text", *(("edit_history_tweet_ids",) if names == OLD else ())}
        return {key: value for key, value in whole.items() if key in always | asked}

    def refused(self, request: Request) -> Reply | None:
        for name in MODES[self.mode][1] & set(request.query):
            message = f"The query parameter [{name}] is not one of [query,start_time,end_time,since_id,max_results,expansions]"
            error = {"parameters": {name: [request.query[name]]}, "message": message}
            return Reply({"errors": [error], "title": "Invalid Request", "detail": "One or more parameters was invalid."}, 400)
        return None

    def listed(self, listing: Listing, request: Request, token: str | None) -> Reply:
        if (refusal := self.refused(request)) is not None:
            return refusal
        since = int(request.query.get("since_id", "0"))
        if since and self.too_old and since < snowflake(Said(0, self.too_old)):
            message = "'since_id' must be a tweet id created after [7 days ago]. Please use a 'since_id' that is larger"
            return Reply({"errors": [{"message": message}], "title": "Invalid Request", "status": 400}, 400)
        if "since_id" in request.query and "start_time" in request.query:
            return Reply({"errors": [{"message": "since_id and start_time together"}], "title": "Invalid Request"}, 400)
        start = datetime.fromisoformat(request.query["start_time"]) if "start_time" in request.query else None
        if start and self.too_old and start < self.too_old:
            message = f"Invalid 'start_time':'{request.query['start_time']}'. 'start_time' must be on or after [7 days ago]."
            return Reply({"errors": [{"message": message}], "title": "Invalid Request", "status": 400}, 400)
        below = int(token.rstrip("~")) if token and token.rstrip("~") else None
        found = [s for s in listing.posts if snowflake(s) > since and (start is None or s.at >= start)]
        rest = sorted((s for s in found if below is None or snowflake(s) < below), key=snowflake, reverse=True)
        page = listing.page(rest, int(request.query["max_results"]), lambda given: str(snowflake(given[-1])), token)
        if isinstance(page, Reply):
            return page
        given, following = page
        meta: dict[str, Any] = {"result_count": len(given)}
        if following:
            meta["next_token"] = following
        if not given:
            return Reply({"meta": meta | ({"newest_id": ""} if self.empty_newest_id else {})})
        self.charge([str(snowflake(said)) for said in given], READ_USD if "query" in request.query else OWNED_READ_USD)
        meta |= {"newest_id": str(snowflake(given[0])), "oldest_id": str(snowflake(given[-1]))}
        data = [self.shown(said, request) for said in given]
        return Reply({"data": data, "meta": meta, **self.included(data, request)})

    def included(self, data: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        """Return the authors that the request expands, with the fields it names."""
        if "author_id" not in request.query.get("expansions", "").split(","):
            return {}
        fields = {"public_metrics": USER_METRICS} if request.query.get("user.fields") == "public_metrics" else {}
        self.users_asked += len(data)
        authors = dict.fromkeys(one["author_id"] for one in data)
        return {"includes": {"users": [{"id": one, "name": "Ana", "username": "ana", **fields} for one in authors]}}

    def charge(self, ids: list[str], price: float) -> None:
        """Add these posts to today's bill."""
        today = datetime.now(UTC).date()
        self.bill |= {(today, one): max(price, self.bill.get((today, one), 0.0)) for one in ids}

    def count(self, query: str) -> int:
        """Return `counts` of the query, without suffixes; else all posts."""
        known = [words for words in self.counts if query == words or query.startswith(f"{words} ")]
        return self.counts[known[0]] if known else len(self.search.posts)

    def looked_up(self, request: Request) -> Reply:
        if (refusal := self.refused(request)) is not None:
            return refusal
        ids = request.query["ids"].split(",")
        known = {str(snowflake(said)): said for said in self.search.posts}
        data = [self.shown(known[i], request) for i in ids if i in known.keys() - self.deleted]
        self.charge([str(item["id"]) for item in data], READ_USD)
        errors = [
            {"resource_id": i, "resource_type": "tweet", "title": "Not Found Error", "parameter": "ids", "value": i}
            for i in ids
            if i in self.deleted
        ]
        return Reply({"data": data, "errors": errors} if data else {"errors": errors})
