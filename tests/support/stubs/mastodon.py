"""A Mastodon server as the collector meets it: hashtag timelines by `min_id` and `max_id`, honest or as snac does it."""

import ssl
from datetime import datetime

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def snowflake(said: Said) -> int:
    """Mastodon makes the id of a message that came in late from its date, so it stands among the older ones."""
    when = min(said.claimed or said.at, said.at)
    return (round(when.timestamp() * 1000) << 16) + said.number


def uri_of(said: Said) -> str:
    return f"https://barrio.example/users/vecina/statuses/{snowflake(said)}"


def status(said: Said) -> dict:
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
    """`forgets`: an id that does not stand in the timeline is answered with nothing, as snac does, or with "everything"."""

    def __init__(self, forgets: bool | str = False, tls: ssl.SSLContext | None = None) -> None:
        self.timeline = Listing()
        self.deleted: set[int] = set()
        self.forgets = forgets
        self.closed: int | None = None
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.path.rstrip("/") == "/api/v2/instance":
            return Reply({"version": "4.5.0", "configuration": {}})
        if not request.path.startswith("/api/v1/timelines/tag/"):
            return Reply({"error": "Record not found"}, 404)
        if self.closed is not None:
            return Reply({"error": "This method requires an authenticated user"}, self.closed)
        return self.listed(request)

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
