"""Export the dashboards as Kibana saved objects, or push them."""

from argparse import Namespace
from pathlib import Path

from core.config.towns import TownSettings
from core.errors import ConfigurationError
from escucha.commands import command, option
from escucha.commands.common import print_line
from pipeline.context import read_profile


@command(
    "dashboards",
    "export the dashboards for Kibana: `export DIR` writes files to import, `push` sets up spaces, role, dashboards and alert rules.",
    option("action", choices=["export", "push"]),
    option("folder", nargs="?", type=Path, help="for export: where to write the files"),
    option("--dry-run", action="store_true", help="for push: print what would be done, and change nothing"),
    option("--overwrite", action="store_true", help="for push: also replace what staff changed or removed in Kibana"),
    option("--kibana", help="for push: Kibana's address (default: ESCUCHA_KIBANA_URL)"),
)
def run(a: Namespace) -> int:
    """Export the dashboards as Kibana saved objects, or push them to Kibana."""
    from escucha.commands import kibana

    if isinstance(a.settings, TownSettings):
        raise ConfigurationError(
            "dashboards: Kibana's objects name the indices of one city; the desk of each town of ESCUCHA_TOWNS has the same"
        )
    city, _ = read_profile(a.city, a.settings)
    if a.action == "export" and a.folder is None:
        raise ConfigurationError("dashboards export: name the folder to write to, such as `escucha dashboards export kibana/`")
    done = (
        kibana.export(city, a.settings, a.folder)
        if a.action == "export"
        else kibana.push(city, a.settings, a.kibana, a.overwrite, a.dry_run)
    )
    for line in done:
        print_line(line)
    return 0
