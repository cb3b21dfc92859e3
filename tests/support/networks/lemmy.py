"""Simulate a Lemmy server: counted pages, sorted by the dates that its messages claim."""

import ssl
from typing import Any

from collectors import lemmy
from tests.support.network import Network
from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub


class LemmyStub(Stub):
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.deleted: dict[int, Reply] = {}
        super().__init__(tls)

    def view(self, said: Said) -> dict[str, Any]:
        when = min(said.claimed or said.at, said.at)
        post = {"id": said.number, "name": said.text, "published": f"{when:%Y-%m-%dT%H:%M:%S.000000Z}"}
        creator = {"name": "vecina77", "actor_id": "https://lemmy.example/u/vecina77"}
        return {"post": post | {"ap_id": f"{self.url}/post/{said.number}"}, "creator": creator, "counts": {"upvotes": 3, "comments": 2}}

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/v3/post":
            number = int(request.query["id"])
            said = next(one for one in self.search.posts if one.number == number)
            return self.deleted.get(number, Reply({"post_view": self.view(said)}))
        size, number = int(request.query["limit"]), int(request.query["page"])
        ordered = sorted(self.search.posts, key=lambda said: (min(said.claimed or said.at, said.at), said.number), reverse=True)
        page = self.search.page(ordered[(number - 1) * size :], size, lambda _: str(number + 1), str(number))
        if isinstance(page, Reply):
            return page
        if request.path.endswith("/list"):
            return Reply({"posts": [self.view(said) for said in page[0]]})
        return Reply({"type_": request.query["type_"], "posts": [self.view(said) for said in page[0]], "comments": []})


class LemmyWorld(Network[LemmyStub, lemmy.Options]):
    source, module, secrets = "lemmy", lemmy, None
    essential = "published"
    essential_fields = frozenset({"kind", "post", "post.ap_id", "post.published", "post.name"}) | frozenset(
        {"comment", "comment.ap_id", "comment.published", "comment.content"}
    )
    page_size = 50
    tokens = False

    def __init__(self, stub: LemmyStub, **options: object) -> None:
        self.stub = stub
        made = lemmy.Options.model_validate({"servers": (stub.url,), "queries": ("Madrid",), "kinds": ("posts",), **options})
        super().__init__(stub.search, made, Reply({"error": "rate_limit_error"}, 429, {"Retry-After": "120"}))


STUB, WORLD = LemmyStub, LemmyWorld
