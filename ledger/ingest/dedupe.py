"""Sort incoming posts into new, changed, duplicate and erased."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from core.records.post import Post
from core.text import without_attachments
from ledger import schema
from ledger.mapping import CHUNK


@dataclass
class SortedPage:
    """Hold the posts of a page by what is done with them."""

    new: dict[str, Post] = field(default_factory=dict)
    changed: dict[str, Post] = field(default_factory=dict)
    seen_again: dict[str, Post] = field(default_factory=dict)
    """Stored posts with the same text."""
    duplicate: int = 0
    returned: int = 0
    """Erased posts that came again."""


@dataclass
class KnownPosts:
    """Hold what the ledger has of the posts of a page."""

    texts: dict[str, tuple[str, datetime | None]]
    erased: set[str]


def find_known(connection: Connection, ids: Sequence[str]) -> KnownPosts:
    """Return what the ledger has of these ids.

    The rows stay locked: an erasure of one of them has to wait for this page.
    """
    posts, tombstones = schema.posts.c, schema.tombstones.c
    found, ids = KnownPosts({}, set()), sorted(ids)
    # Posts first, then tombstones: a post erased in between is seen as erased, never as new.
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = connection.execute(
            select(posts.post_id, posts.text, posts.edited_at).where(posts.post_id.in_(some)).order_by(posts.post_id).with_for_update()
        )
        found.texts |= {row.post_id: (row.text, row.edited_at) for row in rows}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found.erased |= set(connection.execute(select(tombstones.post_id).where(tombstones.post_id.in_(some))).scalars())
    return found


def sort_page(posts: Sequence[Post], stored: KnownPosts) -> SortedPage:
    """Sort the posts of a page.

    A post may occur twice in it, and an older version may come after a newer one.
    """
    known = SortedPage()
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
            known.seen_again[post.post_id] = post
    return known


def _is_newer(post: Post, text: str, edited_at: datetime | None) -> bool:
    """Tell whether this is another text and not a late older one.

    Networks add the title of a link later, and each server by itself: that alone is no edit, and no reason to decide a post again.
    """
    if post.text == text:
        return False
    is_dated_later = post.edited_at is not None and (edited_at is None or post.edited_at > edited_at)
    if without_attachments(post.text) == without_attachments(text) and not is_dated_later:
        return False
    if edited_at is None:
        return True
    return post.edited_at is not None and post.edited_at >= edited_at
