"""Define the dashboard of districts and places."""

from dashboards.boards.parts import BARRIO, COMPLAINT, DISTRICT, FEW, PLACE, READ_SENTIMENT, SOURCE, TOPIC, posts, yes_or_no
from dashboards.filters import Has
from dashboards.spec.panel import Dashboard, Panel
from dashboards.spec.periods import Periods

LOCATED = yes_or_no("Place", "with a district", "without", Has(field="district"))

BOARD = Dashboard(
    key="district",
    title="Districts",
    description="Where people report something, and what.",
    panels=(
        Panel(
            key="topic_by_district",
            title="Districts by service",
            index="posts",
            form="grid",
            wide=True,
            note="Posts that name a place whose district is known.",
            layers=posts((DISTRICT, TOPIC)),
        ),
        Panel(
            key="posts_by_district",
            title="Posts by district",
            index="posts",
            form="bars",
            note="Posts of the period that name a place whose district is known; not divided by the number of inhabitants.",
            layers=posts((DISTRICT,)),
        ),
        Panel(
            key="district_by_sentiment",
            title="Districts by sentiment",
            index="posts",
            form="grid",
            note="Labelled posts of the period that name a place: district by tone.",
            layers=posts((DISTRICT, READ_SENTIMENT)),
        ),
        Panel(
            key="complaints_by_barrio",
            title="Complaints by neighbourhood",
            index="posts",
            form="bars",
            note="Complaints of the period that name a place whose neighbourhood is known.",
            layers=posts((BARRIO,), COMPLAINT),
        ),
        Panel(
            key="complaints_by_place",
            title="Places with most complaints",
            index="posts",
            form="bars",
            note="Complaints of the period by the street, square or building they name.",
            layers=posts((PLACE,), COMPLAINT),
        ),
        Panel(
            key="rising_districts",
            title="Districts compared with the period before",
            index="posts",
            form="change",
            note="Posts of both periods; the districts with the largest increase come first.",
            minimum=FEW,
            layers=posts((DISTRICT, Periods(field="created_at")), window=None),
        ),
        Panel(
            key="located_by_source",
            title="Posts whose district is known, by source",
            index="posts",
            form="share",
            note="Only these are on the map and in the numbers of districts.",
            minimum=FEW,
            layers=posts((SOURCE, LOCATED)),
        ),
    ),
)
