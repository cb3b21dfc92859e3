"""Define the dashboard that compares two periods."""

from dashboards.boards.parts import FEW, INTENT, LANGUAGE, READ_SENTIMENT, SOURCE, TOPIC, posts
from dashboards.spec.panel import Dashboard, Panel
from dashboards.spec.periods import Periods
from dashboards.spec.split import Split

PERIODS = Periods(field="created_at")


def _compared(key: str, title: str, note: str, split: Split) -> Panel:
    layers = posts((split, PERIODS), window=None)
    return Panel(key=key, title=title, note=note, index="posts", form="change", minimum=FEW, layers=layers)


BOARD = Dashboard(
    key="campaign",
    title="Campaign or event",
    description="This period beside the one before: choose the days of a campaign, a strike or a festival.",
    panels=(
        Panel(
            key="campaign_total",
            title="Posts in the period",
            index="posts",
            form="tile",
            layers=posts(()),
            note="Posts by citizens, compared with the period before.",
        ),
        _compared(
            "campaign_topics",
            "Services, compared with the period before",
            "Posts of both periods by service; the largest increase comes first.",
            TOPIC,
        ),
        _compared(
            "campaign_sentiment",
            "Sentiment, compared with the period before",
            "Labelled posts of both periods by tone; the largest increase comes first.",
            READ_SENTIMENT,
        ),
        _compared(
            "campaign_intents",
            "Intents, compared with the period before",
            "Labelled posts of both periods by what people want; the largest increase comes first.",
            INTENT,
        ),
        _compared(
            "campaign_sources",
            "Sources, compared with the period before",
            "Posts of both periods by network; the largest increase comes first.",
            SOURCE,
        ),
        _compared(
            "campaign_languages",
            "Languages, compared with the period before",
            "Posts of both periods by language; the largest increase comes first.",
            LANGUAGE,
        ),
    ),
)
