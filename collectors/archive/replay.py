"""Replay an archive as if its messages arrived now.

They keep their order and are spread evenly over 90 days.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard
from zoneinfo import ZoneInfo

from collectors.archive.checkpoint import Progress, RecordReader, Replay, unique_ids
from collectors.archive.lines import FILE_ERRORS
from collectors.archive.records import FileRecord
from core.errors import SourceError
from core.privacy.intake import reject_reason
from core.records.post import Raw, Rejected

DAYS = 90
DAY_S = 86_400.0


def spread_moments(moments: Sequence[datetime], zone: ZoneInfo, last_day: date) -> list[datetime]:
    """Return when each message is replayed, in the order of the list.

    The real times determine the order of the replayed ones. Each day gets the same number of messages, give or take one. A message keeps
    its time of day where that preserves the order (as many of each day as possible do); the others, and those without a time (exactly
    midnight), are spread evenly between them.

    Args:
        moments: the real times, in any order; equal ones keep the order of the list.
        zone: the city's: days and hours are local.
        last_day: the anchor: the last of the 90 days.
    """
    order = sorted(range(len(moments)), key=lambda place: moments[place])
    first_day = last_day - timedelta(days=DAYS - 1)
    played = [datetime.min.replace(tzinfo=UTC)] * len(moments)
    latest = datetime.combine(first_day, time(), zone).astimezone(UTC)
    for number in range(DAYS):
        begin, end = (len(order) * n // DAYS for n in (number, number + 1))
        places = order[begin:end]
        hours = [_seconds(moments[place].astimezone(zone)) for place in places]
        midnight = datetime.combine(first_day + timedelta(days=number), time())
        for place, second in zip(places, _non_decreasing(hours), strict=True):
            moment = (midnight + timedelta(seconds=second)).replace(tzinfo=zone).astimezone(UTC)
            latest = max(latest, moment)  # when clocks change in spring, one hour does not exist
            played[place] = latest
    return played


def plan_replay(
    paths: Sequence[Path],
    read: RecordReader,
    message: Callable[[Path, FileRecord], Raw | Rejected],
    progress: Progress,
    zone: ZoneInfo,
    now: datetime,
    ends: timedelta,
) -> tuple[Progress, list[datetime]]:
    """Return where the replay continues, and the time of each message.

    The times are in the order in which the files are read. The anchor is set once; if the files change, they are replayed from the start,
    with the same anchor, which lies `ends` before `now`.
    """
    if progress.replay is not None and all(progress.mark(path).whole(path.stat()) for path in paths):
        return progress, []
    real: list[datetime] = []
    content = hashlib.sha256()
    for path in paths:
        content.update(str(path).encode())
        try:
            for record in unique_ids(read(path)):
                content.update(record.chain.encode())
                found = message(path, record)
                if _is_accepted(found, now):
                    real.append(found.created_at)
        except FILE_ERRORS:
            content.update(b"broken")  # collect reads it again and reports the error
    old, digest = progress.replay, content.hexdigest()
    anchor = (now.astimezone(zone) - ends).date() if old is None else old.anchor
    if old is None or old.content != digest:
        progress = Progress(replay=Replay(anchor=anchor, total=len(real), content=digest))
    return progress, spread_moments(real, zone, anchor)


def replayed(found: Sequence[Raw | Rejected], played_at: Sequence[datetime], now: datetime) -> list[Raw | Rejected]:
    """Give the messages their replayed times.

    What intake will reject is returned unchanged.

    Raises:
        SourceError: there are more of them than were planned.
    """
    moments, played = iter(played_at), []
    for one in found:
        if not _is_accepted(one, now):
            played.append(one)
            continue
        moment = next(moments, None)
        if moment is None:
            raise SourceError("archive: a file changed while it was being read; the next run replays it from the start")
        at = {"created_at": moment, "received_at": moment, "edited_at": None, "replayed_from": one.created_at}
        played.append(one.model_copy(update=at))
    return played


def _is_accepted(found: Raw | Rejected, now: datetime) -> TypeGuard[Raw]:
    """Tell whether intake will accept the message with its real date.

    A message of the year 9999 must not slip in under a replayed date.
    """
    return isinstance(found, Raw) and reject_reason(found, now) is None


def _seconds(moment: datetime) -> float | None:
    """Return the time of day in seconds.

    None for exactly midnight: an archive that has only dates.
    """
    second = moment.hour * 3600.0 + moment.minute * 60.0 + moment.second
    return second or None


def _non_decreasing(hours: Sequence[float | None]) -> list[float]:
    """Return non-decreasing seconds of the day.

    The longest non-decreasing subsequence of the times is kept, the others are spread between its members.
    """
    kept = {-1: 0.0, **{place: hour for place in _longest_rising(hours) if (hour := hours[place]) is not None}, len(hours): DAY_S}
    stones = sorted(kept)
    seconds: list[float] = []
    for left, right in pairwise(stones):
        step = (kept[right] - kept[left]) / (right - left)
        seconds += [float(int(kept[left] + step * (place - left))) for place in range(left, right) if place >= 0]
    return seconds


def _longest_rising(hours: Sequence[float | None]) -> list[int]:
    """Return the places of a longest non-decreasing subsequence (patience sorting)."""
    tops: list[float] = []
    top_places: list[int] = []
    before: dict[int, int | None] = {}
    for place, hour in enumerate(hours):
        if hour is None:
            continue
        pile = bisect_right(tops, hour)
        before[place] = top_places[pile - 1] if pile else None
        tops[pile : pile + 1] = [hour]
        top_places[pile : pile + 1] = [place]
    row: list[int] = []
    place_or_none = top_places[-1] if top_places else None
    while place_or_none is not None:
        row.append(place_or_none)
        place_or_none = before[place_or_none]
    return row[::-1]
