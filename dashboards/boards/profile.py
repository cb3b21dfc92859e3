"""Define the pages of one service and of one district.

They show panels of the other dashboards, narrowed by the filters of the window, and a few of their own; Kibana's controls do the same
there, so these are not exported.
"""

from dashboards.boards import answers, cases, conversation, district, now, service
from dashboards.boards.parts import BARRIO, COMPLAINT, DISTRICT, FEW, INTENT, PLACE, READ_SENTIMENT, TOPIC, posts
from dashboards.spec.panel import Dashboard, Panel
from dashboards.spec.periods import Periods

PERIODS = Periods(field="created_at")
SHOWN = {panel.key: panel for board in (now, service, district, conversation, cases, answers) for panel in board.BOARD.panels}

WHAT_IS_SAID = (
    Panel(
        key="profile_intents",
        title="What people want",
        index="posts",
        form="change",
        minimum=FEW,
        note="Labelled posts of both periods by intent.",
        layers=posts((INTENT, PERIODS), window=None),
    ),
    Panel(
        key="profile_sentiment",
        title="Tone",
        index="posts",
        form="change",
        minimum=FEW,
        note="Labelled posts of both periods by tone.",
        layers=posts((READ_SENTIMENT, PERIODS), window=None),
    ),
)
RISING_PLACES = Panel(
    key="profile_places",
    title="Places that are named more often",
    index="posts",
    form="change",
    minimum=FEW,
    note="Posts of both periods by the street, square or building they name; the largest increase comes first.",
    layers=posts((PLACE, PERIODS), window=None),
    empty="No post names a place.",
)


def _shown(*keys: str) -> tuple[Panel, ...]:
    return tuple(SHOWN[key] for key in keys)


SERVICE = Dashboard(
    key="one-service",
    title="One service",
    description="What people say about this service, in which tone, what became a case, and how fast it is answered.",
    panels=(
        *_shown("posts_total", "complaints_total", "cases_total", "overdue_total"),
        *_shown("posts_by_sentiment", "complaints_per_day"),
        *WHAT_IS_SAID,
        Panel(
            key="profile_districts",
            title="Districts",
            index="posts",
            form="change",
            minimum=FEW,
            note="Posts of both periods that name a place whose district is known.",
            empty="No post names a place.",
            layers=posts((DISTRICT, PERIODS), window=None),
        ),
        RISING_PLACES,
        *_shown("posts_by_source", "opened_and_resolved", "answer_times_by_topic", "within_due_by_topic", "open_by_age"),
        *_shown("state_by_kind", "cases_by_district"),
    ),
)
DISTRICT_PAGE = Dashboard(
    key="one-district",
    title="One district",
    description="What people say about this district, in which tone, what became a case, and how fast it is answered.",
    panels=(
        *_shown("posts_total", "complaints_total", "cases_total", "overdue_total"),
        *_shown("posts_by_sentiment", "complaints_per_day"),
        *WHAT_IS_SAID,
        Panel(
            key="profile_topics",
            title="Services",
            index="posts",
            form="change",
            minimum=FEW,
            note="Posts of both periods by service; the largest increase comes first.",
            layers=posts((TOPIC, PERIODS), window=None),
        ),
        RISING_PLACES,
        Panel(
            key="profile_barrios",
            title="Complaints by neighbourhood of this district",
            index="posts",
            form="bars",
            note="Complaints of the period whose neighbourhood is known.",
            layers=posts((BARRIO,), COMPLAINT),
        ),
        *_shown("posts_by_source", "opened_and_resolved", "answer_times", "within_due", "open_by_age"),
        *_shown("state_by_kind", "cases_by_topic"),
    ),
)
