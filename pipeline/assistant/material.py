"""Choose the posts that the assistant is given."""

import json
from collections.abc import Sequence

from core.privacy.redaction.text import redact
from core.records.post import PRIVATE_SOURCES
from core.records.read_models import PostRecord
from dashboards.filters import holds
from dashboards.panels import CITIZENS, Window
from ledger import read
from ledger.read import PostFilters
from pipeline.context import Context
from reports.build.period import Interval

LONGEST_POST = 1_000
"""Characters of a post that are given."""


def may_leave(post: PostRecord) -> bool:
    """Tell whether a text may be given: no e-mails and forms."""
    return post.source not in PRIVATE_SOURCES and not post.own


def posts_of(context: Context, period: Interval, filters: PostFilters) -> list[PostRecord]:
    """Return posts of citizens in a period, spread evenly over it."""
    view = Window(now=period.end, zone=context.city.zone, since=period.start)
    within = filters | PostFilters(since=period.start, until=period.end)
    found = [
        post
        for post in read.post_records(context.ledger, order="oldest", **within)
        if may_leave(post) and all(holds(condition, post, view) for condition in CITIZENS)
    ]
    most = context.city.assistant.max_posts
    step = max(1.0, len(found) / most)
    return [found[int(at * step)] for at in range(min(most, len(found)))]


def as_data(context: Context, posts: Sequence[PostRecord], room: int) -> tuple[str, dict[str, str]]:
    """Return posts as JSON, and their ids by their numbers.

    The texts are redacted again: the rules may have become stricter since they were stored. Posts that do not fit are left out.

    Args:
        context: the open context.
        posts: those to give.
        room: characters that the JSON may have.
    """
    lines: list[str] = []
    ids: dict[str, str] = {}
    for number, post in enumerate(posts, 1):
        text = redact(post.text, keep=context.city.handles)[:LONGEST_POST]
        line = json.dumps({"id": f"P{number}", "text": text}, ensure_ascii=False)
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
        ids[f"P{number}"] = post.post_id
    return "\n".join(lines), ids
