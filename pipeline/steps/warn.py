"""Find unusual rises of what citizens write, and warn of each once.

The same posts give the same warnings: nothing is remembered between runs but the warnings themselves. One process at a time holds the
lease; a kill at any moment leaves stored warnings whose notices the next run sends.
"""

import logging
from datetime import datetime, timedelta

from core.config.city import City
from core.runtime.failpoints import failpoint
from core.working_hours import is_working_day
from ledger import leases, read, warnings as stored
from ledger.warnings import LEASE_NAME, Receiver, WarningRow
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from pipeline.outbox.sending import send
from pipeline.warnings import sending
from pipeline.warnings.sending import receivers
from pipeline.warnings.sightings import Seen, see
from trends.lifecycle import Known, Step, compare
from trends.records import Episode, Rules
from trends.rhythm import Clock
from trends.warnings import find_episodes

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)
LOOK_BACK = timedelta(days=8)
"""Episodes of this time are found again by every run: posts that arrive late, and days on which nothing ran, are caught up."""
FRESH = timedelta(hours=24)
"""A rise found later than this is shown on the desk and not sent."""
SHOWN = 5


def warn(context: Context) -> Counts:
    """Find and store rises, send notices; return counts of warnings and notices."""
    if not context.city.warnings.on:
        return {"warnings": 0}
    if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
        log.info("warn: another process is working")
        return {"warnings": 0}
    try:
        counts = _store(context, now())
        failpoint("warn.stored")
        return counts | send(context, sending).counts_as("notices")
    finally:
        leases.release(context.ledger, LEASE_NAME, worker())


def rules_of(city: City) -> Rules:
    """Return the profile's rules as `trends` takes them."""
    wanted = city.warnings
    return Rules(
        false_alarms_per_week=wanted.false_alarms_per_week,
        people=wanted.people,
        near_people=max(3, wanted.people - 1),
        word_people=wanted.word_people,
        history=timedelta(days=wanted.history_days),
    )


def clock_of(city: City) -> Clock:
    """Return the city's zone and free days: holidays and local feasts."""
    hours = city.working_hours
    return Clock(city.zone, lambda day: not is_working_day(hours, day))


def _store(context: Context, moment: datetime) -> Counts:
    rules = rules_of(context.city)
    seen = see(context.ledger, moment, rules)
    found = find_episodes(seen.sightings, moment, moment - LOOK_BACK, clock_of(context.city), rules)
    before = [_known(context, one) for one in read.warnings(context.ledger, since=moment - 2 * LOOK_BACK, limit=1_000)]
    steps = compare(before, found, rules.quiet)
    counts = {"warnings": 0, "grown": 0, "ended": 0}
    for step in steps:
        if _write(context, step, seen, moment):
            counts["warnings"] += "started" in step.changes
            counts["grown"] += "grew" in step.changes
            counts["ended"] += "ended" in step.changes
            failpoint("warn.written")
    continued = {step.known.number for step in steps if step.known is not None}
    for one in before:  # its posts were erased or relabelled, or it lies further back than the episodes that are found
        if not one.ended and one.number not in continued and moment - one.last_at > rules.quiet:
            counts["ended"] += stored.end(context.ledger, one.number, one.last_at, _to(context, one.last_at, one.number), moment)
    return counts


def _known(context: Context, one: read.EarlyWarning) -> Known:
    posts = frozenset(read.warning_posts(context.ledger, one.number))
    return Known(one.number, (one.kind, one.subject), one.started_at, one.last_at, one.ended_at is not None, posts, one.announced)


def _write(context: Context, step: Step, seen: Seen, moment: datetime) -> bool:
    """Write one step with its notices; False if nothing changed."""
    row = _row(step.episode, seen)
    if step.known is None:
        to = () if row.example or moment - row.detected_at > FRESH else receivers(context.city)
        return stored.start(context.ledger, row, step.episode.post_ids, step.changes, to, moment)
    if step.known.ended:
        return False
    to = () if row.example else _to(context, row.last_at, step.known.number)
    return stored.update_warning(context.ledger, step.known.number, row, step.episode.post_ids, step.changes, to, moment)


def _to(context: Context, last_at: datetime, number: int) -> tuple[Receiver, ...]:
    """Return who gets a follow-up.

    All receivers, unless the warning is of examples or long past."""
    known = read.warning(context.ledger, number)
    return () if known is None or known.example or now() - last_at > FRESH + LOOK_BACK else receivers(context.city)


def _row(one: Episode, seen: Seen) -> WarningRow:
    place = seen.place_of(one)
    # one name for an event: the places in which parts of its posts rose as well say nothing more
    also = one.also if place is None else tuple(dict.fromkeys((place, *(other for other in one.also if other[0] != "place"))))
    return WarningRow(
        kind=one.subject[0],
        subject=one.subject[1],
        started_at=one.start,
        detected_at=one.detected_at,
        last_at=one.last_at,
        ended_at=one.last_at if one.ended else None,
        people=one.people,
        counted=one.counted,
        expected=round(one.expected, 4),
        window_s=int(one.window.total_seconds()),
        score=round(one.score, 2),
        also=also,
        shown=seen.representative(one.post_ids, SHOWN),
        example=all(post in seen.made_up for post in one.post_ids),
    )
