"""Is a post that comes in new, known, changed, or one that was erased and must not return?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from core.post import Post
from ledger import schema
from ledger.mapping import CHUNK


@dataclass
class Known:
    """A page sorted out."""

    new: dict[str, Post] = field(default_factory=dict)
    changed: dict[str, Post] = field(default_factory=dict)
    duplicate: int = 0
    returned: int = 0
    """Erased posts that were delivered again."""


@dataclass
class Stored:
    """What the ledger has of the posts of a page."""

    texts: dict[str, tuple[str, datetime | None]]
    erased: set[str]


def known_posts(connection: Connection, ids: Sequence[str]) -> Stored:
    """What is known of these ids. The rows stay locked: who erases one of them now has to wait for this page."""
    posts, stubs = schema.posts.c, schema.stubs.c
    found, ids = Stored({}, set()), sorted(ids)
    # First the posts, then the stubs: one that is erased between the two is seen as erased, never as new.
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = connection.execute(
            select(posts.post_id, posts.text, posts.edited_at)
            .where(posts.post_id.in_(some))
            .order_by(posts.post_id)
            .with_for_update()
        )
        found.texts |= {row.post_id: (row.text, row.edited_at) for row in rows}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found.erased |= set(connection.execute(select(stubs.post_id).where(stubs.post_id.in_(some))).scalars())
    return found


def sort_out(posts: Sequence[Post], stored: Stored) -> Known:
    """Sort a page: a post may stand in it twice, and an older version may come after a newer one."""
    known = Known()
    for post in posts:
        if post.post_id in stored.erased:
            known.returned += 1
        elif post.post_id in known.new:
            known.duplicate += 1
            if _is_newer(post, known.new[post.post_id].text, known.new[post.post_id].edited_at):
                known.new[post.post_id] = post
        elif post.post_id not in stored.texts:
            known.new[post.post_id] = post
        elif _is_newer(post, *stored.texts[post.post_id]):
            known.duplicate += post.post_id in known.changed  # counted as updated once
            known.changed[post.post_id] = post
            stored.texts[post.post_id] = (post.text, post.edited_at)
        else:
            known.duplicate += 1
    return known


def _is_newer(post: Post, text: str, edited_at: datetime | None) -> bool:
    """True when this is another text, and not an older one that comes late."""
    if post.text == text:
        return False
    if edited_at is None:
        return True
    return post.edited_at is not None and post.edited_at >= edited_at
