"""X as the X collector meets it: recent search, mentions, counts and look-up by ids, in every mood seen."""

import ssl
from datetime import UTC, date, datetime

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub

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


def snowflake(said: Said) -> int:
    return ((round(said.at.timestamp() * 1000) - EPOCH_MS) << 22) + said.number


def tweet(said: Said) -> dict:
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
    """`mode`: which contract it speaks (`MODES`). `more`: further fields of a post, by its number, in the older names.

    `too_old`: a lower bound before this is refused, as X does after 7 days. `newest_id` of an empty answer: absent or "".

    `bill`: what each post costs on each day (UTC): once, at the highest price it was handed out for.
    """

    def __init__(self, empty_newest_id: bool = False, tls: ssl.SSLContext | None = None, mode: str = "old") -> None:
        self.mode = mode
        self.more: dict[int, dict] = {}
        self.search = Listing()
        self.mentions = Listing()
        self.deleted: set[str] = set()
        self.counts: dict[str, int] = {}
        self.too_old: datetime | None = None
        self.bill: dict[tuple[date, str], float] = {}
        self.empty_newest_id = empty_newest_id
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != "Bearer token-of-test":
            return Reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if request.path == "/2/tweets/search/recent":
            return self.listed(self.search, request, request.query.get("next_token"))
        if request.path == "/2/tweets/counts/recent":
            total = NAMES["total_tweet_count"] if MODES[self.mode][2] == NEW else "total_tweet_count"
            return Reply({"data": [], "meta": {total: self.count(request.query["query"])}})
        if request.path == "/2/tweets":
            return self.looked_up(request.query["ids"].split(","))
        if request.path.endswith("/mentions"):
            return self.listed(self.mentions, request, request.query.get("pagination_token"))
        return Reply({"title": "Not Found"}, 404)

    def shown(self, said: Said, request: Request) -> dict:
        """The post with the fields that were asked for in words this server understands, and those that come always."""
        understood, _, names = MODES[self.mode]
        asked = {one for name in understood for one in request.query.get(name, "").split(",")}
        whole = tweet(said) | self.more.get(said.number, {})
        if names == NEW:
            whole = {NAMES.get(key, key): value for key, value in whole.items()}
            asked |= set(request.query.get("expansions", "").split(","))
            asked |= {NAMES.get(one, one) for one in asked}
        always = {"id", "text", *(("edit_history_tweet_ids",) if names == OLD else ())}
        return {key: value for key, value in whole.items() if key in always | asked}

    def refused(self, request: Request) -> Reply | None:
        for name in MODES[self.mode][1] & set(request.query):
            message = f"The query parameter [{name}] is not one of [query,start_time,end_time,since_id,max_results,expansions]"
            error = {"parameters": {name: [request.query[name]]}, "message": message}
            return Reply(
                {"errors": [error], "title": "Invalid Request", "detail": "One or more parameters was invalid."}, 400
            )
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
            message = (
                f"Invalid 'start_time':'{request.query['start_time']}'. 'start_time' must be on or after [7 days ago]."
            )
            return Reply({"errors": [{"message": message}], "title": "Invalid Request", "status": 400}, 400)
        below = int(token.rstrip("~")) if token and token.rstrip("~") else None
        found = [s for s in listing.posts if snowflake(s) > since and (start is None or s.at >= start)]
        rest = sorted((s for s in found if below is None or snowflake(s) < below), key=snowflake, reverse=True)
        page = listing.page(rest, int(request.query["max_results"]), lambda given: str(snowflake(given[-1])), token)
        if isinstance(page, Reply):
            return page
        given, following = page
        meta: dict = {"result_count": len(given)}
        if following:
            meta["next_token"] = following
        if not given:
            return Reply({"meta": meta | ({"newest_id": ""} if self.empty_newest_id else {})})
        self.charge([str(snowflake(said)) for said in given], READ_USD if "query" in request.query else OWNED_READ_USD)
        meta |= {"newest_id": str(snowflake(given[0])), "oldest_id": str(snowflake(given[-1]))}
        return Reply({"data": [self.shown(said, request) for said in given], "meta": meta})

    def charge(self, ids: list[str], price: float) -> None:
        """Put these posts on the bill of today."""
        today = datetime.now(UTC).date()
        self.bill |= {(today, one): max(price, self.bill.get((today, one), 0.0)) for one in ids}

    def count(self, query: str) -> int:
        """What `counts` says of the query, whatever is added to it; else all there is."""
        known = [words for words in self.counts if query == words or query.startswith(f"{words} ")]
        return self.counts[known[0]] if known else len(self.search.posts)

    def looked_up(self, ids: list[str]) -> Reply:
        known = {str(snowflake(said)) for said in self.search.posts}
        data = [{"id": i, "text": "...", "edit_history_tweet_ids": [i]} for i in ids if i in known - self.deleted]
        self.charge([item["id"] for item in data], READ_USD)
        errors = [
            {"resource_id": i, "resource_type": "tweet", "title": "Not Found Error", "parameter": "ids", "value": i}
            for i in ids
            if i in self.deleted
        ]
        return Reply({"data": data, "errors": errors} if data else {"errors": errors})
