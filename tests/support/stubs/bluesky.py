"""Bluesky as the collector meets it: sign-in, search with a counting cursor, look-up; a cursor it does not know is a 500."""

import ssl
from datetime import datetime

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def uri_of(said: Said) -> str:
    return f"at://{DID}/app.bsky.feed.post/3k{said.number:08d}"


def sort_at(said: Said) -> datetime:
    return min(said.claimed or said.at, said.at)


def post_view(said: Said) -> dict:
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
        "indexedAt": stamp(said.at),
        "labels": [],
    }


class BlueskyStub(Stub):
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.deleted: set[str] = set()
        self.left_out: set[str] = set()
        """There, but look-ups leave them out: their authors block us, or the index has a fault."""
        self.invalid_status = 500
        self.epoch = 1
        """Grows when the index is built again: cursors of before are unknown then."""
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
            return Reply({"posts": [post_view(there[uri]) for uri in request.lists["uris"] if uri in there]})
        if method == "com.atproto.repo.getRecord":
            return self.record(request)
        return Reply({"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 501)

    def there(self) -> dict[str, Said]:
        return {uri_of(said): said for said in self.search.posts if uri_of(said) not in self.deleted}

    def record(self, request: Request) -> Reply:
        uri = "at://{repo}/{collection}/{rkey}".format(**request.query)
        if uri not in self.there():
            return Reply({"error": "RecordNotFound", "message": f"Could not locate record: {uri}"}, 400)
        return Reply({"uri": uri, "cid": "bafyreib2rxk3rh6kzwq", "value": post_view(self.there()[uri])["record"]})

    def session(self, request: Request) -> Reply:
        if b"app-password-of-test" not in request.body:
            return Reply({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
        # header and claims of a token that never expires; nobody checks the signature here
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
        body: dict = {"posts": [post_view(said) for said in given], "hitsTotal": len(ordered)}
        return Reply(body | ({"cursor": following} if following else {}))
