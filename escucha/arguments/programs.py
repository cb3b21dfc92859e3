"""Define the commands that run or watch the whole program."""

from escucha.arguments.common import Add
from escucha.commands import handlers, portal
from pipeline import all_steps as steps
from pipeline.access.api_tokens import SCOPES


def add_programs(add: Add) -> None:
    """Add the commands that run all steps, or serve them."""
    add(
        "run",
        "all steps once, in order, without Airflow. Reads the sources, writes ledger and search engine.",
        handlers.step(steps.run, fills=True),
    )
    add(
        "prepare",
        "make the ledger, or bring an older one up to date, and check its file, the profile, the salt and the journal. Reads no network, "
        "changes nothing else.",
        handlers.prepare,
    )
    add(
        "up",
        "start the search engine, the desk, the portal and Airflow, run the first pass; stop cleanly on Ctrl-C.",
        handlers.up,
    )
    add(
        "desk",
        "serve the desk alone. Reads ledger and search engine; staff's changes are written to the ledger.",
        handlers.desk,
    )
    add(
        "portal",
        "serve the citizens' public interfaces alone: Open311. Reads the ledger; new requests by Open311 are written to it.",
        portal.serve,
    )
    one = add(
        "open311-key",
        "make a key for a system that creates requests by Open311: prints the key, once, and its entry for ESCUCHA_PORTAL_OPEN311_KEYS. "
        "Neither is stored; that it was made is audited.",
        portal.open311_key,
    )
    one.add_argument("name", help="who gets it: small letters, digits and -")
    one.add_argument(
        "--topic", action="append", default=[], help="only requests of this topic; repeat for several (default: all)"
    )
    one = add(
        "token",
        "make, list or revoke the tokens of systems that read by the API and by MCP: `make` prints the token once, and only its hash is "
        "stored. All is audited. docs/how-to/read-api.md.",
        portal.token,
    )
    one.add_argument("action", choices=["make", "list", "revoke"])
    one.add_argument("name", nargs="?", help="which system it is for: small letters, digits and -")
    one.add_argument(
        "--scope", action="append", default=[], choices=SCOPES, help="what it may read; repeat for several (make)"
    )
    one.add_argument("--days", type=int, default=365, help="days of validity, at most 730 (make; default: %(default)s)")
    add(
        "mcp",
        "serve the read-only tools of the Model Context Protocol on standard input and output, for an assistant on this machine. "
        "ESCUCHA_API_TOKEN holds the token whose scopes it has; every call is audited.",
        portal.mcp,
    )


def add_upkeep(add: Add) -> None:
    """Add the commands that a timer calls."""
    add(
        "watch-scheduler",
        "notify staff once when the scheduler or the collection of a source has stopped, or when profile or database cannot be used, and "
        "once when it is over; exit 1 while it is not. Needs no Airflow: run it from a timer every 5 minutes.",
        handlers.watch_scheduler,
    )
    add(
        "pools",
        "make the pools of Airflow that the DAGs need and that are missing; those that are there keep their slots. Run it after "
        "`airflow db migrate`.",
        handlers.pools,
    )
    add(
        "clean",
        "remove rows and task logs of Airflow that are older than ESCUCHA_AIRFLOW_KEEP_DAYS. Refuses if the clock is not plausible.",
        handlers.clean,
    )
