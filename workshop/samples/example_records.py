"""Format a post as the record of a network.

The collectors of X, Mastodon, Bluesky, Reddit and a mailbox parse these records.
"""

import html
import re
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

Record = dict[str, Any]
NETWORK_OF = {"x": "x", "mastodon": "mastodon", "bluesky": "bluesky", "forum": "reddit", "webform": "mailbox", "mailbox": "mailbox"}
"""Network by channel of the data set; messages of a web form are forwarded by e-mail."""
SERVER = "https://mastodon.example"
COUNCIL = "quejas@ayto.example"
X_EPOCH_MS = 1_288_834_974_657
LONGEST_SUBJECT = 90
FEW_LIKES, FEW_SHARES, FEW_REPLIES = 60, 20, 8
"""About the most that a made-up post has of each; most have next to none."""
FOLLOWERS = 20_000
VIEWS_A_LIKE = 40
_FIRST_SENTENCE = re.compile(r"(.+?[.?!…])\s+(.+)", re.DOTALL)


@dataclass(frozen=True)
class ExamplePost:
    """Describe one post of the month."""

    key: str
    network: str
    text: str
    at: datetime
    author: str
    reply_to: "ExamplePost | None" = None
    incident: str | None = None
    actionable: bool = False

    @property
    def root(self) -> "ExamplePost":
        """Return the first post of the conversation."""
        return self if self.reply_to is None else self.reply_to.root


def record_of(one: ExamplePost) -> Record:
    """Return the record for the collector, without place and retrieval time."""
    return _RECORDS[one.network](one)


def _number(text: str, below: int) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % below


def _up_to(text: str, most: int) -> int:
    """Return a count whose median is the square root of `most`."""
    share = _number(text, 10**6) / 10**6
    return int(most**share) - 1


def _counts(one: ExamplePost) -> tuple[int, int, int]:
    """Return made-up likes, shares and replies of a post."""
    return (_up_to(f"likes {one.key}", FEW_LIKES), _up_to(f"shares {one.key}", FEW_SHARES), _up_to(f"replies {one.key}", FEW_REPLIES))


def _followers(one: ExamplePost) -> int:
    return _up_to(f"followers {one.author}", FOLLOWERS)


def _letters(text: str, length: int) -> str:
    return b32encode(sha256(text.encode()).digest()).decode().lower()[:length]


def _x(one: ExamplePost) -> Record:
    native_id = _x_id(one)
    likes, shares, replies = _counts(one)
    item: Record = {
        "id": native_id,
        "edit_history_tweet_ids": [native_id],
        "text": html.escape(one.text, quote=False),
        "created_at": _utc(one),
        "author_id": str(10**9 + _number(one.author, 10**9)),
        "conversation_id": _x_id(one.root),
        "lang": "es",
        "author_followers": _followers(one),
        "public_metrics": {
            "like_count": likes,
            "retweet_count": shares,
            "quote_count": 0,
            "reply_count": replies,
            "impression_count": VIEWS_A_LIKE * (1 + likes) + _number(f"views {one.key}", 100),
        },
    }
    if one.reply_to is not None:
        item["referenced_tweets"] = [{"type": "replied_to", "id": _x_id(one.reply_to)}]
    return {"item": item}


def _x_id(one: ExamplePost) -> str:
    """Return an id of X: its upper bits hold the time."""
    return str(((round(one.at.timestamp() * 1000) - X_EPOCH_MS) << 22) + _number(one.key, 1 << 22))


def _mastodon(one: ExamplePost) -> Record:
    account = f"{SERVER}/users/{_letters(one.author, 10)}"
    likes, shares, replies = _counts(one)
    item = {
        "id": _x_id(one),
        "uri": f"{account}/statuses/{_x_id(one)}",
        "url": f"{account.replace('/users/', '/@')}/{_x_id(one)}",
        "created_at": _utc(one),
        "visibility": "public",
        "language": "es",
        "spoiler_text": "",
        "content": "".join(f"<p>{html.escape(line)}</p>" for line in one.text.split("\n") if line.strip()),
        "in_reply_to_id": None if one.reply_to is None else _x_id(one.reply_to),
        "reblog": None,
        "favourites_count": likes,
        "reblogs_count": shares,
        "replies_count": replies,
        "account": {"acct": _letters(one.author, 10), "uri": account, "followers_count": _followers(one)},
    }
    return {"item": item, "server": SERVER}


