"""Look at the towns of this installation, and remove one."""

import shutil
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from core.config.own_variables import unread_variables
from core.config.settings import Settings
from core.config.towns import NAME, ServedTown, settings_of, towns_of
from core.errors import ConfigurationError, EscuchaError
from escucha.backup.backup import last_backup
from escucha.commands import command, option
from escucha.commands.common import print_line
from ledger import read
from pipeline.context import now, view_context
from pipeline.health.alarms import alarms
from search.connection.engine import NotRunningError, connect
from search.index.templates import delete_templates
from search.index.writer import drop_all


@command(
    "towns",
    "list the towns of ESCUCHA_TOWNS with what each holds and what is wrong there; exit 1 while anything is. `remove NAME` deletes what is "
    "kept of a town that was taken off the list, for ever.",
    option("action", nargs="?", choices=["list", "remove"], default="list"),
    option("name", nargs="?", help="the town (remove)"),
    option("--without-backup", action="store_true", help="remove it although no backup of it was ever made"),
)
def towns(a: Namespace) -> int:
    """List the towns, or remove one.

    Raises:
        ConfigurationError: ESCUCHA_TOWNS is not set, or the town may not be removed; the message says why.
    """
    if a.action == "remove":
        return remove(a.settings, a.name or "", without_backup=a.without_backup)
    if not a.settings.towns:
        raise ConfigurationError("ESCUCHA_TOWNS is not set: this installation serves one city (docs/how-to/several-towns.md)")
    towns = towns_of(a.settings, a.profile, missing_too=True)
    if said := unread_variables(towns[0].settings):
        print_line(said)
    wrong = [_print_state(town) for town in towns]
    return 1 if any(wrong) else 0


def _print_state(town: ServedTown) -> bool:
    """Print a town and its problems; return whether there are any."""
    try:
        with view_context(town.profile, town.settings) as context:
            found = [str(one) for one in alarms(context, now())]
            steps = read.steps(context.ledger)
            said = f"{context.city.name}: {steps.pending:,} posts wait, {steps.open_cases:,} cases are open; {town.settings.desk_address}"
    except (EscuchaError, OSError) as error:
        found, said = [str(error)], "cannot be opened"
    print_line(f"{town.name}: {said}")
    for problem in found:
        print_line(f"{town.name}: WRONG: {problem}")
    return bool(found)


def remove(settings: Settings, name: str, *, without_backup: bool) -> int:
    """Delete indices and folder of a town taken off the list.

    Its database on a server is left to who administers that; its name is printed.
    """
    if NAME.fullmatch(name) is None:
        raise ConfigurationError("give the town to remove: `escucha towns remove NAME`")
    if name in [Path(one.strip()).stem for one in settings.towns.split(",")]:
        raise ConfigurationError(
            f"{name} is served: take it off ESCUCHA_TOWNS and start again first, so that nothing writes to it meanwhile"
        )
    town = settings_of(settings, name)
    if not town.home.is_dir():
        raise ConfigurationError(f"there is nothing of {name}: {town.home.resolve()} does not exist")
    if not without_backup and last_backup(town) is None:
        raise ConfigurationError(
            f"no backup of {name} was ever made: put it on the list again and make one (`make backup FILE=... TOWN={name}`), or give "
            "--without-backup"
        )
    with suppress(NotRunningError):  # an embedded engine that ended kept nothing
        engine = connect(town, start_embedded=False)
        drop_all(engine)
        delete_templates(engine)
    if town.ledger_url:
        print_line(f"{name}: its database is kept: `dropdb {town.ledger_url.rpartition('/')[2].partition('?')[0]}` removes it")
    shutil.rmtree(town.home)
    print_line(f"{name}: its indices, their templates and {town.home.resolve()} are deleted")
    return 0
