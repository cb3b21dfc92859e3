"""Asks X for posts in the words it takes: `tweet.fields` of old, or `post.fields` of its contract of 2026-08-07.

Both are in force on paper. Which one works is learned from the answers (a refusal that names the parameter, or fields that do not
come) and kept in the cursor. In the newer one the author is an expansion, which may be billed as a user read.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import tweepy

from collectors.paging.cursor import SourceCursor
from core.records import Json

log = logging.getLogger("escucha")

OLD, NEW = "tweet.fields", "post.fields"
FIELDS = {
    OLD: (
        "created_at",
        "lang",
        "conversation_id",
        "author_id",
        "referenced_tweets",
        "note_tweet",
        "edit_history_tweet_ids",
    ),
    NEW: ("id", "text", "created_at", "lang", "conversation_id", "note_post"),
}
"""None of them costs anything, as an expansion would; the newer contract gives references, edits and authors as expansions alone."""
ALWAYS_COMES = "created_at"
"""Asked for in both, and every post has it: where it does not come the fields were not understood."""
USER_USD = 0.010
"""Of a user (X's price list of August 2026)."""


@dataclass
class Vocabulary:
    """Which words X takes, as far as this run and those before it know."""

    name: str = OLD
    with_authors: bool = False
    """Ask for authors where they are an expansion."""
    ignored_on: str = ""
    """The day on which neither was understood; not tried again on that day."""
    changed: bool = field(default=False, init=False)
    """Something was learned that the cursor does not know yet."""

    @classmethod
    def of(cls, cursor: Json | None, with_authors: bool) -> "Vocabulary":
        """Go on from what the cursor keeps."""
        known = SourceCursor.look_into(cursor).vocabulary
        name = known.get("name", OLD)
        return cls(name if name in FIELDS else OLD, with_authors, known.get("ignored_on", ""))

    def as_json(self) -> Json:
        """Give what the cursor keeps."""
        return {"name": self.name, **({"ignored_on": self.ignored_on} if self.ignored_on else {})}

    def params(self) -> dict[str, str]:
        """Give the parameters that ask for the fields."""
        authors = {"expansions": "author_id"} if self.expands_authors else {}
        return {self.name: ",".join(FIELDS[self.name]), **authors}

    @property
    def expands_authors(self) -> bool:
        """Tell whether each post may bring a user that is billed."""
        return self.with_authors and self.name == NEW

    @property
    def usd_more(self) -> float:
        """Give what a post may cost beside the post itself."""
        return USER_USD if self.expands_authors else 0.0

    def asked(self, ask: Callable[[], dict[str, Any]], is_refused: Callable[[Exception], str], now: datetime) -> Any:
        """Ask, and ask once more in the other vocabulary where this one is not understood.

        Args:
            ask: sends one request, in the vocabulary of the moment, and pays for it.
            is_refused: the words in which X did not accept the request itself; empty for every other failure.
            now: the moment of this run.
        """
        try:
            answer = ask()
        except Exception as error:
            if self.name not in is_refused(error):
                raise
            self._turn()
            answer = ask()
            self._warn()
            return answer
        today = now.astimezone(UTC).date().isoformat()
        if not _are_ignored(answer) or self.ignored_on == today:
            return answer
        self._turn()
        try:
            again = ask()  # posts of the same day are billed once
        except Exception as error:
            if self.name not in is_refused(error):
                raise
            again = answer
        if _are_ignored(again):
            self._turn()
            self.ignored_on = today
            log.warning("X gives of posts neither tweet.fields nor post.fields: threads and authors cannot be told")
        else:
            self._warn()
        return again

    def _warn(self) -> None:
        if self.name == NEW and not self.with_authors:
            log.warning(
                "X takes post.fields now and gives authors as an expansion only: the city's own posts cannot be told from others; "
                "set expand_authors in [sources.x] to pay for them"
            )

    def _turn(self) -> None:
        self.name, self.changed = NEW if self.name == OLD else OLD, True


def _are_ignored(answer: dict[str, Any]) -> bool:
    posts = [one for one in answer.get("data") or [] if isinstance(one, dict)]
    return bool(posts) and not any(ALWAYS_COMES in one for one in posts)


def send_query(client: tweepy.Client, route: str, params: dict[str, str]) -> Any:
    """Send one request; tweepy's own methods know the older parameters only."""
    return client.request("GET", route, params=params).json()


def as_x_writes(moment: datetime) -> str:
    """Write a moment as X takes it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
