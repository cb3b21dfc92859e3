"""Choose the posts that the assistant is given."""

import json
from collections.abc import Sequence

from core.privacy.in_city import redact_in_city
from core.quotes import quote
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
    """Tell whether a text may be given: no letters, no withheld texts."""
    return not post.own and quote(post) is not None


def posts_of(context: Context, period: Interval, filters: PostFilters) -> list[PostRecord]:
    """Return the newest posts of citizens in a period, oldest first.

    At most `max_posts` are read at a time, so that a long period fills no memory.
    """
    view = Window(now=period.end, zone=context.city.zone, since=period.start)
    within = filters | PostFilters(since=period.start, until=period.end)
    most = context.city.assistant.max_posts
    found: list[PostRecord] = []
    after = None
    while len(found) < most:
        rows = read.messages(context.ledger, of="citizens", after=after, limit=most, **within)
        found += [post for post in rows if may_leave(post) and all(holds(one, post, view) for one in CITIZENS)]
        if len(rows) < most:
            break
        after = (rows[-1].created_at, rows[-1].post_id)
    return found[:most][::-1]


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
        said = quote(post)
        if said is None:
            continue
        text = redact_in_city(said, context.city)[:LONGEST_POST]
        line = json.dumps({"id": f"P{number}", "text": text}, ensure_ascii=False)
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
        ids[f"P{number}"] = post.post_id
    return "\n".join(lines), ids
