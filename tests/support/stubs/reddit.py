"""Simulate Reddit: keys, listings, look-up by ids, rate-limit headers.

Listings have at most 1,000 records.
"""

import ssl
from typing import Any
from urllib.parse import parse_qs

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.stubs.writing import Writing

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
REACH = 1000


def base36(number: int) -> str:
    return base36(number // 36) + DIGITS[number % 36] if number >= 36 else DIGITS[number]


def name_of(said: Said) -> str:
    return f"t3_{base36(said.number + 36**5)}"


def submission(said: Said, **changed: Any) -> dict[str, Any]:
    name = name_of(said)
    data = {
        "name": name,
        "id": name[3:],
        "title": "Bache",
        "selftext": said.text,
        "author": "vecina_de_lavapies",
        "author_fullname": "t2_1abc2d",
        "created_utc": said.at.timestamp(),
        "edited": False,
        "permalink": f"/r/Madrid/comments/{name[3:]}/bache/",
        "removed_by_category": None,
    }
    return {"kind": "t3", "data": data | changed}


def _when(record: dict[str, Any]) -> float:
    return float(record["data"]["created_utc"])


class RedditStub(Stub):
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.elsewhere: dict[str, list[dict[str, Any]]] = {}
        """Whole listings of other paths."""
        self.limits: dict[str, str] = {"x-ratelimit-remaining": "95.0", "x-ratelimit-reset": "580", "x-ratelimit-used": "1"}
        self.hidden: set[str] = set()
        """Submissions that are not there any more; as an anchor they answer nothing."""
        self.writing = Writing()
        self.own: list[dict[str, Any]] = []
        """Comments that the account `escucha` wrote, oldest first."""
        self.login: Reply | None = None
        """Answers every login instead."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            if request.headers.get("Authorization") != "Basic a2V5OnNlY3JldA==":  # key:secret
                return Reply({"message": "Unauthorized", "error": 401}, 401)
            if self.login is not None:
                return self.login
            form = parse_qs(request.body.decode())
            if form["grant_type"] == ["password"]:
                if (form["username"], form["password"]) != (["escucha"], ["password-of-test"]):
                    return Reply({"error": "invalid_grant"})
                return Reply({"access_token": "account", "token_type": "bearer", "expires_in": 86400, "scope": "*"})
            return Reply({"access_token": "t", "token_type": "bearer", "expires_in": 86400, "scope": "*"})
        signed = request.headers.get("Authorization") == "bearer account"
        if signed and request.path == "/api/comment/" and request.method == "POST":
            reply = self.write({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        elif signed and request.path == "/user/escucha/comments":
            reply = self.paged(self.own, request)
        else:
            reply = self.listed(request)
        reply.headers = {**self.limits, **reply.headers}
        return reply

    def write(self, form: dict[str, str]) -> Reply:
        """Take a comment; errors come with status 200, as from Reddit."""
        assert form["api_type"] == "json"

        def accept() -> Reply:
            short = base36(len(self.own) + 36**5)
            data = {
                "name": f"t1_{short}",
                "id": short,
                "body": form["text"],
                "author": "escucha",
                "parent_id": form["thing_id"],
                "link_id": "t3_abc",
                "created_utc": float(len(self.own)),
                "permalink": f"/r/Madrid/comments/abc/_/{short}/",
            }
            self.own.append({"kind": "t1", "data": data})
            return Reply({"json": {"errors": [], "data": {"things": [self.own[-1]]}}})

        return self.writing.take(accept)

    def listed(self, request: Request) -> Reply:
        path = request.path.strip("/")
        if path == "api/info":
            wanted = request.query["id"].split(",")
            known = [child for children in self.elsewhere.values() for child in children]
            return self.children([child for child in known if child["data"]["name"] in wanted], None)
        if path != "search":
            if path not in self.elsewhere:
                return Reply({"message": "Forbidden", "error": 403, "reason": "private"}, 403)
            return self.paged(self.elsewhere[path], request)
        anchor = request.query.get("after")
        posts = [said for said in self.search.posts if name_of(said) not in self.hidden]
        ordered = sorted(posts, key=lambda said: (said.at, said.number), reverse=True)[:REACH]
        names = [name_of(said) for said in ordered]
        plain = (anchor or "").rstrip("~")
        if plain in self.hidden:
            return self.children([], None)
        start = names.index(plain) + 1 if plain in names else 0
        page = self.search.page(ordered[start:], int(request.query["limit"]), lambda given: name_of(given[-1]), anchor)
        if isinstance(page, Reply):
            return page
        return self.children([submission(said) for said in page[0]], page[1])

    def paged(self, records: list[dict[str, Any]], request: Request) -> Reply:
        """Return a page, newest first, of at most 1,000 records.

        The anchor of a deleted record gives an empty page.
        """
        ordered = sorted(records, key=_when, reverse=True)[:REACH]
        names = [record["data"]["name"] for record in ordered]
        anchor, limit = request.query.get("after"), int(request.query["limit"])
        if anchor is not None and anchor not in names:
            return self.children([], None)
        start = 0 if anchor is None else names.index(anchor) + 1
        given = ordered[start : start + limit]
        more = len(ordered) > start + limit
        return self.children(given, given[-1]["data"]["name"] if more else None)

    def children(self, children: list[dict[str, Any]], after: str | None) -> Reply:
        return Reply({"kind": "Listing", "data": {"after": after, "children": children, "before": None}})
