"""Decide by its source how much of a text is read."""

from core.config.thresholds import source_kind_of
from core.records.post import Post

OF_LETTERS = 2
"""44 % of the posts in cases were longer than one window; the card says what a second one changes."""


def is_letter(post: Post) -> bool:
    """Tell whether a post is a letter or a platform's text."""
    return source_kind_of(post.source, post.text, post.style) != "network"


def windows_read(post: Post) -> int:
    """Return how many windows of a post are read at most."""
    return OF_LETTERS if is_letter(post) else 1