def _bluesky(one: ExamplePost) -> Record:
    record: Record = {"$type": "app.bsky.feed.post", "text": one.text, "createdAt": _utc(one), "langs": ["es"]}
    if one.reply_to is not None:
        record["reply"] = {"root": {"uri": _at(one.root)}, "parent": {"uri": _at(one.reply_to)}}
    handle = f"{_letters(one.author, 10)}.bsky.example"
    likes, shares, replies = _counts(one)
    counts = {"likeCount": likes, "repostCount": shares, "quoteCount": 0, "replyCount": replies}
    author = {"did": _did(one), "handle": handle}
    return {"item": {"uri": _at(one), "author": author, "record": record, "indexedAt": _utc(one), **counts}}


def _did(one: ExamplePost) -> str:
    return f"did:plc:{_letters(one.author, 24)}"


def _at(one: ExamplePost) -> str:
    return f"at://{_did(one)}/app.bsky.feed.post/3{_letters(one.key, 12)}"


def _reddit(one: ExamplePost) -> Record:
    likes, _, replies = _counts(one)
    data: Record = {
        "name": _thing(one),
        "score": 1 + likes,
        "subreddit": "Ejemplo",
        "author": _letters(one.author, 10),
        "author_fullname": f"t2_{_letters(one.author, 8)}",
        "created_utc": one.at.timestamp(),
        "edited": False,
    }
    if one.reply_to is None:
        title, rest = _cut(one.text)
        return {
            "item": {"kind": "t3", "data": {**data, "num_comments": replies, "title": title or one.text, "selftext": rest if title else ""}}
        }
    comment = {"body": one.text, "link_id": _thing(one.root), "parent_id": _thing(one.reply_to)}
    return {"item": {"kind": "t1", "data": data | comment}}


def _thing(one: ExamplePost) -> str:
    return f"{'t3' if one.reply_to is None else 't1'}_{_letters(one.key, 8)}"


def _mailbox(one: ExamplePost) -> Record:
    """Format an e-mail message; a short first sentence becomes the subject."""
    subject, rest = _cut(one.text)
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    mail["Message-ID"] = f"<{_letters(one.key, 16)}@correo.example>"
    if one.reply_to is not None:
        mail["In-Reply-To"] = f"<{_letters(one.reply_to.key, 16)}@correo.example>"
    mail["Date"] = format_datetime(one.at)
    mail["From"] = f"{_letters(one.author, 10)}@correo.example"
    mail["To"] = COUNCIL
    mail["Subject"] = subject.rstrip(".")
    mail.set_content((rest if subject else one.text) + "\n", charset="utf-8", cte="8bit")
    content = mail.as_bytes().decode("utf-8")
    item = {"uid": 1, "size": len(content), "received": one.at.isoformat(), "mail": content}
    return {"item": item, "own_domains": []}


def _cut(text: str) -> tuple[str, str]:
    """Split off the first sentence if it fits a subject.

    Returns an empty first part if it is too long or the only sentence.

    >>> _cut("Hay un bache. Lleva meses.")
    ('Hay un bache.', 'Lleva meses.')
    """
    found = _FIRST_SENTENCE.fullmatch(text)
    if found is None or len(found[1]) > LONGEST_SUBJECT or "\n" in found[1]:
        return "", text
    return found[1], found[2]


def _utc(one: ExamplePost) -> str:
    return one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


_RECORDS: dict[str, Callable[[ExamplePost], Record]] = {
    "x": _x,
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    "reddit": _reddit,
    "mailbox": _mailbox,
}
