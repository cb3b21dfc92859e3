"""Define the dashboard of what people say now."""

from dashboards.boards.parts import ACTIONABLE, CITIZENS, COMPLAINT, SENTIMENT, SOURCE, SPAM, TOPIC, posts
from dashboards.filters import Between
from dashboards.spec.clock import Hours
from dashboards.spec.days import Days
from dashboards.spec.groups import Group, Groups
from dashboards.spec.panel import Dashboard, Latest, Layer, Panel

LAST_WEEK = Group(key="week", name="last 7 days", condition=Between(field="created_at", oldest=6, whole_days=True))
FOUR_WEEKS_BEFORE = Group(
    key="before", name="weekly mean of the 4 weeks before", condition=Between(field="created_at", oldest=34, newest=6, whole_days=True)
)
WEEK_AND_MEAN = Groups(header="Period", groups=(LAST_WEEK, FOUR_WEEKS_BEFORE), mean_of=4)

BOARD = Dashboard(
    key="now",
    title="Now",
    description="What people say about the city, and which topics are rising.",
    panels=(
        Panel(
            key="posts_total",
            title="Posts about the city",
            index="posts",
            form="tile",
            layers=posts(()),
            note="Posts by citizens in the period; without spam and without the council's own.",
        ),
        Panel(
            key="complaints_total",
            title="Complaints",
            index="posts",
            form="tile",
            layers=posts((), COMPLAINT),
            note="Posts of the period that complain about something.",
        ),
        Panel(
            key="actionable_total",
            title="Posts that can be acted on",
            index="posts",
            form="tile",
            layers=posts((), *ACTIONABLE),
            note="Posts of the period that a service can act on.",
        ),
        Panel(
            key="posts_by_sentiment",
            title="Posts per day by sentiment",
            index="posts",
            form="days",
            note="Posts by citizens on each day, one strip per sentiment.",
            layers=posts((Days(field="created_at"), SENTIMENT)),
        ),
        Panel(
            key="posts_by_source",
            title="Posts by source",
            index="posts",
            form="bars",
            layers=posts((SOURCE,)),
            note="Posts by citizens in each network or mailbox.",
        ),
        Panel(
            key="spam_by_source",
            title="Spam by source, counted separately",
            index="posts",
            form="bars",
            note="Test posts, advertising and copies of earlier posts; excluded from all other numbers.",
            layers=(Layer(key="posts", name="posts", window="created_at", where=SPAM, split=(SOURCE,)),),
        ),
        Panel(
            key="complaints_by_topic",
            title="Complaints by service",
            index="posts",
            form="bars",
            note="Complaints of the period, by the municipal service they are about.",
            layers=posts((TOPIC,), COMPLAINT),
        ),
        Panel(
            key="rising_topics",
            title="Rising services: last 7 days compared with the 4 weeks before",
            index="posts",
            form="change",
            note="Posts per week; the services with the largest increase come first.",
            minimum=10,
            layers=posts(
                (TOPIC, WEEK_AND_MEAN),
                Between(field="created_at", oldest=34, whole_days=True),  # older posts are in neither group: skip them
                window=None,
            ),
        ),
        Panel(
            key="complaints_by_hour",
            title="Complaints by hour of day",
            index="posts",
            form="bars",
            note="Complaints of the period by the hour in which they were written.",
            layers=posts((Hours(field="created_at"),), COMPLAINT),
        ),
        Panel(
            key="latest_actionable",
            title="Latest posts that can be acted on",
            index="posts",
            form="list",
            wide=True,
            note="The newest posts that a service can act on, whenever they were written.",
            latest=Latest(
                where=(*CITIZENS, *ACTIONABLE),
                order="created_at",
                columns=(
                    ("created_at", "When"),
                    ("topic", "Service"),
                    ("district", "District"),
                    ("text", "Post"),
                    ("source", "Source"),
                    ("decision", "Decision"),
                ),
            ),
        ),
    ),
)
