"""Apply the scope of a report to posts and cases."""

from dataclasses import dataclass, field
from typing import Self

from core.config.city import City
from core.config.profile.reports import Scope
from core.records.annotation import TOPICS
from core.records.read_models import CaseRecord, PostRecord
from ledger.read import FACETS, CaseFilters, Counts, PostFilters

OF_CASES = ("department", "topic", "district", "source")
"""Filters that apply to cases too."""
MERGED = "merged"
"""State of a case that is answered as part of another."""


def is_archived(case: CaseRecord) -> bool:
    """Tell whether a case is of an archive that is replayed."""
    return case.replay and not case.example


@dataclass(frozen=True)
class Selection:
    """Hold the posts and cases of a report."""

    scope: Scope = field(default_factory=Scope)
    topics: frozenset[str] | None = None
    """Services of the department; None: all."""
    without: frozenset[str] = frozenset()
    """Sources that do not count: an archive that is replayed; for a comparison those without a past too."""

    @classmethod
    def of(cls, scope: Scope, city: City) -> Self:
        """Return the selection of a scope in a city."""
        if scope.department is None:
            return cls(scope)
        return cls(scope, frozenset(topic for topic in TOPICS if city.department(topic).name == scope.department))

    @property
    def filters(self) -> PostFilters:
        """Return the filters of the ledger; `topics` is not among them."""
        scope = self.scope
        return PostFilters(
            topic=scope.topic,
            district=scope.district,
            source=scope.source,
            language=scope.language,
            intent=scope.intent,
            sentiment=scope.sentiment,
        )

    @property
    def case_filters(self) -> CaseFilters:
        """Return the filters of cases: those that cases have too."""
        scope = self.scope
        return CaseFilters(department=scope.department, topic=scope.topic, district=scope.district, source=scope.source)

    @property
    def narrows_posts_only(self) -> bool:
        """Tell whether some filters do not apply to cases."""
        return bool(set(self.scope.values) - set(OF_CASES))

    def holds(self, post: PostRecord) -> bool:
        """Tell whether a post that passes `filters` is selected."""
        return post.source not in self.without and (self.topics is None or post.topic in self.topics)

    def fold(self, counts: Counts) -> dict[tuple[str | None, ...], int]:
        """Keep the counts of the selected services and sources."""
        topic, source = FACETS.index("topic"), FACETS.index("source")
        return {
            values: n
            for values, n in counts.items()
            if values[source] not in self.without and (self.topics is None or values[topic] in self.topics)
        }
