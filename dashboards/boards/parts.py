"""Define the splits, conditions and layers that panels share."""

from core.records.annotation import INTENTS, SENTIMENTS
from core.records.kind import CASE_KINDS
from core.records.post import FOLLOWERS_BANDS
from dashboards.filters import Between, Condition, Either, Has, Is, Not
from dashboards.spec.bands import Band
from dashboards.spec.groups import Group, Groups
from dashboards.spec.measures import Percentiles
from dashboards.spec.panel import Layer
from dashboards.spec.split import Split
from dashboards.spec.terms import Terms

NOT_SPAM = Not(condition=Is(field="spam", value=True))
CITIZENS = (Is(field="own", value=False), Not(condition=Is(field="relevance", value=False)), NOT_SPAM)
"""Posts by citizens about this city: not its own posts, not those labelled as irrelevant, and no spam."""
SPAM = (Is(field="own", value=False), Is(field="spam", value=True))
"""Test posts, advertising and copies: counted separately."""
ORIGINAL = Not(condition=Is(field="kind", value="repost"))
"""Not a repost: its counters are those of the post it repeats."""

ACTIONABLE = (Is(field="actionable", value=True), Not(condition=Is(field="decision", value="no_case")))
"""Posts that a service can act on: labelled as actionable and not decided `no_case` (a repost, or by staff)."""
COMPLAINT = Is(field="intent", value="complaint")

SENTIMENT = Terms(field="sentiment", header="Sentiment", names="sentiment", values=SENTIMENTS, unknown="not labelled yet")
READ_SENTIMENT = SENTIMENT.model_copy(update={"unknown": None})
INTENT = Terms(field="intent", header="Intent", names="intent", values=INTENTS)
TOPIC = Terms(field="topic", header="Service", names="topic")
DISTRICT = Terms(field="district", header="District")
BARRIO = Terms(field="barrio", header="Neighbourhood")
PLACE = Terms(field="place", header="Place")
DEPARTMENT = Terms(field="department", header="Department")
SOURCE = Terms(field="source", header="Source", names="source")
LANGUAGE = Terms(field="language", header="Language", names="language")
POST_KIND = Terms(field="kind", header="Form", names="kind")
FOLLOWERS = Terms(field="followers_band", header="Followers of the author", names="followers_band", values=FOLLOWERS_BANDS)
CASE_KIND = Terms(field="kind", header="Kind", names="case_kind", values=CASE_KINDS)

UNMERGED = Not(condition=Is(field="state", value="merged"))
"""A merged case counts as part of the other."""
LIVE = (Is(field="replay", value=False), UNMERGED)
"""Cases that staff have to answer: none replayed from an archive."""
OVERDUE = (Is(field="waits", value=True), Between(field="due_at", newest=0), Is(field="replay", value=False))
"""`core.records.case.is_overdue` as the search engine asks it."""
DUE = Either(conditions=(Has(field="within_due"), Between(field="due_at", newest=0)))
"""Cases answered or due: only these can be in time or late."""
IN_TIME = Is(field="within_due", value=True)
ANSWER = Groups(
    header="Answer",
    groups=(Group(key="in_time", name="in time", condition=IN_TIME), Group(key="late", name="late", condition=Not(condition=IN_TIME))),
)
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
PEOPLE = (Band(key="1", high=2), Band(key="2–4", low=2, high=5), Band(key="5–9", low=5, high=10), Band(key="10", name="10 or more", low=10))
SCORES = (
    Band(key="0–50 %", high=0.5),
    Band(key="50–70 %", low=0.5, high=0.7),
    Band(key="70–80 %", low=0.7, high=0.8),
    Band(key="80–90 %", low=0.8, high=0.9),
    Band(key="90–100 %", low=0.9),
)
ANSWER_TIME = Percentiles(field="answer_hours")
FEW = 10
"""Records from which shares and percentiles may be compared."""


def posts(split: tuple[Split, ...], *where: Condition, window: str | None = "created_at") -> tuple[Layer, ...]:
    """Count citizens' posts of the period that meet these conditions."""
    return (Layer(key="posts", name="posts", window=window, where=(*CITIZENS, *where), split=split),)


def cases(split: tuple[Split, ...], *where: Condition, window: str | None = None) -> tuple[Layer, ...]:
    """Count cases that meet these conditions, by default whenever they were opened."""
    return (Layer(key="cases", name="cases", window=window, where=where, split=split),)


def yes_or_no(header: str, yes: str, no: str, condition: Condition) -> Groups:
    """Split records into those that meet a condition and the others."""
    return Groups(
        header=header,
        groups=(Group(key="yes", name=yes, condition=condition), Group(key="no", name=no, condition=Not(condition=condition))),
    )
