"""Simulate a Discourse forum: the latest posts, fifty at a time."""

import json
import ssl
from typing import Any

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub


def message(said: Said, **changed: object) -> dict[str, Any]:
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
        self.written: list[dict[str, Any]] = []
        """Posts of the user of the API key."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if "Api-Key" in request.headers:
            return self.of_user(request)
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

    def of_user(self, request: Request) -> Reply:
        """Answer requests with an API key, as Discourse 3.5 does."""
        if request.headers["Api-Key"] != "key-of-test":
            words = "You are not permitted to view the requested resource. The API username or key is invalid."
            return Reply({"errors": [words], "error_type": "invalid_access"}, 403)
        if request.path == "/user_actions.json":
            assert (request.query["filter"], request.query["username"]) == ("5", "ayuntamiento")
            start = int(request.query["offset"])
            return Reply({"user_actions": self.written[::-1][start : start + 30]})
        if request.path == "/posts.json":
            return self.publish(json.loads(request.body))
        number = int(request.path.removeprefix("/posts/").removesuffix(".json"))
        own = next((one for one in self.written if one["post_id"] == number), None)
        there = {said.number: said for said in self.search.posts if said.number not in self.deleted}
        if own is None and number not in there:
            return Reply({"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}, 404)
        return Reply(own or message(there[number]))

    def publish(self, given: dict[str, Any]) -> Reply:
        if len(given["raw"]) > 32_000:
            words = f"Body is limited to 32000 characters; you entered {len(given['raw'])}."
            return Reply({"action": "create_post", "errors": [words]}, 422)
        if any(one["raw"] == given["raw"] for one in self.written):
            words = "Body is too similar to what you recently posted"
            return Reply({"action": "create_post", "errors": [words]}, 422)
        place = {"topic_id": given["topic_id"], "reply_to_post_number": given["reply_to_post_number"]}
        made = {"post_id": 9000 + len(self.written), "post_number": 2 + len(self.written), "raw": given["raw"], **place}
        self.written.append(made)
        return Reply({"id": made["post_id"], "post_number": made["post_number"], "topic_id": made["topic_id"]})
