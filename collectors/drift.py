"""Detect that a network has changed its API: records no longer parse.

The cursor (`cursor.SourceCursor`) holds per stream how many records could and could not be parsed (`records`), unparsable ones that
no good one has followed yet (`doubts`: their ids, and the state before the first of them), and where a stream was stopped, why and
until when (`stopped`). A stopped stream is fetched again from the state before the first unparsable record, so nothing is skipped.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, lgamma, log
from typing import Any

from collectors.paging.cursor import Doubt, SourceCursor, State, Stopped, decayed
from collectors.usual_fields import FieldWatch
from core.errors import AnswerChangedError
from core.records import Json
from core.records.post import Raw, Rejected

STRUCTURAL = frozenset({"missing_field", "bad_field", "not_an_object", "bad_date"})
"""Reject reasons about the structure of a record. All others concern its content or its visibility."""
NORMAL_SHARE = 0.05
"""Share of unparsable records that counts as normal, even if none was seen before."""
SIGNIFICANCE = 0.001
"""Significance level: a page this unlikely by chance means a changed API. One or two records alone never suffice."""
MIN_RATIO = 0.5
"""Less than this share of the usual parsable records is far fewer."""
FIRST_READ = 20
"""On a first read nothing is usual yet: a page with less records than this, of which some can be parsed, tells nothing."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)
IDS_KEPT = 100
MAX_BARREN = 300
"""Consecutive records of which none can be kept, for any reason, where most could before: a field may be present and empty."""
NO_WORDS = "empty_text"
"""The reason of a record whose text is there and empty."""


def is_structural(reject: Rejected) -> bool:
    """Tell whether the record was rejected for its structure, not its content."""
    return reject.reason.partition(":")[0] in STRUCTURAL


def is_far_fewer(readable: int, unreadable: int, usual: Sequence[int]) -> bool:
    """Tell whether far fewer records than usual could be parsed.

    >>> is_far_fewer(0, 20, (900, 5))
    True
    >>> is_far_fewer(19, 1, (900, 5))
    False
    >>> is_far_fewer(10, 90, (0, 0))
    True

    Args:
        readable: parsable records of this page.
        unreadable: of this page, and of the pages just before it without a parsable one.
        usual: earlier parsable and unparsable records; without any (a first read) most must be parsable.
    """
    judged, known = readable + unreadable, sum(usual)
    if not unreadable or (readable and not known and judged < FIRST_READ):
        return False
    share = usual[1] / known if known else 0.0
    is_few = readable / judged < (1 - share) * MIN_RATIO or (readable == 0 and share < 1)
    return is_few and _binomial_tail(unreadable, judged, max(share, NORMAL_SHARE)) < SIGNIFICANCE


def accept_next_page(cursor: Json | None) -> Json:
    """Let the stopped streams of a cursor accept their next page unconditionally."""
    kept = {key: value for key, value in (cursor or {}).items() if key != "stopped"}
    return {**kept, "accepted": [*sorted(SourceCursor.look_into(cursor).stopped)]}


def stopped_streams(cursor: Json | None) -> dict[str, str]:
    """List the stopped streams, each with the reason."""
    return {name: one.why for name, one in SourceCursor.look_into(cursor).stopped.items()}


