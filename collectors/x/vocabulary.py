"""Choose the field names that X accepts: `tweet.fields` or `post.fields`.

The latter belong to its contract of 2026-08-07. Officially both are in force. Which one works is found out from the responses (an
error that names the parameter, or missing fields) and kept in the cursor. In the newer one the author is an expansion, which may be
billed as a user read.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import tweepy

from collectors.paging.cursor import SourceCursor
from collectors.parsing import Item, object_of, objects_of
from core.records import Json

log = logging.getLogger("escucha")

OLD, NEW = "tweet.fields", "post.fields"
FIELDS = {
    OLD: tuple(
        """
        created_at lang conversation_id author_id referenced_tweets note_tweet edit_history_tweet_ids public_metrics entities
        """.split()
    ),
    NEW: ("id", "text", "created_at", "lang", "conversation_id", "note_post", "public_metrics", "entities"),
}
"""None of them costs anything, as an expansion would; the newer contract has references, edits and authors as expansions only."""
FOLLOWERS = "author_followers"
"""Our own key for the followers of a post's author, which X gives beside the posts."""
COUNTS = "public_metrics"
"""Field of a post's counts, and of its author's: the same in both."""
ALWAYS_PRESENT = "created_at"
"""Requested in both, and every post has it: without it the parameter was ignored."""
USUAL = ("author_id", "conversation_id", "lang")
"""Nearly every post has them, where they are requested (`collectors.usual_fields`)."""
USER_USD = 0.010
"""Price of a user (X's price list of August 2026)."""


@dataclass
class Vocabulary:
    """Hold the field names that X accepts, as known so far."""

    name: str = OLD
    with_authors: bool = False
    """Request authors where they are an expansion."""
    with_followers: bool = False
    """Request authors wherever they are an expansion, with their followers."""
    ignored_on: str = ""
    """The day on which both were ignored; not retried on that day."""
    changed: bool = field(default=False, init=False)
    """It differs from what the cursor holds."""
    ignored: bool = field(default=False, init=False)
    """The last response had none of the fields, by either name: unlike a field that is present and empty."""

    @classmethod
    def of(cls, cursor: Json | None, with_authors: bool, with_followers: bool = False) -> "Vocabulary":
        """Continue from the cursor."""
        known = SourceCursor.look_into(cursor).vocabulary
        name = known.get("name", OLD)
        return cls(name if name in FIELDS else OLD, with_authors, with_followers, known.get("ignored_on", ""))

    def as_json(self) -> Json:
        """Return the form stored in the cursor."""
        return {"name": self.name, **({"ignored_on": self.ignored_on} if self.ignored_on else {})}

    def params(self) -> dict[str, str]:
        """Return the request parameters for the fields."""
        authors = {"expansions": "author_id"} if self.expands_authors else {}
        followers = {"user.fields": COUNTS} if self.with_followers else {}
        return {self.name: ",".join(FIELDS[self.name]), **authors, **followers}

    def usual(self) -> tuple[str, ...]:
        """Return the fields that nearly every post has in this contract."""
        asked = {*FIELDS[self.name], *(("author_id",) if self.expands_authors else ())}
        return () if self.ignored else tuple(one for one in USUAL if one in asked)

    @property
    def expands_authors(self) -> bool:
        """Tell whether each post may include a user that is billed."""
        return self.with_followers or (self.with_authors and self.name == NEW)

    @property
    def extra_usd(self) -> float:
        """Return what a post may cost beside its own price."""
        return USER_USD if self.expands_authors else 0.0

    def send(self, ask: Callable[[], dict[str, Any]], is_refused: Callable[[Exception], str], now: datetime) -> Any:
        """Send a request; if its fields are rejected, with the others.

        Args:
            ask: sends one request with the current fields, and pays for it.
            is_refused: X's message if it rejected the request itself; empty for every other failure.
            now: the moment of this run.
        """
        try:
            response = ask()
        except Exception as error:
            if self.name not in is_refused(error):
                raise
            self._turn()
            response = ask()
            self._warn()
            return response
        today = now.astimezone(UTC).date().isoformat()
        self.ignored = _are_ignored(response)
        if not self.ignored or self.ignored_on == today:
            return response
        self._turn()
        try:
            again = ask()  # posts of the same day are billed once
        except Exception as error:
            if self.name not in is_refused(error):
                raise
            again = response
        self.ignored = _are_ignored(again)
        if self.ignored:
            self._turn()
            self.ignored_on = today
            log.warning("X ignores both tweet.fields and post.fields: threads and authors of posts are unknown")
        else:
            self._warn()
        return again

    def _warn(self) -> None:
        if self.name == NEW and not self.with_authors:
            log.warning(
                "X now requires post.fields and returns authors as an expansion only: the city's own posts cannot be recognised; "
                "set expand_authors in [sources.x] to pay for authors"
            )

    def _turn(self) -> None:
        self.name, self.changed = NEW if self.name == OLD else OLD, True


def with_followers(response: dict[str, Any]) -> list[Item]:
    """Return a response's posts, each with its author's followers.

    Of the authors that X includes nothing else is used: no name, no description.
    """
    users = objects_of(object_of(response, "includes"), "users")
    followers = {str(one.get("id")): object_of(one, "public_metrics").get("followers_count") for one in users}
    posts: list[Any] = response.get("data") or []
    return [
        {**one, FOLLOWERS: followers[str(one.get("author_id"))]}
        if isinstance(one, dict) and str(one.get("author_id")) in followers
        else one
        for one in posts
    ]


def _are_ignored(response: dict[str, Any]) -> bool:
    posts = [one for one in response.get("data") or [] if isinstance(one, dict)]
    return bool(posts) and not any(ALWAYS_PRESENT in one for one in posts)


def send_query(client: tweepy.Client, route: str, params: dict[str, str]) -> Any:
    """Send one request. tweepy's own methods support the older parameters only."""
    return client.request("GET", route, params=params).json()


def format_time(moment: datetime) -> str:
    """Format a time as X accepts it, to the second.

    >>> format_time(datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC))
    '2026-11-24T10:00:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
