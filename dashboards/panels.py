"""The panels and dashboards of Escucha: read this file to know what is drawn, on the desk, in reports and in Kibana."""

from core.annotation import INTENTS, SENTIMENTS
from dashboards.filters import Between, Either, Has, Is, Not
from dashboards.spec.days import Days
from dashboards.spec.groups import Group, Groups
from dashboards.spec.hours import Hours
from dashboards.spec.panel import Dashboard, Latest, Layer, Panel, Percentiles
from dashboards.spec.split import Split
from dashboards.spec.terms import Terms
from dashboards.window import Window

__all__ = ["DASHBOARDS", "PANELS", "Dashboard", "Panel", "Window"]

CITIZENS = (
    Is(field="own", value=False), Not(condition=Is(field="relevance", value=False)), Not(condition=Is(field="spam", value=True)),
)  # fmt: skip
"""What people say about this city: not its own posts, not what the reader found to be about something else, and no spam."""
SPAM = (Is(field="own", value=False), Is(field="spam", value=True))
"""Tests of the platform and advertising: counted apart."""

ACTIONABLE = (Is(field="actionable", value=True), Not(condition=Is(field="decision", value="no_case")))
"""What a service can act on: so labelled, and not put aside (a repost, or a person said so): triage drops none by its score."""

SENTIMENT = Terms(field="sentiment", header="Sentiment", names="sentiment", values=SENTIMENTS, unknown="not read yet")
READ_SENTIMENT = SENTIMENT.model_copy(update={"unknown": None})
INTENT = Terms(field="intent", header="Intent", names="intent", values=INTENTS)
TOPIC = Terms(field="topic", header="Service", names="topic")
DISTRICT = Terms(field="district", header="District")
DEPARTMENT = Terms(field="department", header="Department")
SOURCE = Terms(field="source", header="Source", names="source")

LAST_WEEK = Group(
    key="week", name="last 7 days", condition=Between(field="created_at", oldest=6, whole_days=True)
)  # fmt: skip
FOUR_WEEKS_BEFORE = Group(
    key="before", name="weekly mean of the 4 weeks before",
    condition=Between(field="created_at", oldest=34, newest=6, whole_days=True),
)  # fmt: skip
AGES = Groups(
    header="Age",
    groups=(
        Group(key="1", name="up to 1 day", condition=Between(field="opened_at", oldest=1)),
        Group(key="3", name="1 to 3 days", condition=Between(field="opened_at", oldest=3, newest=1)),
        Group(key="7", name="3 to 7 days", condition=Between(field="opened_at", oldest=7, newest=3)),
        Group(key="30", name="7 to 30 days", condition=Between(field="opened_at", oldest=30, newest=7)),
        Group(key="older", name="over 30 days", condition=Between(field="opened_at", newest=30)),
    ),
)
IN_TIME = Is(field="within_due", value=True)
DUE = Either(conditions=(Has(field="within_due"), Between(field="due_at", newest=0)))
"""Answered, or should have been by now: only these can be in time or late."""


def _posts(split: tuple[Split, ...], *where: Is | Between, window: str | None = "created_at") -> tuple[Layer, ...]:
    return (Layer(key="posts", name="posts", window=window, where=(*CITIZENS, *where), split=split),)


def _cases(split: tuple[Split, ...], *where: Is | Either, window: str | None = None) -> tuple[Layer, ...]:
    return (Layer(key="cases", name="cases", window=window, where=where, split=split),)


