"""Write a post as a network would give it: the records that the collectors of X, Mastodon, Bluesky, Reddit and a mailbox parse."""

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
NETWORK_OF = {
    "x": "x",
    "mastodon": "mastodon",
    "bluesky": "bluesky",
    "forum": "reddit",
    "webform": "mailbox",
    "mailbox": "mailbox",
}
"""The network by the channel of the data set; what came by a web form is forwarded as a letter."""
SERVER = "https://mastodon.example"
COUNCIL = "quejas@ayto.example"
X_EPOCH_MS = 1_288_834_974_657
LONGEST_SUBJECT = 90
_FIRST_SENTENCE = re.compile(r"(.+?[.?!…])\s+(.+)", re.DOTALL)


@dataclass(frozen=True)
class Said:
    """One post of the week."""

    key: str
    network: str
    text: str
    at: datetime
    author: str
    answers: "Said | None" = None

    @property
    def root(self) -> "Said":
        """The post that began the conversation."""
        return self if self.answers is None else self.answers.root


def record_of(one: Said) -> Record:
    """Return what the network's collector parses, without where it stands and when it was read."""
    return _RECORDS[one.network](one)


def _number(text: str, below: int) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % below


def _letters(text: str, length: int) -> str:
    return b32encode(sha256(text.encode()).digest()).decode().lower()[:length]


def _x(one: Said) -> Record:
    native_id = _x_id(one)
    item: Record = {
        "id": native_id,
        "edit_history_tweet_ids": [native_id],
        "text": html.escape(one.text, quote=False),
        "created_at": _utc(one),
        "author_id": str(10**9 + _number(one.author, 10**9)),
        "conversation_id": _x_id(one.root),
        "lang": "es",
    }
    if one.answers is not None:
        item["referenced_tweets"] = [{"type": "replied_to", "id": _x_id(one.answers)}]
    return {"item": item}


def _x_id(one: Said) -> str:
    """Ids of X hold the time in their upper bits."""
    return str(((round(one.at.timestamp() * 1000) - X_EPOCH_MS) << 22) + _number(one.key, 1 << 22))


def _mastodon(one: Said) -> Record:
    account = f"{SERVER}/users/{_letters(one.author, 10)}"
    item = {
        "id": _x_id(one),
        "uri": f"{account}/statuses/{_x_id(one)}",
        "url": f"{account.replace('/users/', '/@')}/{_x_id(one)}",
        "created_at": _utc(one),
        "visibility": "public",
        "language": "es",
        "spoiler_text": "",
        "content": "".join(f"<p>{html.escape(line)}</p>" for line in one.text.split("\n") if line.strip()),
        "in_reply_to_id": None if one.answers is None else _x_id(one.answers),
        "reblog": None,
        "account": {"acct": _letters(one.author, 10), "uri": account},
    }
    return {"item": item, "server": SERVER}


def _bluesky(one: Said) -> Record:
    record: Record = {"$type": "app.bsky.feed.post", "text": one.text, "createdAt": _utc(one), "langs": ["es"]}
    if one.answers is not None:
        record["reply"] = {"root": {"uri": _at(one.root)}, "parent": {"uri": _at(one.answers)}}
    handle = f"{_letters(one.author, 10)}.bsky.example"
    author = {"did": _did(one), "handle": handle}
    return {"item": {"uri": _at(one), "author": author, "record": record, "indexedAt": _utc(one)}}


def _did(one: Said) -> str:
    return f"did:plc:{_letters(one.author, 24)}"


def _at(one: Said) -> str:
    return f"at://{_did(one)}/app.bsky.feed.post/3{_letters(one.key, 12)}"


def _reddit(one: Said) -> Record:
    data: Record = {
        "name": _thing(one),
        "subreddit": "Ejemplo",
        "author": _letters(one.author, 10),
        "author_fullname": f"t2_{_letters(one.author, 8)}",
        "created_utc": one.at.timestamp(),
        "edited": False,
    }
    if one.answers is None:
        title, rest = _cut(one.text)
        return {"item": {"kind": "t3", "data": {**data, "title": title or one.text, "selftext": rest if title else ""}}}
    comment = {"body": one.text, "link_id": _thing(one.root), "parent_id": _thing(one.answers)}
    return {"item": {"kind": "t1", "data": data | comment}}


def _thing(one: Said) -> str:
    return f"{'t3' if one.answers is None else 't1'}_{_letters(one.key, 8)}"


def _mailbox(one: Said) -> Record:
    """A letter; what fits a subject is the subject."""
    subject, rest = _cut(one.text)
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    mail["Message-ID"] = f"<{_letters(one.key, 16)}@correo.example>"
    if one.answers is not None:
        mail["In-Reply-To"] = f"<{_letters(one.answers.key, 16)}@correo.example>"
    mail["Date"] = format_datetime(one.at)
    mail["From"] = f"{_letters(one.author, 10)}@correo.example"
    mail["To"] = COUNCIL
    mail["Subject"] = subject.rstrip(".")
    mail.set_content((rest if subject else one.text) + "\n", charset="utf-8", cte="8bit")
    content = mail.as_bytes().decode("utf-8")
    item = {"uid": 1, "size": len(content), "received": one.at.isoformat(), "mail": content}
    return {"item": item, "own_domains": []}


def _cut(text: str) -> tuple[str, str]:
    """The first sentence where it is short, and the rest; no first sentence where it is long or all there is."""
    found = _FIRST_SENTENCE.fullmatch(text)
    if found is None or len(found[1]) > LONGEST_SUBJECT or "\n" in found[1]:
        return "", text
    return found[1], found[2]


def _utc(one: Said) -> str:
    return one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


_RECORDS: dict[str, Callable[[Said], Record]] = {
    "x": _x,
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    "reddit": _reddit,
    "mailbox": _mailbox,
}
