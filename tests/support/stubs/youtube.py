"""Simulate the YouTube Data API.

Comment threads, replies, look-up by ids, a key, a quota, refusals by reason.
"""

import json
import ssl
from html import escape
from typing import Any
from urllib.parse import parse_qs

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.stubs.writing import Writing

KEY = "key-of-test"
CHANNEL = "UC" + "m" * 22
VIDEO = "dQw4w9WgXcQ"
OWN = "UC" + "o" * 22
"""Channel of the login that writes."""


def refusal(status: int, reason: str, headers: dict[str, str] | None = None) -> Reply:
    error = {"code": status, "message": "refused", "errors": [{"reason": reason, "domain": "youtube"}]}
    return Reply({"error": error}, status, headers or {})


def id_of(said: Said) -> str:
    return f"Ugx{said.number:06d}AaABAg"


def comment(native_id: str, published: str, text: str, **changed: Any) -> dict[str, Any]:
    snippet = {
        "videoId": VIDEO,
        "textDisplay": text,
        "textOriginal": text,
        "authorDisplayName": "@vecina-de-lavapies",
        "authorChannelId": {"value": "UC" + "v" * 22},
        "publishedAt": published,
        "updatedAt": published,
    }
    return {"kind": "youtube#comment", "id": native_id, "snippet": snippet | changed}


def thread(said: Said, replies: list[dict[str, Any]] | None = None, total: int = 0) -> dict[str, Any]:
    top = comment(id_of(said), said.at.strftime("%Y-%m-%dT%H:%M:%SZ"), said.text)
    snippet = {"videoId": VIDEO, "topLevelComment": top, "totalReplyCount": total or len(replies or []), "isPublic": True}
    found = {"kind": "youtube#commentThread", "id": top["id"], "snippet": snippet}
    return found | ({"replies": {"comments": replies}} if replies else {})


class YoutubeStub(Stub):
    """Serve one channel whose comments are `search`.

    `beside` are the replies listed with a comment, `replies` all it has.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.beside: dict[str, list[dict[str, Any]]] = {}
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.reply_page = 100
        self.closed: dict[str, Reply] = {}
        """Channels, videos or comments that refuse."""
        self.deleted: set[str] = set()
        self.shut: set[str] = set()
        """Comments that refuse every list in which they stand."""
        self.writing = Writing()
        self.sent: list[tuple[str, str]] = []
        """Comment and text of every answer, as sent."""
        self.login: Reply | None = None
        """Answers every login instead."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.path == "/token":
            return self.logged_in(parse_qs(request.body.decode()))
        signed = request.headers.get("Authorization") == "Bearer access-of-test"
        if signed and request.method == "POST":
            return self.write(json.loads(request.body))
        if signed and request.path == "/youtube/v3/channels" and request.query["mine"] == "true":
            return Reply({"items": [{"id": OWN}]})
        if not signed and request.headers.get("X-Goog-Api-Key") != KEY:
            return refusal(400, "badRequest") if not request.headers.get("X-Goog-Api-Key") else refusal(400, "API_KEY_INVALID")
        query = request.query
        subject = query.get("allThreadsRelatedToChannelId") or query.get("videoId") or query.get("parentId") or ""
        if subject in self.closed:
            return self.closed[subject]
        if request.path == "/youtube/v3/commentThreads":
            return self.threads(query)
        if request.path == "/youtube/v3/comments" and "parentId" in query:
            start = int(query.get("pageToken", 0))
            rest = self.replies.get(subject, [])[start:]
            more = {"nextPageToken": str(start + self.reply_page)} if len(rest) > self.reply_page else {}
            return Reply({"items": rest[: self.reply_page], **more})
        if request.path == "/youtube/v3/comments":
            wanted = query["id"].split(",")
            if self.shut & {*wanted}:
                return refusal(403, "forbidden")
            known = {id_of(said) for said in self.search.posts} | {one["id"] for two in self.replies.values() for one in two}
            snippet = {"snippet": {"likeCount": 4}} if "snippet" in query.get("part", "").split(",") else {}
            return Reply({"items": [{"id": one, **snippet} for one in wanted if one in known - self.deleted]})
        return refusal(404, "notFound")

    def logged_in(self, form: dict[str, list[str]]) -> Reply:
        if self.login is not None:
            return Reply(self.login.body, self.login.status, {}, self.login.cut)
        if form["refresh_token"] != ["refresh-of-test"] or form["client_secret"] != ["secret-of-test"]:
            return Reply({"error": "invalid_grant"}, 400)
        return Reply({"access_token": "access-of-test", "expires_in": 3599, "token_type": "Bearer"})

    def write(self, body: dict[str, Any]) -> Reply:
        """Take a reply; YouTube shows its text with HTML entities."""
        parent, text = body["snippet"]["parentId"], body["snippet"]["textOriginal"]

        def accept() -> Reply:
            self.sent.append((parent, text))
            native_id = f"{parent}.own{len(self.sent)}"
            made = comment(
                native_id, "2026-11-24T12:00:00Z", text, textDisplay=escape(text), authorChannelId={"value": OWN}, parentId=parent
            )
            del made["snippet"]["videoId"], made["snippet"]["textOriginal"]
            self.replies.setdefault(parent, []).append(made)
            return Reply(made)

        return self.writing.take(accept)

    def threads(self, query: dict[str, str]) -> Reply:
        token = query.get("pageToken")
        ordered = sorted(self.search.posts, key=lambda said: (said.at, said.number), reverse=True)
        names = [id_of(said) for said in ordered]
        anchor = (token or "").rstrip("~")
        if anchor and anchor not in names:
            return refusal(400, "invalidPageToken")
        start = names.index(anchor) + 1 if anchor else 0
        page = self.search.page(ordered[start:], int(query["maxResults"]), lambda given: id_of(given[-1]), token)
        if isinstance(page, Reply):
            return page
        items = [self.shown(said) for said in page[0]]
        return Reply({"items": items, **({"nextPageToken": page[1]} if page[1] else {})})

    def shown(self, said: Said) -> dict[str, Any]:
        name = id_of(said)
        return thread(said, self.beside.get(name), len(self.replies.get(name, [])))
