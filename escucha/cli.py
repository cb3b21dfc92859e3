"""The `escucha` command: one subcommand a step. Results go to standard output, progress and log to standard error."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core.config.settings import load_settings
from core.errors import EscuchaError
from core.privacy.secret_filter import without_secrets
from core.stdio import set_up_stdio
from escucha.commands import gazetteer, handlers, staff
from pipeline import steps

log = logging.getLogger("escucha")

Command = Callable[[argparse.Namespace], int]

STEPS: dict[str, str] = {
    "collect": "read new posts of each source. Reads the networks (X costs money, up to the budget in the profile); writes posts "
    "and cursors to the ledger.",
    "classify": "let the reader label the posts that wait. Reads and writes the ledger; costs about 13 ms of a core a post.",
    "triage": "decide which posts become a case, which a person must look at, and which need nothing. Reads and writes the ledger.",
    "deliver": "hand waiting cases to the outside contact centre, each once. With the case book nothing leaves the house.",
    "follow": "bring home how far delivered cases have got in the outside contact centre.",
    "index": "fill the search engine from the ledger.",
    "report": "write the reports (page, PDF, open data) of the last closed interval and mail each once.",
    "forget": "remove what is older than the retention in the profile. Cannot be undone. Refuses by a clock that is not plausible, and "
    "when more is due than usual.",
    "verify": "print both sides of every identity; exit 1 on any difference. Writes nothing.",
}

CALLS: dict[str, Command] = {
    "collect": handlers.step(steps.collect, "source", "accept_rejects"),
    "classify": handlers.step(steps.classify),
    "triage": handlers.triage,
    "deliver": handlers.step(steps.deliver, "approve"),
    "follow": handlers.step(steps.follow),
    "index": handlers.step(steps.index, "rebuild", "retry_refused", "accept_refused", fills=True),
    "report": handlers.step(steps.report, "name"),
    "forget": handlers.step(steps.forget, "approve"),
    "verify": handlers.verify,
}
"""The function of the pipeline that each step calls, with the options that it takes."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="escucha", description="Listens to what people say in public about their city.")
    common = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("ESCUCHA_CITY", "cities/madrid.toml")
    common.add_argument(
        "--city", type=Path, default=Path(default), help="the profile (default: %(default)s, or ESCUCHA_CITY)"
    )
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str, command: Command) -> argparse.ArgumentParser:
        one = sub.add_parser(name, parents=[common], help=words.split(". ")[0].split(" (")[0], description=words)
        one.set_defaults(call=command)
        return one

    for name, words in STEPS.items():
        step = add(name, words, CALLS[name])
        if name == "collect":
            step.add_argument("--source", help="only this source")
        if name == "collect":
            step.add_argument(
                "--accept-rejects",
                action="store_true",
                help="with --source: where reading was stopped because records cannot be read, count them as refused and go on",
            )
        if name == "report":
            step.add_argument("name", nargs="?", help="only this report")
        if name == "deliver":
            step.add_argument("--approve", type=int, metavar="N", help="let the N oldest waiting cases go, this once")
        if name == "triage":
            step.add_argument(
                "--what-if",
                type=Path,
                metavar="PROFILE",
                help="say what this profile's thresholds would change of what was decided: decisions, looks, cases. Writes nothing",
            )
            step.add_argument("--json", action="store_true", help="with --what-if: for machines")
        if name == "forget":
            step.add_argument(
                "--approve",
                type=int,
                metavar="N",
                help="forget the N oldest of what is due, this once, and take the clock for right",
            )
        if name == "index":
            step.add_argument(
                "--rebuild", action="store_true", help="throw the view away and build it again from the ledger"
            )
            step.add_argument(
                "--retry-refused", action="store_true", help="try the documents again that the engine refused for good"
            )
            step.add_argument(
                "--accept-refused", type=int, metavar="N", help="give up to N documents up as refused, this once"
            )
        if name == "verify":
            step.add_argument("--json", action="store_true", help='{"ok": bool, "lines": [...]}')

    add(
        "run",
        "all steps once, in order, without Airflow. Reads the sources, writes ledger and search engine.",
        handlers.step(steps.run, fills=True),
    )
    add("up", "start the search engine, the desk and Airflow, run the first pass, stop cleanly on Ctrl-C.", handlers.up)
    add(
        "desk",
        "serve the desk alone. Reads ledger and search engine; staff's changes are written to the ledger.",
        handlers.desk,
    )
    one = add(
        "label",
        "label posts: JSON lines in, JSON lines out, same order. Reads standard input, stores nothing.",
        handlers.label,
    )
    one.add_argument(
        "--explain",
        action="store_true",
        help="also name the words that carried each label: each word is left out in turn and the post read again, "
        "so a post costs as many readings as it has words (20 times the time as a rule, 56 times at most)",
    )
    one = add(
        "models",
        "compare another model with ours on posts that you labelled: `models try DIR_OR_ID --on gold.jsonl --label THEIRS=OURS ...`. "
        "Writes nothing, unless a model of the hub must be fetched first; reads every post with both. "
        "The other model needs torch (`make torch`).",
        handlers.models,
    )
    one.add_argument("action", choices=["try"])
    one.add_argument("model", metavar="DIR_OR_ID", help="directory or hub id of a text-classification model")
    one.add_argument(
        "--question",
        choices=["sentiment", "intent", "topic", "actionable"],
        help="which of ours it answers; without it, the only one that its labels fit",
    )
    one.add_argument(
        "--on", required=True, type=Path, metavar="FILE", help="JSON lines with text and the question's label"
    )
    one.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="what one of its labels means, once for each; without any, as the profile says for this model, or as they are called",
    )
    one.add_argument("--json", action="store_true", help="for machines")
    one = add(
        "thresholds",
        "derive the thresholds of triage from posts that you labelled and from what people decided in the review queue: a table of "
        "what each promises and how many looks it costs. Writes nothing but the file of --write.",
        handlers.thresholds,
    )
    one.add_argument(
        "--gold",
        required=True,
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON lines with text, actionable, and source where it is no post of a network; the promise holds in each file",
    )
    one.add_argument(
        "--reach", type=float, help="share of actionable posts that must get through (default: the profile's)"
    )
    one.add_argument("--write", type=Path, metavar="FILE", help="write the file that `[triage] thresholds` names")
    one.add_argument("--json", action="store_true", help="for machines")
    one = add(
        "check", "check sources, contact centre, engines and models with one read each. Writes nothing.", handlers.check
    )
    one.add_argument("--source", help="only this source")
    one = add(
        "cost",
        "what listening to a source would cost in a month, from the network's own counts of the last 7 days. Reads no post. "
        "Asking costs money itself: on X 0.005 USD a count, of which there are three, and one more for each further query; "
        "paid from the budget of the profile.",
        handlers.cost,
    )
    one.add_argument("--source", required=True, help="the source, such as x")
    one.add_argument("--json", action="store_true", help="for machines")
    one = add("status", "every source, step, engine and model: on or off and why. Writes nothing.", handlers.status)
    one.add_argument("--json", action="store_true", help="for machines")
    add(
        "watch-scheduler",
        "tell people once when the scheduler, or the reading of a source, stays away, and once when it is back; exit 1 while it does. "
        "Needs no Airflow: let a timer run it every 5 minutes.",
        handlers.watch_scheduler,
    )
    add(
        "clean",
        "remove rows and task logs of Airflow that are older than ESCUCHA_AIRFLOW_KEEP_DAYS. Refuses by a clock that is not plausible.",
        handlers.clean,
    )
    one = add(
        "export",
        "posts, labels, cases or corrections to standard output. Pseudonymous; CSV is safe against formulas.",
        handlers.export,
    )
    one.add_argument("what", choices=["posts", "labels", "cases", "corrections"])
    one.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")
    one = add("erase", "remove an author's posts, or one post, for good, and refuse their return.", handlers.erase)
    group = one.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author (not the handle)"
    )
    group.add_argument("--post", metavar="POST_ID", help="the ledger's id of the post")
    one = add(
        "subject",
        "what a person may ask for (GDPR): `show` prints all that is kept about an author, `erase` erases it, `object` erases it "
        "and refuses the author's new posts until `object --withdraw`. Prints a receipt; is audited. docs/how-to/erase-a-citizen.md.",
        handlers.subject,
    )
    one.add_argument("author", metavar="SOURCE:AUTHOR", help="the network's stable id of the author")
    one.add_argument("action", choices=["show", "erase", "object"])
    one.add_argument(
        "--originals", action="store_true", help="for show: decrypt the originals' ids and links, which is audited"
    )
    one.add_argument(
        "--withdraw", action="store_true", help="for object: lift the objection; what was erased stays erased"
    )
    one.add_argument(
        "--receipt", type=Path, metavar="FILE", help="also write what is printed to this new file (mode 0600)"
    )
    one = add(
        "dashboards",
        "the dashboards for Kibana: `export DIR` writes saved objects, `push` sends them.",
        handlers.dashboards,
    )
    one.add_argument("action", choices=["export", "push"])
    one.add_argument("folder", nargs="?", type=Path, help="for export: where to write the NDJSON files")
    one.add_argument("--kibana", help="for push: Kibana's address (default: ESCUCHA_KIBANA_URL)")
    one = add("init", "a profile for your own city, with questions. Writes cities/NAME.toml.", handlers.init)
    one.add_argument("name")
    gazetteer.add_to(sub)
    _staff(add)
    _refuse_source(sub.choices.values())
    return top