@dataclass
class DriftMonitor:
    """Check the pages of one run of one source."""

    source: str
    now: datetime
    pays: bool
    """Requests cost money: a stopped stream is retried at growing intervals."""
    records: dict[str, tuple[int, int]]
    doubts: dict[str, Doubt]
    stopped: dict[str, Stopped]
    accepted: set[str] = field(default_factory=set)
    barren: dict[str, int] = field(default_factory=dict)
    """Consecutive records that could not be kept, by stream."""
    fields: FieldWatch = field(default_factory=lambda: FieldWatch(tuple))

    @classmethod
    def of(
        cls, source: str, cursor: SourceCursor, names: Collection[str], now: datetime, pays: bool, usual: Callable[[], Collection[str]]
    ) -> "DriftMonitor":
        """Continue from the cursor's state of these streams. Other streams are dropped."""
        return cls(
            source,
            now,
            pays,
            {name: one for name, one in cursor.records.items() if name in names},
            {name: one for name, one in cursor.doubts.items() if name in names},
            {name: one for name, one in cursor.stopped.items() if name in names},
            {name for name in cursor.accepted if name in names},
            {name: one for name, one in cursor.barren.items() if name in names},
            FieldWatch(usual, {name: one for name, one in cursor.fields.items() if name in names}),
        )

    def pause(self, name: str) -> AnswerChangedError | None:
        """Return the error of a stream that is still stopped, else None."""
        one = self.stopped.get(name)
        return None if one is None or one.until <= self.now else AnswerChangedError(one.why)

    def page(self, name: str, page: str, state: State, items: Sequence[Any], found: Sequence[Raw | Rejected]) -> bool:
        """Check a page. True if it is the first accepted after a stop.

        Args:
            name: of the stream.
            page: name of the page in the error.
            state: of the stream before this page.
            items: the records as the network returned them.
            found: the result of `parse` for each.

        Raises:
            AnswerChangedError: far fewer of them than usual can be parsed.
        """
        bad = [(item, one) for item, one in zip(items, found, strict=True) if isinstance(one, Rejected) and is_structural(one)]
        readable = sum(isinstance(one, Raw) for one in found)
        self._check_barren(name, page, readable, found)
        if not bad and not readable:
            return False
        doubt = self.doubts.get(name) or Doubt(state=state)
        before = () if readable else doubt.ids
        ids = list(dict.fromkeys([*before, *(_record_key(item, one) for item, one in bad)]))
        usual = self.records.get(name, (0, 0))
        if name in self.accepted:
            usual = (0, 0)
        elif is_far_fewer(readable, len(ids), usual):
            why = _describe_page(self.source, name, page, readable, [one.reason for _, one in bad], usual)
            raise AnswerChangedError(why)
        self._check_fields(name, page, items, found)
        if readable or name in self.accepted:
            self.doubts.pop(name, None)
            self.records[name] = _add_counts(usual, readable, len(bad) + len(doubt.ids))
        else:
            self.doubts[name] = Doubt(ids=tuple(ids[:IDS_KEPT]), state=doubt.state)
        was_stopped = name in self.accepted or name in self.stopped
        self.accepted.discard(name)
        self.stopped.pop(name, None)
        return was_stopped

    def _check_fields(self, name: str, page: str, items: Sequence[Any], found: Sequence[Raw | Rejected]) -> None:
        """Stop a stream whose records lack a field that is usually there.

        They can be parsed all the same.

        Raises:
            AnswerChangedError: names the fields and the page.
        """
        whole = {one.native_id: item for item, one in zip(items, found, strict=True) if isinstance(one, Raw)}
        keyed = {digest_of(key): item for key, item in whole.items()}
        if name in self.accepted:
            self.fields.accept(name, keyed)
        elif gone := self.fields.lost(name, keyed, is_far_fewer):
            listed = ", ".join(f"{key} ({n} of {len(keyed)} records)" for key, n in gone.items())
            raise AnswerChangedError(describe_change(self.source, name, f"{page} lacks a field that nearly all had: {listed}"))

    def _check_barren(self, name: str, page: str, readable: int, found: Sequence[Raw | Rejected]) -> None:
        """Stop a stream of which nothing can be kept any more.

        On a first read, one whose records are all without words.

        Raises:
            AnswerChangedError: with the reasons of this page.
        """
        usual, row = self.records.get(name, (0, 0)), self.barren.pop(name, 0) + len(found)
        if readable or not found or name in self.accepted:
            return
        reasons = [one.reason for one in found if isinstance(one, Rejected)]
        is_first = not any(usual) and row >= FIRST_READ and set(reasons) == {NO_WORDS}
        if is_first or (row >= MAX_BARREN and usual[0] > usual[1]):
            raise AnswerChangedError(_describe_page(self.source, name, page, 0, reasons, usual))
        self.barren[name] = row

    def stop(self, name: str, why: str) -> State | None:
        """Stop a stream. Return the state to restart from; None: the current one."""
        pauses = self.stopped[name].pauses if name in self.stopped else 0
        pause = min(FIRST_PAUSE * 2**pauses, LONGEST_PAUSE) if self.pays else FIRST_PAUSE
        self.stopped[name] = Stopped(why=why, until=self.now + pause, pauses=min(pauses + 1, 9))
        doubt = self.doubts.pop(name, None)
        return None if doubt is None else doubt.state


def _add_counts(usual: tuple[int, int], readable: int, unreadable: int) -> tuple[int, int]:
    return decayed(usual[0] + readable, usual[1] + unreadable)


def _record_key(item: Any, reject: Rejected) -> str:
    """Return a stable key of a record: its id, else a digest."""
    inner = item.get("data") if isinstance(item, dict) else None
    for record in (item, inner):
        if isinstance(record, dict):
            for key in ("id", "uri", "name"):
                if isinstance(record.get(key), str | int):
                    return digest_of(str(record[key]))
    return reject.digest[:8]


def digest_of(native_id: str) -> str:
    """Return a short key of a record.

    Its id is not kept in a cursor.
    """
    return hashlib.sha256(native_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _binomial_tail(least: int, of: int, share: float) -> float:
    """Return the binomial probability of at least `least` of `of`.

    `share` is the probability of each.
    """
    if share >= 1:
        return 1.0
    terms = (lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log(1 - share) for k in range(least, of + 1))
    return sum(map(exp, terms))


def _describe_page(source: str, name: str, page: str, readable: int, reasons: list[str], usual: Sequence[int]) -> str:
    judged, known = readable + len(reasons), sum(usual)
    few = f"only {readable}" if readable else "none"
    usually = f" (usually {usual[0] * 100 / known:.0f} %)" if known and readable else ""
    listed = ", ".join(f"{reason} ({n} times)" for reason, n in Counter(reasons).most_common(3))
    return describe_change(source, name, f"{few} of the {judged} records of {page} can be parsed{usually}: {listed}")


def describe_change(source: str, name: str, what: str) -> str:
    """Describe a changed API, and what to do about it."""
    return (
        f"{source}: {name}: {what}. The network has changed its API, or this version of Escucha is too old for it: update "
        "Escucha, or report it to its maintainers. Nothing was skipped: the stream is fetched again from here, in an hour or later. "
        f"To reject what cannot be parsed, or do without what is missing, and continue: escucha collect --source {source} --accept-rejects"
    )
