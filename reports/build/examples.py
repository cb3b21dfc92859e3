"""Chooses the posts a report quotes: the surest complaint about each of the most frequent topics, one praise, one suggestion."""

from collections import Counter

from core.post import SENT_TO_THE_COUNCIL
from core.read_models import PostRecord
from reports.build.statistics import Example
from reports.document.plain_text import shortened

EXAMPLES = 6
CHARACTERS = 300
OTHERS = ("praise", "suggestion")


class Choice:
    """The best posts seen so far; one a topic is remembered, not all."""

    def __init__(self) -> None:
        self.topics: Counter[str] = Counter()
        self.best: dict[tuple[str, str], PostRecord] = {}

    def look_at(self, post: PostRecord) -> None:
        """Keep the post when it is a better example than what was kept; what was written for Escucha is never quoted."""
        if (
            post.example
            or post.topic is None
            or post.intent not in ("complaint", *OTHERS)
            or post.source in SENT_TO_THE_COUNCIL
        ):
            return
        if post.intent == "complaint":
            self.topics[post.topic] += 1
        key = (post.intent, post.topic if post.intent == "complaint" else "")
        if key not in self.best or _rank(post) > _rank(self.best[key]):
            self.best[key] = post

    def examples(self) -> tuple[Example, ...]:
        """The chosen posts, the most frequent topic first."""
        ranked = sorted(self.topics, key=lambda topic: (-self.topics[topic], topic))[:EXAMPLES]
        keys = [*(("complaint", topic) for topic in ranked), *((intent, "") for intent in OTHERS)]
        return tuple(_example(self.best[key]) for key in keys if key in self.best)


def _rank(post: PostRecord) -> tuple[bool, float, str]:
    """A case is a better example than none, then the surer reading; the id makes the choice the same every time."""
    sure = post.actionable_score if post.intent == "complaint" else post.intent_score
    return post.case_key is not None, sure or 0.0, post.post_id


def _example(post: PostRecord) -> Example:
    return Example(
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
    """A post's text as a report quotes it."""
    return shortened(text, CHARACTERS)