def _staff(add: Callable[[str, str, Command], argparse.ArgumentParser]) -> None:
    one = add(
        "user",
        "make a user of the desk, or change a password or role: reads the password from standard input. Every change ends the "
        "user's sessions and is audited. The last administrator cannot be disabled or removed.",
        staff.user,
    )
    one.add_argument("name", nargs="?")
    one.add_argument("--role", choices=["reader", "agent", "admin"], help="default: agent; a known user keeps the role")
    one.add_argument("--list", action="store_true", help="users, roles, and how many sessions each has open")
    one.add_argument("--disable", action="store_true", help="the user cannot log in any more")
    one.add_argument("--enable", action="store_true", help="the user can log in again")
    one.add_argument("--remove", action="store_true", help="remove the user; what the user did stays in the history")
    one.add_argument("--revoke", action="store_true", help="end all sessions of the user")
    one = add(
        "audit",
        "print who did what and when: log-ins, users, roles, exports, erasures, work on cases. That it was read is logged, too. "
        "`escucha verify` says whether the log is unbroken.",
        staff.audit,
    )
    one.add_argument("--who", help="only this user")
    one.add_argument("--what", help="only this kind of entry, such as login_failed")
    one.add_argument("--from", dest="since", metavar="DAY", help="from this day of the city on, as 2026-11-27")
    one.add_argument("--to", dest="until", metavar="DAY", help="until this day, itself included")
    one.add_argument("--format", choices=["jsonl", "csv"], default="jsonl", help="CSV is safe against formulas")