NOW = Dashboard(
    key="now",
    title="Now",
    description="What people say about the city, and what rises.",
    panels=(
        Panel(
            key="posts_by_sentiment", title="Posts a day by sentiment", index="posts", form="days",
            layers=_posts((Days(field="created_at"), SENTIMENT)),
        ),
        Panel(key="posts_by_source", title="Posts by source", index="posts", form="bars", layers=_posts((SOURCE,))),
        Panel(
            key="spam_by_source", title="Spam by source, counted apart", index="posts", form="bars",
            note="Tests of the platform and advertising: in no other number.",
            layers=(Layer(key="posts", name="posts", window="created_at", where=SPAM, split=(SOURCE,)),),
        ),
        Panel(
            key="complaints_by_topic", title="Complaints by service", index="posts", form="bars",
            layers=_posts((TOPIC,), Is(field="intent", value="complaint")),
        ),
        Panel(
            key="rising_topics", title="Rising services: last 7 days against the 4 weeks before", index="posts", form="change",
            note="Posts a week; the services that rose most come first.",
            layers=_posts(
                (TOPIC, Groups(header="Period", groups=(LAST_WEEK, FOUR_WEEKS_BEFORE))),
                Between(field="created_at", oldest=34, whole_days=True),  # older posts are in neither: spare the engine
                window=None,
            ),
        ),
        Panel(
            key="complaints_by_hour", title="Complaints by hour of day", index="posts", form="bars",
            layers=_posts((Hours(field="created_at"),), Is(field="intent", value="complaint")),
        ),
        Panel(
            key="latest_actionable", title="Latest posts that can be acted on", index="posts", form="list", wide=True,
            latest=Latest(
                where=(*CITIZENS, *ACTIONABLE), order="created_at",
                columns=(
                    ("created_at", "When"), ("topic", "Service"), ("district", "District"), ("text", "Post"),
                    ("source", "Source"), ("decision", "Decision"),
                ),
            ),
        ),
    ),
)  # fmt: skip

SERVICE_DISTRICT = Dashboard(
    key="service_district",
    title="Services and districts",
    description="Which service and which district people speak of, and how.",
    panels=(
        Panel(
            key="topic_by_sentiment", title="Services by sentiment", index="posts", form="grid",
            layers=_posts((TOPIC, READ_SENTIMENT)),
        ),
        Panel(
            key="intents_by_topic", title="Services by intent", index="posts", form="grid",
            layers=_posts((TOPIC, INTENT)),
        ),
        Panel(
            key="topic_by_district", title="Districts by service", index="posts", form="grid", wide=True,
            note="Posts that name a place whose district is known.",
            layers=_posts((DISTRICT, TOPIC)),
        ),
    ),
)  # fmt: skip

CASES = Dashboard(
    key="cases",
    title="Cases",
    description="What the city was asked to do, and how fast it answers.",
    panels=(
        Panel(
            key="opened_and_resolved", title="Cases opened and resolved a day", index="cases", form="days",
            layers=(
                Layer(key="opened", name="opened", window="opened_at", split=(Days(field="opened_at"),)),
                Layer(
                    key="resolved", name="resolved", window="closed_at", where=(Is(field="state", value="resolved"),),
                    split=(Days(field="closed_at"),),
                ),
            ),
        ),
        Panel(
            key="open_by_age", title="Open cases by department and age", index="cases", form="grid",
            layers=_cases((DEPARTMENT, AGES), Is(field="is_open", value=True)),
        ),
        Panel(
            key="answer_times", title="Hours until the first answer, by department", index="cases", form="span",
            note="Cases answered in the period: half were answered within the median, nine in ten within the 90 % mark.",
            layers=(
                Layer(
                    key="cases", name="cases", window="answered_at", split=(DEPARTMENT,),
                    measure=Percentiles(field="answer_hours"),
                ),
            ),
        ),
        Panel(
            key="within_due", title="Answered in time, by department", index="cases", form="share",
            note="Of the cases received in the period whose answer was due; a case that is overdue without an answer counts as late.",
            layers=_cases(
                (
                    DEPARTMENT,
                    Groups(
                        header="Answer",
                        groups=(
                            Group(key="in_time", name="in time", condition=IN_TIME),
                            Group(key="late", name="late", condition=Not(condition=IN_TIME)),
                        ),
                    ),
                ),
                DUE,
                window="opened_at",
            ),
        ),
    ),
)  # fmt: skip

DASHBOARDS: tuple[Dashboard, ...] = (NOW, SERVICE_DISTRICT, CASES)
PANELS: dict[str, Panel] = {panel.key: panel for dashboard in DASHBOARDS for panel in dashboard.panels}
