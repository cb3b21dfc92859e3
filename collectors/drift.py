"""Tells when a network has changed its answers: records that could be read before cannot be read any more.

Per stream the cursor (`cursor.SourceCursor`) keeps how many records could and could not be read (`records`), unreadable ones that
no readable one has followed yet (`doubts`: their ids, and the state before the first of them), and where a stream was stopped,
why and until when (`stopped`). A stopped stream is read again from the state before the first unreadable record, so nothing is
passed over.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, lgamma, log
from typing import Any

from collectors.paging.cursor import Doubt, SourceCursor, State, Stopped
from core.errors import AnswerChangedError
from core.post import Raw, Rejected
from core.records import Json

STRUCTURAL = frozenset({"missing_field", "bad_field", "not_an_object", "bad_date"})
"""Reject reasons about the structure of a record; all others are about its content or its visibility."""
ALWAYS_SOME = 0.05
"""Share of unreadable records that is taken as normal, also where none was seen before."""
BY_CHANCE = 0.001
"""A page is taken for a changed answer when less likely than this by chance: so never one or two records alone."""
HALF = 0.5
"""Of the records that can usually be read: fewer than this is far fewer."""
KEPT = 500
"""Records the usual share is counted over, about: what is longer ago counts less and less."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)
IDS_KEPT = 100
BARREN = 300
"""Records in a row of which none can be kept, for whatever reasons, where most could: a field may be there and empty."""


def is_structural(reject: Rejected) -> bool:
    """Tell whether the form of the record is wrong, not what it says."""
    return reject.reason.partition(":")[0] in STRUCTURAL


def is_far_fewer(readable: int, unreadable: int, usual: Sequence[int]) -> bool:
    """Tell whether far fewer records than usual could be read.

    Args:
        readable: records of this page.
        unreadable: of this page, and of pages just before it that had no readable one.
        usual: readable and unreadable records of before; without any, only a page without a readable record tells something.
    """
    judged, known = readable + unreadable, sum(usual)
    if not unreadable or (readable and not known):
        return False
    share = usual[1] / known if known else 0.0
    is_few = readable / judged < (1 - share) * HALF or (readable == 0 and share < 1)
    return is_few and _at_least(unreadable, judged, max(share, ALWAYS_SOME)) < BY_CHANCE


def accept_next_page(cursor: Json | None) -> Json:
    """Let the stopped streams of a cursor pass their next page, whatever can be read of it."""
    kept = {key: value for key, value in (cursor or {}).items() if key != "stopped"}
    return {**kept, "accepted": [*sorted(SourceCursor.look_into(cursor).stopped)]}


def stopped_streams(cursor: Json | None) -> dict[str, str]:
    """List the streams that were stopped, each with the reason."""
    return {name: one.why for name, one in SourceCursor.look_into(cursor).stopped.items()}


