"""Find the style of a record: network, platform or letter."""

from typing import cast

from collectors.archive.columns import Row
from core.config.thresholds import has_handle_or_tag
from core.records.post import Kind, Style

LETTER = 500
"""Characters above which an untitled text is a letter: Mastodon, the most generous of the networks with short posts, ends there."""


def style_of(row: Row, text: str, kind: Kind, style: str = "auto") -> Style:
    """Return the style of a record.

    `style`: the profile's, for all records.

    Proposals of a platform have a title and below them comments; a post of a network has neither, and often a handle or a tag.

    >>> style_of({}, "Aquí también, y van dos días", "reply"), style_of({"title": "Más bancos"}, "Más bancos. Pido", "post")
    ('network', 'platform')
    """
    if style != "auto":
        return cast(Style, style)
    if has_handle_or_tag(text):
        return "network"
    if "title" in row or kind == "comment":
        return "platform"
    return "letter" if len(text) > LETTER else "network"
