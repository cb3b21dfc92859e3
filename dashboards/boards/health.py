"""Define the dashboard of how well the city listens."""

from dashboards.boards.parts import FEW, LANGUAGE, NOT_SPAM, SOURCE, yes_or_no
from dashboards.filters import Condition, Has, Is, Not
from dashboards.spec.days import Days
from dashboards.spec.measures import Percentiles
from dashboards.spec.panel import Dashboard, Layer, Panel
from dashboards.spec.split import Split
from dashboards.spec.terms import Terms

OTHERS = Is(field="own", value=False)
LABELLED = yes_or_no("Labels", "labelled", "not labelled yet", Has(field="sentiment"))
RELEVANT = yes_or_no("About the city", "about the city", "about something else", Not(condition=Is(field="relevance", value=False)))
DECISION = Terms(field="decision", header="Decision", names="decision", values=("in_case", "in_review", "no_case", "untriaged"))


def _heard(split: tuple[Split, ...], *where: Condition) -> tuple[Layer, ...]:
    return (Layer(key="posts", name="posts", window="received_at", where=(OTHERS, *where), split=split),)


BOARD = Dashboard(
    key="health",
    title="Listening health",
    description="Whether the city hears everything in time: arrivals, delays and unread posts of each source.",
    panels=(
        Panel(
            key="received_total",
            title="Posts collected",
            index="posts",
            form="tile",
            layers=_heard(()),
            note="Everything collected in the period, spam and posts about something else included.",
        ),
        Panel(
            key="received_per_day",
            title="Posts collected per day, by source",
            index="posts",
            form="days",
            wide=True,
            note="A strip that ends is a source that fell silent.",
            layers=_heard((Days(field="received_at"), SOURCE)),
        ),
        Panel(
            key="delay_by_source",
            title="Hours from publication until collection",
            index="posts",
            form="span",
            minimum=FEW,
            note="Posts collected in the period: half came within the median, nine in ten within the 90 % mark.",
            layers=(
                Layer(
                    key="posts",
                    name="posts",
                    window="received_at",
                    where=(OTHERS, Is(field="replay", value=False)),
                    split=(SOURCE,),
                    measure=Percentiles(field="delay_hours"),
                ),
            ),
        ),
        Panel(
            key="labelled_by_source",
            title="Posts with labels, by source",
            index="posts",
            form="share",
            note="Of the posts collected in the period; those without labels wait, or could not be read.",
            layers=_heard((SOURCE, LABELLED)),
        ),
        Panel(
            key="relevant_by_source",
            title="Posts about the city, by source",
            index="posts",
            form="share",
            minimum=FEW,
            note="Of the labelled posts collected in the period; a low share asks for narrower search terms.",
            layers=_heard((SOURCE, RELEVANT), Has(field="relevance"), NOT_SPAM),
        ),
        Panel(
            key="decision_by_source",
            title="Decisions by source",
            index="posts",
            form="grid",
            note="Posts collected in the period: in a case, to be reviewed, in none, or not decided yet.",
            layers=_heard((SOURCE, DECISION)),
        ),
        Panel(
            key="languages_by_source",
            title="Languages by source",
            index="posts",
            form="grid",
            note="Posts collected in the period, in each network and language.",
            layers=_heard((SOURCE, LANGUAGE)),
        ),
    ),
)
