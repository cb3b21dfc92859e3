"""Define the flat records that are indexed, drawn, reported and exported.

One per post and one per case; labels include the corrections by people.
"""

from datetime import datetime
from typing import Annotated

from core.privacy.sensitive import withheld
from core.records import Degrees, IndexedAs, Record, UtcDatetime
from core.records.annotation import Place
from core.records.case import is_overdue
from core.records.decision import COPY
from core.records.post import Counter, FollowersBand, is_example


class PostRecord(Record):
    """Hold all fields of one post, flat.

    The search index has exactly these fields.
    """

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
    style: str | None
    """Of a post from a file, how people write there: network, platform, letter; None: as its source says."""
    likes: Counter | None
    shares: Counter | None
    replies: Counter | None
    views: Counter | None
    """Reach when the network last returned the post; None: it does not tell."""
    followers_band: FollowersBand | None
    """How many followers its author had then, coarsely."""
    delay_hours: Annotated[float, IndexedAs("double")]
    """Hours from its publication until it was collected."""
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
    """A test post, advertising, or a copy of an earlier post: counted separately everywhere."""
    spam_score: float | None
    sensitive: bool | None
    """Speaks of a person's health, a minor, or violence; None: not labelled yet."""
    model: str | None
    corrected: tuple[str, ...]
    """Questions whose label a person corrected or confirmed."""
    confirmed: tuple[str, ...]
    """Questions that a person checked, by a correction or a review, where the machine had given the same label."""
    changed: tuple[str, ...]
    """Those where it had given another one, or none."""
    topic_certainty: Annotated[float, IndexedAs("double")] | None
    actionable_certainty: Annotated[float, IndexedAs("double")] | None
    """The machine's own score, which a correction does not change."""
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
    """Why the post is in this case or in none."""
    case_kind: str | None
    """report, request, question, proposal, praise, thanks, other; None: not decided yet, a post by the city, or spam."""
    case_kind_reason: Annotated[str, IndexedAs("long_keyword")] | None
    """The rule that assigned the kind."""
    case_key: str | None
    month: str
    """Month of creation when first stored, `2026.11`: names its index, never changes."""
    version: Annotated[int, IndexedAs("long")]
    """Increases with every change of the post, its labels or its decision."""

    @property
    def spam_kind(self) -> str | None:
        """Return the kind of spam; None: no spam.

        `copy`, or `label` (a test post or advertising).
        """
        if not self.spam:
            return None
        return "copy" if "spam" not in self.corrected and COPY in self.reason else "label"

    @property
    def withheld(self) -> bool:
        """Return whether the text must not be published.

        A person can decide either.
        """
        return withheld(self.sensitive, self.text)

    @property
    def example(self) -> bool:
        """Return whether the post was made up for the example month."""
        return is_example(self.source)


class CaseRecord(Record):
    """Hold all fields of one case, flat.

    The search index has exactly these fields.
    """

    case_key: str
    title: Annotated[str, IndexedAs("title")]
    kind: str | None
    """report, request, question, proposal: each has its own route and clock; None: opened by a version without kinds."""
    topic: str
    topic_guess: str | None
    """The service that its posts name too uncertainly: `topic` is then `other`, and staff are asked which one it is."""
    department: str
    district: str | None
    barrio: str | None
    place: str | None
    lat: Degrees | None
    lon: Degrees | None
    state: str
    is_open: bool
    """The city still has something to do: it waits or was answered."""
    waits: bool
    """A citizen waits for an answer: new, assigned or acknowledged."""
    priority: int
    opened_at: UtcDatetime
    """When its first post was received."""
    due_at: UtcDatetime
    answered_at: UtcDatetime | None
    """When the first answer was delivered, or a person or an outside system recorded one; a case that was only closed has none. Of a merged
    case also when the case it was merged into was answered."""
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
    """People who report it: copies of one text count as one person, and so do all authors without a name."""
    reason: Annotated[str, IndexedAs("long_keyword")]
    system: str
    reference: str | None
    replay: bool
    month: str
    """Month of opening, `2026.11`: names its index, never changes."""
    version: Annotated[int, IndexedAs("long")]

    @property
    def example(self) -> bool:
        """Return whether its posts were made up for the example month."""
        return is_example(self.source)

    def is_overdue(self, moment: datetime) -> bool:
        """Tell whether the case is overdue now, at `moment`."""
        return is_overdue(self.state, self.due_at, self.replay, moment)

    def is_past_due_example(self, moment: datetime) -> bool:
        """Tell whether the case is past due, but replayed or an example."""
        return self.replay and is_overdue(self.state, self.due_at, False, moment)

    def was_overdue(self, moment: datetime) -> bool:
        """Tell whether the case was overdue at a past moment.

        A case that was reopened and waits now counts as waiting since its due date.
        """
        ends = [one for one in (self.answered_at, self.closed_at) if one is not None]
        waited = self.waits or (self.state != "merged" and (not ends or min(ends) >= moment))
        return waited and self.due_at < moment and not self.replay
