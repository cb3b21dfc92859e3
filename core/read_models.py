"""The flat records that are searched, drawn, reported and exported: one per post, one per case, labels corrected by people included."""

from typing import Annotated

from core.annotation import Place
from core.post import is_example
from core.records import Degrees, IndexedAs, Record, UtcDatetime


class PostRecord(Record):
    """All that is known of one post, flat. The search index has exactly these fields."""

    post_id: str
    source: str
    kind: str
    own: bool
    replay: bool
    author: str | None
    text: Annotated[str, IndexedAs("text")]
    created_at: UtcDatetime
    received_at: UtcDatetime
    edited_at: UtcDatetime | None
    replayed_from: UtcDatetime | None
    thread: str | None
    reply_to: str | None
    language: str | None
    sentiment: str | None
    sentiment_score: float | None
    intent: str | None
    intent_score: float | None
    topic: str | None
    topic_score: float | None
    actionable: bool | None
    actionable_score: float | None
    relevance: bool | None
    relevance_score: float | None
    spam: bool | None
    """A test of the platform, or advertising: counted apart everywhere."""
    spam_score: float | None
    model: str | None
    corrected: tuple[str, ...]
    """Questions whose label a person corrected."""
    places: tuple[Place, ...]
    place: str | None
    """Name of the main place."""
    district: str | None
    barrio: str | None
    lat: Degrees | None
    lon: Degrees | None
    decision: str
    """untriaged, in_case, in_review, no_case"""
    reason: Annotated[str, IndexedAs("long_keyword")]
    """Why this case or none."""
    case_kind: str | None
    """report, request, question, proposal, praise, thanks, other; None: not decided yet, the city's own words, or spam."""
    case_kind_reason: Annotated[str, IndexedAs("long_keyword")] | None
    """The rule that says so."""
    case_key: str | None
    month: str
    """Month of creation when first stored, `2026.11`: names its index, never changes."""
    version: Annotated[int, IndexedAs("long")]
    """Grows with every change of the post, its labels or its decision."""

    @property
    def example(self) -> bool:
        """True for a made-up post of the example week."""
        return is_example(self.source)


class CaseRecord(Record):
    """All that is known of one case, flat. The search index has exactly these fields."""

    case_key: str
    title: Annotated[str, IndexedAs("title")]
    kind: str | None
    """report, request, question, proposal: each has its own route and clock; None: opened by a version that knew none."""
    topic: str
    department: str
    district: str | None
    barrio: str | None
    place: str | None
    lat: Degrees | None
    lon: Degrees | None
    state: str
    is_open: bool
    priority: int
    opened_at: UtcDatetime
    """When its first post was received."""
    due_at: UtcDatetime
    answered_at: UtcDatetime | None
    """First of answered, resolved, rejected."""
    closed_at: UtcDatetime | None
    """Last resolved or rejected, None while open."""
    answer_hours: Annotated[float, IndexedAs("double")] | None
    """Elapsed hours from opened_at to answered_at."""
    within_due: bool | None
    """Answered by due_at; None while unanswered."""
    source: str
    """Channel of its first post."""
    sources: tuple[str, ...]
    posts: int
    authors: int
    reason: Annotated[str, IndexedAs("long_keyword")]
    system: str
    reference: str | None
    replay: bool
    month: str
    """Month of opening, `2026.11`: names its index, never changes."""
    version: Annotated[int, IndexedAs("long")]

    @property
    def example(self) -> bool:
        """True when its posts are made up, for the example week."""
        return is_example(self.source)