@dataclass
class DriftMonitor:
    """Judges the pages of one run of one source."""

    source: str
    now: datetime
    pays: bool
    """Reading costs money: a stopped stream is tried again ever more seldom."""
    records: dict[str, tuple[int, int]]
    doubts: dict[str, Doubt]
    stopped: dict[str, Stopped]
    accepted: set[str] = field(default_factory=set)
    barren: dict[str, int] = field(default_factory=dict)
    """Records in a row that could not be kept, of each stream."""

    @classmethod
    def of(cls, source: str, cursor: SourceCursor, names: Collection[str], now: datetime, pays: bool) -> "DriftMonitor":
        """Go on from what the cursor keeps of these streams; of others nothing is kept."""
        return cls(
            source,
            now,
            pays,
            {name: one for name, one in cursor.records.items() if name in names},
            {name: one for name, one in cursor.doubts.items() if name in names},
            {name: one for name, one in cursor.stopped.items() if name in names},
            {name for name in cursor.accepted if name in names},
            {name: one for name, one in cursor.barren.items() if name in names},
        )

    def pause(self, name: str) -> AnswerChangedError | None:
        """Give the error of a stream that is not to be read yet."""
        one = self.stopped.get(name)
        return None if one is None or one.until <= self.now else AnswerChangedError(one.why)

    def page(self, name: str, page: str, state: State, items: Sequence[Any], found: Sequence[Raw | Rejected]) -> bool:
        """Judge a page; True when it is the first that passes after its stream was stopped.

        Args:
            name: of the stream.
            page: how the page is called in the error.
            state: of the stream before this page.
            items: the records as the network gave them.
            found: what was made of them.

        Raises:
            AnswerChangedError: far fewer of them than usual can be read.
        """
        bad = [
            (item, one)
            for item, one in zip(items, found, strict=True)
            if isinstance(one, Rejected) and is_structural(one)
        ]
        readable = sum(isinstance(one, Raw) for one in found)
        self._demand_something(name, page, readable, found)
        if not bad and not readable:
            return False
        doubt = self.doubts.get(name) or Doubt(state=state)
        before = () if readable else doubt.ids
        ids = list(dict.fromkeys([*before, *(_identity(item, one) for item, one in bad)]))
        usual = self.records.get(name, (0, 0))
        if name in self.accepted:
            usual = (0, 0)
        elif is_far_fewer(readable, len(ids), usual):
            why = _words(self.source, name, page, readable, [one.reason for _, one in bad], usual)
            raise AnswerChangedError(why)
        if readable or name in self.accepted:
            self.doubts.pop(name, None)
            self.records[name] = _added(usual, readable, len(bad) + len(doubt.ids))
        else:
            self.doubts[name] = Doubt(ids=tuple(ids[:IDS_KEPT]), state=doubt.state)
        was_stopped = name in self.accepted or name in self.stopped
        self.accepted.discard(name)
        self.stopped.pop(name, None)
        return was_stopped

    def _demand_something(self, name: str, page: str, readable: int, found: Sequence[Raw | Rejected]) -> None:
        """Stop a stream of which nothing can be kept any more, page after page, whatever the reasons are.

        Raises:
            AnswerChangedError: names the reasons of this page.
        """
        usual, row = self.records.get(name, (0, 0)), self.barren.pop(name, 0) + len(found)
        if readable or not found or name in self.accepted:
            return
        if row >= BARREN and usual[0] > usual[1]:
            reasons = [one.reason for one in found if isinstance(one, Rejected)]
            raise AnswerChangedError(_words(self.source, name, page, 0, reasons, usual))
        self.barren[name] = row

    def stop(self, name: str, why: str) -> State | None:
        """Note that a stream is stopped; gives the state to read it from again, None for the one it has."""
        pauses = self.stopped[name].pauses if name in self.stopped else 0
        pause = min(FIRST_PAUSE * 2**pauses, LONGEST_PAUSE) if self.pays else FIRST_PAUSE
        self.stopped[name] = Stopped(why=why, until=self.now + pause, pauses=min(pauses + 1, 9))
        doubt = self.doubts.pop(name, None)
        return None if doubt is None else doubt.state


def _added(usual: tuple[int, int], readable: int, unreadable: int) -> tuple[int, int]:
    good, bad = usual[0] + readable, usual[1] + unreadable
    total = good + bad
    return (good, bad) if total <= KEPT else (round(good * KEPT / total), round(bad * KEPT / total))


def _identity(item: Any, reject: Rejected) -> str:
    """Tell a record from others, also when it is read again: by its id where one can be found, else by all of it."""
    inner = item.get("data") if isinstance(item, dict) else None
    for record in (item, inner):
        if isinstance(record, dict):
            for key in ("id", "uri", "name"):
                if isinstance(record.get(key), str | int):
                    return hashlib.sha256(str(record[key]).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return reject.digest[:8]


def _at_least(least: int, of: int, share: float) -> float:
    """Chance that so many of so many are unreadable where each is with this probability."""
    if share >= 1:
        return 1.0
    terms = (
        lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log(1 - share)
        for k in range(least, of + 1)
    )
    return sum(map(exp, terms))


def _words(source: str, name: str, page: str, readable: int, reasons: list[str], usual: Sequence[int]) -> str:
    judged, known = readable + len(reasons), sum(usual)
    few = f"only {readable}" if readable else "none"
    usually = f", where {usual[0] * 100 / known:.0f} % are usual" if known and readable else ""
    told = ", ".join(f"{reason} ({n} times)" for reason, n in Counter(reasons).most_common(3))
    return describe_change(source, name, f"{few} of the {judged} records of {page} can be read{usually}: {told}")


def describe_change(source: str, name: str, what: str) -> str:
    """Say that a network has changed its answers, and what to do."""
    return (
        f"{source}: {name}: {what}. The network has changed its answers, or this version of Escucha is too old for them: update "
        "Escucha, or tell its maintainers. Nothing was passed over: the stream is read again from here, the next time in an hour or "
        f"more. To count what cannot be read as refused and go on: escucha collect --source {source} --accept-rejects"
    )
