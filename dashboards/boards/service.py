"""Define the dashboard of municipal services."""

from dashboards.boards.parts import CITIZENS, COMPLAINT, FEW, INTENT, READ_SENTIMENT, SOURCE, TOPIC, posts, yes_or_no
from dashboards.filters import Has, Is
from dashboards.spec.days import Days
from dashboards.spec.panel import Dashboard, Layer, Panel
from dashboards.spec.terms import Terms

KIND = Terms(field="case_kind", header="Kind", names="case_kind")
IN_CASE = yes_or_no("Case", "in a case", "in no case", Is(field="decision", value="in_case"))

BOARD = Dashboard(
    key="service",
    title="Services",
    description="What people say about each municipal service, in which tone and with which intent.",
    panels=(
        Panel(
            key="topic_by_sentiment",
            title="Services by sentiment",
            index="posts",
            form="grid",
            note="Labelled posts of the period: service by tone.",
            layers=posts((TOPIC, READ_SENTIMENT)),
        ),
        Panel(
            key="intents_by_topic",
            title="Services by intent",
            index="posts",
            form="grid",
            note="Labelled posts of the period: service by what the author wants.",
            layers=posts((TOPIC, INTENT)),
        ),
        Panel(
            key="kinds_by_topic",
            title="Services by kind of message",
            index="posts",
            form="grid",
            note="Posts of the period with a decided kind: report, enquiry, proposal, congratulation.",
            layers=posts((TOPIC, KIND)),
        ),
        Panel(
            key="topic_by_source",
            title="Services by source",
            index="posts",
            form="grid",
            wide=True,
            note="Posts of the period: which service is discussed in which network.",
            layers=posts((TOPIC, SOURCE)),
        ),
        Panel(
            key="complaints_per_day",
            title="Complaints and congratulations per day",
            index="posts",
            form="days",
            note="Complaints on each day, beside congratulations.",
            layers=(
                Layer(
                    key="complaints",
                    name="complaints",
                    window="created_at",
                    where=(*CITIZENS, COMPLAINT),
                    split=(Days(field="created_at"),),
                ),
                Layer(
                    key="praise",
                    name="congratulations",
                    window="created_at",
                    where=(*CITIZENS, Is(field="intent", value="praise")),
                    split=(Days(field="created_at"),),
                ),
            ),
        ),
        Panel(
            key="cases_share_by_topic",
            title="Posts that became part of a case, by service",
            index="posts",
            form="share",
            note="Of the labelled posts of the period, the share that belongs to a case.",
            minimum=FEW,
            layers=posts((TOPIC, IN_CASE), Has(field="topic")),
        ),
    ),
)
