"""Simulate a Mastodon server: hashtag timelines by `min_id` and `max_id`.

Correct, or faulty in the way of snac.
"""

import html
import json
import re
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def snowflake(said: Said) -> int:
    """Build the id from the date, as Mastodon does for late messages.

    They are therefore listed among the older ones.
    """
    when = min(said.claimed or said.at, said.at)
    return (round(when.timestamp() * 1000) << 16) + said.number


def uri_of(said: Said) -> str:
    return f"https://barrio.example/users/vecina/statuses/{snowflake(said)}"


def status(said: Said) -> dict[str, Any]:
    return {
        "id": str(snowflake(said)),
        "uri": uri_of(said),
        "url": f"https://barrio.example/@vecina/{snowflake(said)}",
        "created_at": stamp(said.claimed or said.at),
        "edited_at": None,
        "visibility": "public",
        "language": "es",
        "spoiler_text": "",
        "content": f"<p>{said.text} <a href='https://barrio.example/tags/madrid'>#<span>madrid</span></a></p>",
        "in_reply_to_id": None,
        "reblog": None,
        "account": {
            "id": "7",
            "acct": "vecina@barrio.example",
            "url": "https://barrio.example/@vecina",
            "uri": "https://barrio.example/users/vecina",
        },
    }


class MastodonStub(Stub):
    """Serve a timeline; `forgets` simulates servers with unknown ids.

    An id that is not in the timeline gets an empty page, as from snac, or with "everything" the newest.
    """

    def __init__(self, forgets: bool | str = False, tls: ssl.SSLContext | None = None) -> None:
        self.timeline = Listing()
        self.deleted: set[int] = set()
        self.forgets = forgets
        self.closed: int | None = None
        self.blocked = False
        """The author of every post blocks the account."""
        self.written: list[dict[str, Any]] = []
        """Posts of the account itself."""
        self.keys: dict[str, dict[str, Any]] = {}
        """Its posts of the last hour, by `Idempotency-Key`."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.path.rstrip("/") == "/api/v2/instance":
            return Reply({"version": "4.5.0", "configuration": {}})
        if request.path in self.own_methods():
            if request.headers.get("Authorization") != "Bearer token-of-test":
                return Reply({"error": "The access token is invalid"}, 401)
            return self.own_methods()[request.path](request)
        if request.path.endswith("/context"):
            parent = request.path.split("/")[4]
            return Reply({"ancestors": [], "descendants": [one for one in self.written if one["in_reply_to_id"] == parent]})
        if not request.path.startswith("/api/v1/timelines/tag/"):
            return Reply({"error": "Record not found"}, 404)
        if self.closed is not None:
            return Reply({"error": "This method requires an authenticated user"}, self.closed)
        return self.listed(request)

    def own_methods(self) -> dict[str, Callable[[Request], Reply]]:
        return {
            "/api/v1/accounts/verify_credentials": lambda _: Reply({"id": "99", "acct": "escucha"}),
            "/api/v1/accounts/relationships": lambda request: Reply([{"id": request.query["id[]"], "blocked_by": self.blocked}]),
            "/api/v2/search": self.found,
            "/api/v1/statuses": self.publish,
        }

    def found(self, request: Request) -> Reply:
        assert request.query["resolve"] == "true"
        there = [status(said) for said in self.timeline.posts if said.number not in self.deleted]
        return Reply({"accounts": [], "hashtags": [], "statuses": [s for s in there if s["uri"] == request.query["q"]]})

    def publish(self, request: Request) -> Reply:
        """Publish as Mastodon does: a key that was used returns the post of before; links are shortened."""
        given, key = json.loads(request.body), request.headers["Idempotency-Key"]
        if key in self.keys:
            return Reply(self.keys[key])
        counted = re.sub(r"https?://\S+", "x" * 23, re.sub(r"@(\w+)@\S+", r"@\1", given["status"]))
        if len(counted) > 500:
            return Reply({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
        text = re.sub(r"@(\w+)@\S+", r'<a href="x" class="u-url mention">@<span>\1</span></a>', html.escape(given["status"]))
        shown = r'<a href="\1\2"><span class="invisible">\1</span><span class="ellipsis">\2</span></a>'
        number = str(9_000_000 + len(self.written))
        made = {
            "id": number,
            "uri": f"{self.url}/users/escucha/statuses/{number}",
            "url": f"{self.url}/@escucha/{number}",
            "in_reply_to_id": given["in_reply_to_id"],
            "visibility": given["visibility"],
            "content": f"<p>{re.sub(r'(https?://)([^ <]+)', shown, text)}</p>",
            "text": given["status"],
            "account": {"id": "99", "acct": "escucha"},
        }
        self.written.append(made)
        self.keys[key] = made
        return Reply(made)

    def listed(self, request: Request) -> Reply:
        shown = {snowflake(said): said for said in self.timeline.posts if said.number not in self.deleted}
        anchor = request.query.get("min_id") or request.query.get("max_id")
        if self.forgets and anchor is not None and int(anchor) not in shown:
            self.timeline.asked += 1
            if self.forgets != "everything":
                return Reply([])
            newest = sorted(shown.values(), key=snowflake, reverse=True)
            return Reply([status(said) for said in newest[: int(request.query["limit"])]])
        if "min_id" in request.query:
            rest = [shown[i] for i in sorted(shown) if i > int(request.query["min_id"])]
        else:
            below = int(request.query.get("max_id", 1 << 80))
            rest = [shown[i] for i in sorted(shown, reverse=True) if i < below]
        page = self.timeline.page(rest, int(request.query["limit"]), lambda given: str(snowflake(given[-1])), anchor)
        if isinstance(page, Reply):
            return page
        return Reply([status(said) for said in sorted(page[0], key=snowflake, reverse=True)])
