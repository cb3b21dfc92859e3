"""Write the scheduler's heartbeat, and watch it from outside the scheduler.

`escucha watch-scheduler` alerts people once when the heartbeat, or the runs of a source, are overdue, and once when they are back. It runs
under `make run`, by a systemd timer, or as a separate service, and needs no Airflow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from core.config.city import City
from core.errors import UnavailableError
from core.limited_http import LimitedClient
from core.user_agent import user_agent
from ledger import read
from ledger.system import heartbeat
from pipeline.context import Context, now
from pipeline.health import alerts

EVERY = timedelta(minutes=5)
"""How often the DAG `escucha_heartbeat` runs (dags/heartbeat.py)."""
MISSED = 2
"""How many heartbeats, or runs of a source, may be missing."""
BEAT_SLACK = timedelta(minutes=1)
"""Added for the heartbeat: it is one short task in a separate pool."""
SLACK = timedelta(minutes=15)
"""Added for a source and for the worker: a run may queue, takes some minutes, and may be retried."""
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Overdue:
    """Hold what is overdue and when it last ran."""

    last: datetime
    source: str | None = None
    """Name of the source; None: the scheduler."""
    every_minutes: int = 0
    """How often a source should run; 0 for the scheduler."""
    worker: bool = False
    """It is the worker that annotates, while posts wait."""

    def __str__(self) -> str:
        """Return a sentence for mail and the command line."""
        if self.worker:
            return f"posts wait, and no worker has annotated any since {self.last:%Y-%m-%d %H:%M} UTC"
        if self.source is None:
            return f"the scheduler last ran at {self.last:%Y-%m-%d %H:%M} UTC"
        when = f"{self.last:%Y-%m-%d %H:%M} UTC"
        return f"{self.source} was last collected at {when}; it should run every {self.every_minutes} minutes"


def beat(context: Context) -> dict[str, int]:
    """Record the heartbeat and call `ESCUCHA_HEARTBEAT_URL`.

    An outside monitor at that address raises the alarm when the calls stop.

    Raises:
        UnavailableError: the address does not answer as it should; the heartbeat is recorded all the same.
    """
    heartbeat.beat(context.ledger, now())
    address = context.settings.heartbeat_url
    if address is None:
        return {"beats": 1}
    ping(address, context.city)
    return {"beats": 1, "pings": 1}


def ping(address: SecretStr, city: City) -> None:
    """Call the outside monitor; errors are those of `beat`."""
    try:
        with LimitedClient(TIMEOUT_S, headers={"User-Agent": user_agent(city)}, follow_redirects=True) as client:
            client.get(address.get_secret_value()).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its message may quote the address, which is a secret
        raise UnavailableError(f"ESCUCHA_HEARTBEAT_URL: {type(error).__name__}") from None


def overdue(context: Context, at: datetime) -> list[str]:
    """Describe each overdue heartbeat or source run, one sentence each.

    Empty while all is well or nothing was ever scheduled.
    """
    return [str(one) for one in overdue_tasks(context, at)]


def overdue_tasks(context: Context, at: datetime) -> list[Overdue]:
    """Return each overdue heartbeat or source run; empty while all is well."""
    return [*_overdue_scheduler(context, at), *_overdue_worker(context, at), *_overdue_sources(context, at)]


def _overdue_scheduler(context: Context, at: datetime) -> Iterator[Overdue]:
    last = heartbeat.last_beat(context.ledger)
    if last is not None and at - last > MISSED * EVERY + BEAT_SLACK:
        yield Overdue(last=last)


def _overdue_worker(context: Context, at: datetime) -> Iterator[Overdue]:
    """Yield the worker when it has stopped and posts wait for it.

    The DAG `escucha_process` runs every five minutes too.
    """
    last = heartbeat.last_worker_beat(context.ledger)
    if last is not None and at - last > MISSED * EVERY + SLACK and read.waiting(context.ledger).pending:
        yield Overdue(last=last, worker=True)


def _overdue_sources(context: Context, at: datetime) -> Iterator[Overdue]:
    runs = heartbeat.last_runs(context.ledger)
    for name, source in context.sources.items():
        every, last = source.options.every, runs.get(name)
        if source.off or last is None:
            continue
        if at - last > MISSED * timedelta(minutes=every) + SLACK:
            yield Overdue(last=last, source=name, every_minutes=every)


def watch(context: Context) -> list[str]:
    """Alert once when something is overdue and once when it is back.

    Settings of the desk that are not used are reported as well.

    Returns what is overdue, one sentence each.

    Raises:
        UnavailableError: the alert could not be sent; the next watch sends it.
    """
    for section, why in context.overlay_problems.items():
        alerts.report_unused_settings(context.settings, context.city, section, str(why), now())
    found = overdue(context, now())
    if heartbeat.last_beat(context.ledger) is None:
        found = [
            "the scheduler has never run: check that Airflow is running and that its DAG "
            f"`{context.settings.dag_id('heartbeat')}` is not paused",
            *found,
        ]
    reported = heartbeat.reported_outage(context.ledger)
    if found and reported is None:
        alerts.report_overdue(context.settings, context.city, found)
        heartbeat.note_reported(
            context.ledger, "; ".join(found)
        )  # noted after sending: a kill in between repeats the alert, and never loses it
    if not found and reported is not None:
        alerts.report_recovery(context.settings, context.city, reported)
        heartbeat.clear_reported(context.ledger)
    return found
