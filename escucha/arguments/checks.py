"""Define the commands that check and estimate, and change nothing."""

from escucha.arguments.common import Add
from escucha.commands import handlers


def add_checks(add: Add) -> None:
    """Add the commands that check connections, costs and states."""
    one = add(
        "check",
        "check sources, contact centre, search engine and models with one request each. Opens the ledger, and writes nothing else.",
        handlers.check,
    )
    one.add_argument("--source", help="only this source")
    one = add(
        "cost",
        "estimate what collecting from a source would cost in a month, from the network's counts of the last 7 days. Reads no post. "
        "The counts are charged too: on X 0.005 USD each, three of them and one more for each further query; "
        "paid from the budget of the profile.",
        handlers.cost,
    )
    one.add_argument("--source", required=True, help="the source, such as x")
    one.add_argument("--json", action="store_true", help="print JSON")
    one = add(
        "forecast",
        "forecast complaints and cases by service, district and week, and the cases due a day by department, with 80 % intervals. "
        "Writes nothing.",
        handlers.forecast,
    )
    one.add_argument("--weeks", type=int, default=4, choices=range(1, 14), metavar="N", help="weeks ahead, 1 to 13 (4)")
    one.add_argument("--json", action="store_true", help="print JSON")
    one = add(
        "compare",
        "fetch the complaints that the cities of [[compare]] publish and print how fast each closes them, beside this city. Keeps the "
        "figures for the portal; exit 1 when a city's server failed, whose last figures stay.",
        handlers.compare,
    )
    one.add_argument("--json", action="store_true", help="print JSON")
    one = add(
        "status", "show every source, step, engine and model: on or off and why. Writes nothing.", handlers.status
    )
    one.add_argument(
        "--fail",
        action="store_true",
        help="exit 1 when anything is wrong: a source that was never read or fails, the scheduler, the search engine",
    )
    one.add_argument("--json", action="store_true", help="print JSON")
