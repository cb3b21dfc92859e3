"""Run everything or the desk, and watch what runs."""

from argparse import Namespace

from escucha.commands import command
from escucha.commands.common import print_line, report_engine_left
from pipeline.health.watch import watch


@command("up", "start the search engine, the desk, the portal and Airflow, run the first pass; stop cleanly on Ctrl-C.")
def up(a: Namespace) -> int:
    """Start everything."""
    from escucha.supervisor import up as start

    return start(a.towns, a.settings)


@command("desk", "serve the desk alone. Reads ledger and search engine; staff's changes are written to the ledger.")
def desk(a: Namespace) -> int:
    """Serve the desk."""
    from desk.server import serve

    with report_engine_left(a.settings):
        return serve(a.towns, a.settings)


@command(
    "watch-scheduler",
    "notify staff once when the scheduler or the collection of a source has stopped, or when profile or database cannot be used, and "
    "once when it is over; exit 1 while it is not. Needs no Airflow: run it from a timer every 5 minutes.",
)
def watch_scheduler(a: Namespace) -> int:
    """Notify staff once of what is wrong; exit 1 while it is."""
    found = watch(a.city, a.settings)
    for message in found or ["the scheduler is running"]:
        print_line(message)
    return 1 if found else 0
