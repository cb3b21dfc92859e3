"""Watch the scheduler, the sources, the profile and the database from outside.

`escucha watch-scheduler` alerts people once when something is wrong and once when it is over, each thing by itself: a source that is
overdue hides nothing else. It runs under `make run`, by a systemd timer, or as a separate service, and needs no Airflow. Where profile or
database cannot be used, it alerts by the environment alone, in the language of the last good profile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from core.config.city import City
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from ledger.database import read_meta
from ledger.system import heartbeat
from pipeline.context import Context, now, open_context
from pipeline.health import alerts
from pipeline.health.alarms import SLACK, Alarm, overdue
from pipeline.health.watch_state import AlertVoice, Kind, KnownAlarm, WatchState, load_state, store_state

UNUSABLE = ("profile", "ledger")
"""While these cannot be used, nothing else can be seen."""
STOPPING = (*UNUSABLE, "scheduler")
"""While one of these lasts, sources and worker are overdue because of it: people are alerted of the cause alone."""


class WatchLook(NamedTuple):
    """Hold what one look saw."""

    city: City
    found: Sequence[Alarm]
    unused: Mapping[str, ConfigurationError]
    """By section, why settings of the desk are not used."""


def watch(city_path: Path, settings: Settings) -> list[str]:
    """Alert once when something is wrong and once when it is over.

    Returns what is wrong, one sentence each.

    Raises:
        UnavailableError: an alert could not be sent; the next watch sends it.
    """
    voice = load_state(settings).voice
    try:
        if voice.city and read_meta(settings.ledger) is None:  # a look at it would make an empty one
            raise UnavailableError("the ledger is gone, and it was here before: is its disk mounted? Nothing was made in its place")
        with open_context(city_path, settings) as context:
            seen = look(context)
    except (EscuchaError, OSError) as error:
        kind: Kind = "profile" if isinstance(error, ConfigurationError) else "ledger"
        return report(settings, voice, [Alarm(kind, why=str(error))])
    return report_seen(settings, seen)


def look(context: Context) -> WatchLook:
    """Return what is wrong now that people are alerted of from outside."""
    found = overdue(context, now())
    if heartbeat.last_beat(context.ledger) is None:
        found = [Alarm("scheduler"), *found]
    return WatchLook(context.city, found, context.overlay_problems)


def report_seen(settings: Settings, seen: WatchLook) -> list[str]:
    """Alert of what a look saw; arguments and errors as of `report`."""
    for section, why in seen.unused.items():
        alerts.report_unused_settings(settings, seen.city, section, str(why), now())
    return report(settings, alerts.voice_of(seen.city), seen.found)


def report(settings: Settings, voice: AlertVoice, found: Sequence[Alarm]) -> list[str]:
    """Alert of what is new or over; return all that is wrong.

    The state is stored after each alert: a kill in between repeats one, and never loses it.

    Raises:
        UnavailableError: an alert could not be sent; the next watch sends it.
    """
    at, before = now(), load_state(settings)
    known = {one.key: one for one in before.known}
    current = {one.key: known.get(one.key) or _first_seen(one, at) for one in found}
    if any(one.kind in UNUSABLE for one in found):
        current = known | current
    over = [one for key, one in known.items() if key not in current and one.is_reported]
    back_at = at if any(one.kind in STOPPING for one in over) else before.back_at
    state = WatchState(voice=voice, looked_at=at, known=tuple(current.values()), back_at=back_at)
    due = [one for one in current.values() if not one.is_reported and _is_due(one, state, at)]
    store_state(settings, state.model_copy(update={"known": (*state.known, *over)}))
    for kind, ended in _by_kind(over):
        alerts.report_over(settings, voice, kind, [one.text for one in ended], [one.name for one in ended])
        over = [one for one in over if one.kind != kind]
        store_state(settings, state.model_copy(update={"known": (*state.known, *over)}))
    for kind, began in _by_kind(due):
        alerts.report_wrong(settings, voice, kind, [one.text for one in began], [one.name for one in began])
        state = _with_reported(state, began)
        store_state(settings, state)
    return [str(one) for one in found]


def _first_seen(one: Alarm, at: datetime) -> KnownAlarm:
    return KnownAlarm(kind=one.kind, name=one.name, text=str(one), first_seen=at)


def _is_due(one: KnownAlarm, state: WatchState, at: datetime) -> bool:
    """Tell whether people are alerted of it by now.

    What comes back needs a moment until everything has run again, and so does a source that was never collected: it may be new.
    """
    if one.kind in UNUSABLE:
        return True
    if state.back_at is not None and at - state.back_at < SLACK:
        return False
    if one.kind not in STOPPING and any(other.kind in STOPPING for other in state.known):
        return False
    return one.kind != "never" or at - one.first_seen >= SLACK


def _by_kind(some: Sequence[KnownAlarm]) -> list[tuple[str, list[KnownAlarm]]]:
    ordered = sorted(some, key=lambda one: one.kind)
    return [(kind, list(each)) for kind, each in groupby(ordered, key=lambda one: one.kind)]


def _with_reported(state: WatchState, some: Sequence[KnownAlarm]) -> WatchState:
    keys = {one.key for one in some}
    known = (one.model_copy(update={"is_reported": one.is_reported or one.key in keys}) for one in state.known)
    return state.model_copy(update={"known": tuple(known)})
