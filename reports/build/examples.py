"""Choose the posts that a report quotes.

They are the complaint with the highest score of each frequent topic, one praise and one suggestion.
"""

from collections import Counter

from core.records.post import PRIVATE_SOURCES
from core.records.read_models import PostRecord
from reports.build.statistics import QuotedPost
from reports.document.plain_text import shortened

EXAMPLES = 6
CHARACTERS = 300
OTHERS = ("praise", "suggestion")


class Choice:
    """Hold the best example seen so far for each topic."""

    def __init__(self) -> None:
        self.topics: Counter[str] = Counter()
        self.best: dict[tuple[str, str], PostRecord] = {}

    def consider(self, post: PostRecord) -> None:
        """Keep the post if it is the best example so far.

        Posts written as examples for Escucha are never quoted.
        """
        if (
            post.example
            or post.topic is None
            or post.intent not in ("complaint", *OTHERS)
            or post.source in PRIVATE_SOURCES
            or post.withheld
        ):
            return
        if post.intent == "complaint":
            self.topics[post.topic] += 1
        key = (post.intent, post.topic if post.intent == "complaint" else "")
        if key not in self.best or _rank(post) > _rank(self.best[key]):
            self.best[key] = post

    def examples(self) -> tuple[QuotedPost, ...]:
        """Return the chosen posts, the most frequent topic first."""
        ranked = sorted(self.topics, key=lambda topic: (-self.topics[topic], topic))[:EXAMPLES]
        keys = [*(("complaint", topic) for topic in ranked), *((intent, "") for intent in OTHERS)]
        return tuple(_example(self.best[key]) for key in keys if key in self.best)


def _rank(post: PostRecord) -> tuple[bool, float, str]:
    """Return the sort key: posts in a case first, then by score.

    The id makes the choice deterministic.
    """
    sure = post.actionable_score if post.intent == "complaint" else post.intent_score
    return post.case_key is not None, sure or 0.0, post.post_id


def _example(post: PostRecord) -> QuotedPost:
    return QuotedPost(
        post_id=post.post_id,
        intent=str(post.intent),
        topic=str(post.topic),
        text=quoted(post.text),
        language=post.language or "und",
        source=post.source,
        created_at=post.created_at,
        place=post.place,
        case_key=post.case_key,
        replay=post.replay,
    )


def quoted(text: str) -> str:
    """Return a post's text as a report quotes it."""
    return shortened(text, CHARACTERS)
