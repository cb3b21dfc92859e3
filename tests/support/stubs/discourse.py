"""A Discourse forum as the collector meets it: the latest posts, fifty at a time."""

import ssl

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub


def message(said: Said, **changed: object) -> dict:
    moment = (said.claimed or said.at).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "id": said.number,
        "username": "vecina77",
        "user_id": 7,
        "created_at": moment,
        "updated_at": moment,
        "version": 1,
        "cooked": f"<p>{said.text}</p>",
        "post_number": 1,
        "topic_id": said.number,
        "topic_slug": "bache",
        "topic_title": "Bache",
    } | changed


class DiscourseStub(Stub):
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.deleted: set[int] = set()
        self.includes_before = False
        """As versions until 2026 do."""
        self.hidden: set[int] = set()
        """What strangers may not see: those versions take it out of a page of fifty, and put nothing in its place."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.path != "/posts.json":
            number = int(request.path.removeprefix("/posts/").removesuffix(".json"))
            return Reply({"errors": ["gone"]}, 404) if number in self.deleted else Reply({"id": number})
        before = request.query.get("before")
        ordered = sorted(self.search.posts, key=lambda said: said.number, reverse=True)
        below = None if before is None else int(before) + self.includes_before
        rest = [said for said in ordered if below is None or said.number < below]
        page = self.search.page(rest, 50, lambda given: str(given[-1].number + 1), before)
        if isinstance(page, Reply):
            return page
        return Reply({"latest_posts": [message(said) for said in page[0] if said.number not in self.hidden]})