class _RefusedSource(argparse.Action):
    """`--source` where it would mean nothing: taking it in silence would do to all sources what was meant for one."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """End with exit code 2, in words."""
        parser.error(
            f"{parser.prog} works on all sources at once: leave --source out (collect, check and cost take it)"
        )


def _refuse_source(commands: Iterable[argparse.ArgumentParser]) -> None:
    """Refuse `--source` in words wherever a command does not take it."""
    for one in commands:
        if "--source" not in one._option_string_actions:
            one.add_argument("--source", action=_RefusedSource, help=argparse.SUPPRESS)


def _share_authorities() -> None:
    """A private certificate authority named once counts for every client: some read one variable, some the other."""
    for one, other in (("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")):
        if os.environ.get(one) and not os.environ.get(other):
            os.environ[other] = os.environ[one]


class DiscreetFormatter(logging.Formatter):
    """Takes the secrets out of every line of the log, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it may be said."""
        return without_secrets(super().format(record))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 a check failed, 2 usage or configuration."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(DiscreetFormatter("%(message)s"))
    for noisy in ("httpx", "elastic_transport", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    set_up_stdio()
    _share_authorities()
    try:
        arguments.settings = load_settings()
        call: Command = arguments.call
        return call(arguments)
    except EscuchaError as error:
        log.error("escucha %s: %s", arguments.command, error)
        return error.exit_code
    except OSError as error:  # a full disk behind the pipe, a folder that may not be written
        log.error("escucha %s: %s", arguments.command, error)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception:  # a fault of ours: all that helps to find it is said, and no secret
        log.exception("escucha %s: a fault of Escucha, please report it", arguments.command)
        return 1


if __name__ == "__main__":
    sys.exit(main())
