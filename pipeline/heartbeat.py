"""The scheduler's heartbeat: written by a schedule every few minutes, and looked at by something that is not the scheduler.

`escucha watch-scheduler` tells people once when the heartbeat, or the runs of a source, stay away, and once when they are back. It runs
under `make run`, by a timer of systemd, or as a service of its own, and needs no Airflow.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx

from core.errors import UnavailableError
from core.user_agent import user_agent
from ledger.system import heartbeat
from pipeline import alerts
from pipeline.context import Context, now

EVERY = timedelta(minutes=5)
"""How often the DAG `escucha_heartbeat` runs (dags/heartbeat.py)."""
MISSED = 3
"""So many beats, or runs of a source, may be missing."""
SLACK = timedelta(minutes=15)
"""A run waits its turn, reads for some minutes, and may be tried again."""
TIMEOUT_S = 10


def beat(context: Context) -> dict[str, int]:
    """Write the heartbeat down, and call `ESCUCHA_HEARTBEAT_URL`, whose owner raises the alarm when the calls stay away.

    Raises:
        UnavailableError: the address does not answer as it should; the heartbeat is written all the same.
    """
    heartbeat.beat(context.ledger, now())
    address = context.settings.heartbeat_url
    if address is None:
        return {"beats": 1}
    try:
        headers = {"User-Agent": user_agent(context.city)}
        httpx.get(
            address.get_secret_value(), headers=headers, timeout=TIMEOUT_S, follow_redirects=True
        ).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its words may hold the address, which is a secret
        raise UnavailableError(f"ESCUCHA_HEARTBEAT_URL: {type(error).__name__}") from None
    return {"beats": 1, "pings": 1}


def late(context: Context, at: datetime) -> list[str]:
    """Return what has stayed away for too long, in words; empty while all is well or nothing was ever scheduled."""
    return [*_late_scheduler(context, at), *_late_sources(context, at)]


def _late_scheduler(context: Context, at: datetime) -> Iterator[str]:
    last = heartbeat.last_beat(context.ledger)
    if last is not None and at - last > MISSED * EVERY:
        yield f"the scheduler gave its last sign of life at {last:%Y-%m-%d %H:%M} UTC"


def _late_sources(context: Context, at: datetime) -> Iterator[str]:
    runs = heartbeat.last_runs(context.ledger)
    for name, source in context.sources.items():
        every, last = source.options.every, runs.get(name)
        if source.off or last is None:
            continue
        if at - last > MISSED * timedelta(minutes=every) + SLACK:
            yield f"{name} was last read at {last:%Y-%m-%d %H:%M} UTC, and should be every {every} minutes"


def watch(context: Context) -> list[str]:
    """Tell people when something stays away, and when all is back; each once. What stays away, in words.

    Raises:
        UnavailableError: nobody could be told now; the next watch tells it.
    """
    found = late(context, now())
    if heartbeat.last_beat(context.ledger) is None:
        found = [
            "the scheduler never gave a sign of life: does Airflow run, and is its DAG "
            f"`{context.settings.dag_id('heartbeat')}` not paused?",
            *found,
        ]
    told = heartbeat.reported_silence(context.ledger)
    if found and told is None:
        alerts.tell_silence(context.settings, context.city, found)
        heartbeat.note_told(
            context.ledger, "; ".join(found)
        )  # told first: killed in between, it is told twice, never not at all
    if not found and told is not None:
        alerts.tell_silence_over(context.settings, context.city, told)
        heartbeat.forget_told(context.ledger)
    return found
