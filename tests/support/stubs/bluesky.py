"""Simulate Bluesky: sign-in, search with an offset cursor, look-up.

An unknown cursor is answered with 500.
"""

import json
import ssl
from datetime import datetime
from typing import Any

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def uri_of(said: Said) -> str:
    return f"at://{DID}/app.bsky.feed.post/3k{said.number:08d}"


def sort_at(said: Said) -> datetime:
    return min(said.claimed or said.at, said.at)


def post_view(said: Said) -> dict[str, Any]:
    return {
        "uri": uri_of(said),
        "cid": "bafyreib2rxk3rh6kzwq",
        "author": {"did": DID, "handle": "vecina.test"},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": said.text,
            "createdAt": stamp(said.claimed or said.at),
            "langs": ["es"],
            "embed": {"$type": "app.bsky.embed.somethingNew", "x": 1},
        },
        "replyCount": 3,
        "repostCount": 2,
        "likeCount": 5,
        "quoteCount": 1,
        "indexedAt": stamp(said.at),
        "labels": [],
    }


class BlueskyStub(Stub):
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.deleted: set[str] = set()
        self.left_out: set[str] = set()
        """Existing posts that look-ups omit: their authors block us, or the index has a fault."""
        self.invalid_status = 500
        self.blocked: set[str] = set()
        """Posts whose authors block the account; they are shown with that mark."""
        self.written: dict[str, dict[str, Any]] = {}
        """Records of the account itself, by URI."""
        self.epoch = 1
        """Increases when the index is rebuilt: earlier cursors are unknown then."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        method = request.path.rpartition("/")[2]
        if method == "com.atproto.server.createSession":
            return self.session(request)
        if "Authorization" not in request.headers:
            return Reply({"error": "AuthMissing", "message": "Authentication Required"}, 401)
        if method == "app.bsky.feed.searchPosts":
            return self.searched(request)
        if method == "app.bsky.feed.getPosts":
            there = {uri: said for uri, said in self.there().items() if uri not in self.left_out}
            views = [post_view(there[uri]) for uri in request.lists["uris"] if uri in there]
            for view in views:
                view["author"]["viewer"] = {"blockedBy": view["uri"] in self.blocked}
            return Reply({"posts": views})
        if method == "com.atproto.repo.putRecord":
            return self.put(request)
        if method == "com.atproto.repo.getRecord":
            return self.record(request)
        return Reply({"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 501)

    def there(self) -> dict[str, Said]:
        return {uri_of(said): said for said in self.search.posts if uri_of(said) not in self.deleted}

    def record(self, request: Request) -> Reply:
        uri = "at://{repo}/{collection}/{rkey}".format(**request.query)
        if uri in self.written:
            return Reply({"uri": uri, "cid": "bafyreiownrecord", "value": self.written[uri]})
        if uri not in self.there():
            return Reply({"error": "RecordNotFound", "message": f"Could not locate record: {uri}"}, 400)
        return Reply({"uri": uri, "cid": "bafyreib2rxk3rh6kzwq", "value": post_view(self.there()[uri])["record"]})

    def put(self, request: Request) -> Reply:
        """Follow the lexicon com.atproto.repo.putRecord and the rules of the server for a post."""
        given = json.loads(request.body)
        uri = "at://{repo}/{collection}/{rkey}".format(**given)
        assert given["repo"] == DID
        assert {"uri", "cid"} == set(given["record"]["reply"]["root"]) == set(given["record"]["reply"]["parent"])
        if len(given["record"]["text"]) > 300:
            length = len(given["record"]["text"])  # the words of its own servers, version 0.6.7 of their package
            words = f"Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got {length}) at $.record.text"
            return Reply({"error": "InvalidRequest", "message": words}, 400)
        if uri in self.written and "swapRecord" in given and given["swapRecord"] is None:
            return Reply({"error": "InvalidSwap", "message": "Record was at bafyreiownrecord"}, 400)
        self.written[uri] = given["record"]
        return Reply({"uri": uri, "cid": "bafyreiownrecord", "validationStatus": "valid"})

    def session(self, request: Request) -> Reply:
        if b"app-password-of-test" not in request.body:
            return Reply({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
        # header and claims of a token that never expires; the signature is not checked here
        token = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDAsInN1YiI6ImRpZDpwbGM6eiJ9.c2ln"  # noqa: S105
        return Reply({"accessJwt": token, "refreshJwt": token, "handle": "escucha.test", "did": DID, "active": True})

    def searched(self, request: Request) -> Reply:
        token = request.query.get("cursor")
        epoch, _, offset = (token or f"{self.epoch}:0").rstrip("~").partition(":")
        if epoch and int(epoch) != self.epoch:
            return Reply({"error": "InternalServerError", "message": "Internal Server Error"}, self.invalid_status)
        start = int(offset or 0)
        ordered = sorted(self.search.posts, key=lambda said: (sort_at(said), said.number), reverse=True)
        size = int(request.query["limit"])
        page = self.search.page(ordered[start:], size, lambda given: f"{self.epoch}:{start + len(given)}", token)
        if isinstance(page, Reply):
            return page
        given, following = page
        body: dict[str, Any] = {"posts": [post_view(said) for said in given], "hitsTotal": len(ordered)}
        return Reply(body | ({"cursor": following} if following else {}))
