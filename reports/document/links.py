"""Link sentences to the pages that list what they count.

The addresses are those that the desk's lens reads; a test of the desk opens each and compares the numbers.
"""

from datetime import timedelta
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.period import Interval
from reports.build.selection import Selection
from reports.build.statistics import Numbers
from reports.document.document import Link

LENS = ("topic", "district", "source", "language", "intent", "sentiment")
"""Filters of the lens on posts; on cases it has the first three."""
OF_CASES = LENS[:3]
MOST_LINKS = 6
"""A department of more services has no link: no page of the desk shows the posts of all of them."""


class Links:
    """Make the links of one report."""

    def __init__(self, interval: Interval, zone: ZoneInfo, chosen: Selection, language: str, *, lists_archive: bool = False) -> None:
        """Take what all links have in common.

        `lists_archive`: the pages of these days also list an archive, which a report does not count.
        """
        is_exact = not lists_archive or "source" in chosen.scope.values
        self.days = _days(interval, zone) if is_exact else None
        self.chosen = chosen
        self.language = language

    @classmethod
    def of(cls, n: Numbers, city: City, language: str) -> Self:
        """Return the links of a report of these numbers."""
        chosen = Selection() if n.asked is None else Selection.of(n.asked.posts, city)
        lists_archive = n.replayed_posts > 0 or n.all_departments.replayed > 0
        return cls(n.interval, city.zone, chosen, language, lists_archive=lists_archive)

    def posts(self, count: int, label: str = "", **more: str) -> tuple[Link, ...]:
        """Return the links to `count` posts with these filters too.

        None where no page lists just these: the interval is not of whole days, or an archive is replayed in it. A department has one link
        for each of its services.
        """
        _ = translator(self.language, "reports")
        scope = self.chosen.scope.values
        asked = {name: value for name, value in scope.items() if name in LENS} | more
        topics = self.chosen.topics
        if self.days is None or (topics is not None and "topic" not in asked and len(topics) > MOST_LINKS):
            return ()
        if topics is None or "topic" in asked:
            return (Link(label=label or _("Show the posts"), path=self._path("/posts", asked), count=count),)
        return tuple(
            Link(label=display_name("topic", topic, self.language), path=self._path("/posts", {**asked, "topic": topic}))
            for topic in sorted(topics)
        )

    def cases(self, count: int) -> tuple[Link, ...]:
        """Return the link to the `count` cases received in the interval."""
        if self.days is None:
            return ()
        _ = translator(self.language, "reports")
        scope = self.chosen.scope.values
        asked = {"all": "1"} | {name: scope[name] for name in (*OF_CASES, "department") if name in scope}
        return (Link(label=_("Show the cases"), path=self._path("/cases", asked), count=count),)

    def overdue(self) -> tuple[Link, ...]:
        """Return the link to the cases overdue when it is opened."""
        _ = translator(self.language, "reports")
        scope = self.chosen.scope.values
        asked = {"overdue": "1"} | {name: scope[name] for name in (*OF_CASES, "department") if name in scope}
        return (Link(label=_("Show what is overdue now"), path=f"/cases?{urlencode(asked)}"),)

    def case(self, key: str) -> Link:
        """Return the link to one case."""
        _ = translator(self.language, "reports")
        return Link(label=_("Open the case"), path=f"/cases/{key}")

    def _path(self, page: str, asked: dict[str, str]) -> str:
        return f"{page}?{urlencode({**asked, **(self.days or {})})}"


def _days(interval: Interval, zone: ZoneInfo) -> dict[str, str] | None:
    """Return the interval as days of the lens; None: not whole days."""
    first, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    if first.time() != end.time() or first.time() != first.time().min:
        return None
    return {"first": str(first.date()), "last": str(end.date() - timedelta(days=1))}
