"""Define the dashboard of conversations and reach."""

from dashboards.boards.parts import CITIZENS, FOLLOWERS, INTENT, LANGUAGE, ORIGINAL, POST_KIND, SENTIMENT, SOURCE, posts
from dashboards.filters import Has
from dashboards.spec.clock import Weekdays
from dashboards.spec.measures import Sums
from dashboards.spec.panel import Dashboard, Latest, Layer, Panel

REACH = Sums(
    fields=("likes", "shares", "replies", "views"), names={"likes": "Likes", "shares": "Shares", "replies": "Replies", "views": "Views"}
)
COLUMNS = (
    ("created_at", "When"),
    ("text", "Post"),
    ("topic", "Service"),
    ("source", "Source"),
    ("likes", "Likes"),
    ("shares", "Shares"),
    ("replies", "Replies"),
    ("views", "Views"),
)

BOARD = Dashboard(
    key="conversation",
    title="Conversation",
    description="How people talk about the city: where, in which form and language, and how far it reaches.",
    panels=(
        Panel(
            key="reach_by_source",
            title="Reach by source",
            index="posts",
            form="grid",
            note="Sums of what the networks show beside the posts of the period, when they were last fetched; no network shows all four.",
            empty="No network told how far its posts reached.",
            layers=(Layer(key="posts", name="posts", window="created_at", where=(*CITIZENS, ORIGINAL), split=(SOURCE,), measure=REACH),),
        ),
        Panel(
            key="reach_by_followers",
            title="Reach by followers of the author",
            index="posts",
            form="grid",
            note="Sums as in the panel before, of the posts whose network told how many followers their author has: only a range is kept.",
            empty="No network told how many followers the authors of its posts have.",
            layers=(Layer(key="posts", name="posts", window="created_at", where=(*CITIZENS, ORIGINAL), split=(FOLLOWERS,), measure=REACH),),
        ),
        Panel(
            key="form_by_source",
            title="Form of posts by source",
            index="posts",
            form="grid",
            note="Posts of the period: first posts, replies, comments, reposts and quotes.",
            layers=posts((SOURCE, POST_KIND)),
        ),
        Panel(
            key="posts_by_language",
            title="Posts by language",
            index="posts",
            form="bars",
            note="Posts by citizens in each language.",
            layers=posts((LANGUAGE,)),
        ),
        Panel(
            key="intent_by_source",
            title="Sources by intent",
            index="posts",
            form="grid",
            note="Labelled posts of the period: what people want in which network.",
            layers=posts((SOURCE, INTENT)),
        ),
        Panel(
            key="sentiment_by_form",
            title="Form of posts by sentiment",
            index="posts",
            form="grid",
            note="Posts of the period: whether replies have another tone than first posts.",
            layers=posts((POST_KIND, SENTIMENT)),
        ),
        Panel(
            key="posts_by_weekday",
            title="Posts by day of the week",
            index="posts",
            form="bars",
            note="Posts of the period by the day on which they were written.",
            layers=posts((Weekdays(field="created_at"),)),
        ),
        Panel(
            key="most_shared",
            title="Most shared posts",
            index="posts",
            form="list",
            wide=True,
            note="Posts of the period that were shared most when they were last fetched.",
            empty="No network told how often its posts were shared.",
            latest=Latest(where=(*CITIZENS, ORIGINAL, Has(field="shares")), order="shares", window="created_at", size=10, columns=COLUMNS),
        ),
        Panel(
            key="most_liked",
            title="Most liked posts",
            index="posts",
            form="list",
            wide=True,
            note="Posts of the period that were liked most when they were last fetched.",
            empty="No network told how often its posts were liked.",
            latest=Latest(where=(*CITIZENS, ORIGINAL, Has(field="likes")), order="likes", window="created_at", size=10, columns=COLUMNS),
        ),
    ),
)
