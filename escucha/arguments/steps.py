"""Define the commands that run one step each."""

from pathlib import Path

from escucha.arguments import reporting
from escucha.arguments.common import Add, Command
from escucha.commands import handlers, report as report_command
from pipeline import all_steps as steps

STEPS: dict[str, str] = {
    "collect": "collect new posts from each source. Reads the networks (X costs money, up to the budget in the profile); writes posts "
    "and cursors to the ledger.",
    "classify": "label waiting posts with the models. Reads and writes the ledger; takes about 13 ms of CPU time per post.",
    "triage": "decide which posts become a case, which need review by staff, and which need nothing. Reads and writes the ledger.",
    "warn": "find unusual rises of what citizens write and warn of each once: on the desk, by mail and webhook ([warnings] in the "
    "profile). Reads and writes the ledger.",
    "deliver": "deliver waiting cases to the external contact centre, each once. With the case book no case is sent outside.",
    "follow": "fetch the state of delivered cases from the external contact centre.",
    "escalate": "mail each team its reopened cases and those at 50 and 80 % of the answer time, and its lead those at 100 %, each once. "
    "Needs mail and lead_mail in [[departments]].",
    "answer": "send approved answers where the citizens asked, each once. Sends nothing unless the profile says [answers] send = true.",
    "notify": "mail citizens who gave an address with their report each change of it, each once, and erase addresses that are no longer "
    "needed. Needs ESCUCHA_SMTP_URL.",
    "index": "index posts and cases of the ledger in the search engine.",
    "alert": "alert people of what newly matches their saved views, by mail and webhook, each post or case once. Reads and writes the "
    "ledger; needs the search engine for views with words.",
    "report": "write the reports of the profile (page, PDF, workbook, slides, open data) about the last complete period and send each by "
    "e-mail once; with --kind, write one report of any kind, which is not mailed.",
    "forget": "remove what is older than the retention in the profile. Cannot be undone. Refuses if the clock is not plausible, or "
    "if more posts than usual are due.",
    "verify": "print both sides of every reconciliation line; exit 1 on any difference. Writes nothing.",
}

CALLS: dict[str, Command] = {
    "collect": handlers.step(steps.collect, "source", "accept_rejects"),
    "classify": handlers.step(steps.classify),
    "triage": handlers.triage,
    "warn": handlers.step(steps.warn),
    "deliver": handlers.step(steps.deliver, "approve"),
    "follow": handlers.step(steps.follow),
    "escalate": handlers.step(steps.escalate),
    "answer": handlers.step(steps.answer),
    "notify": handlers.step(steps.notify, "retry_given_up"),
    "index": handlers.step(steps.index, "rebuild", "retry_refused", "accept_refused", fills=True),
    "alert": handlers.step(steps.alert),
    "report": report_command.report,
    "forget": handlers.step(steps.forget, "approve"),
    "verify": handlers.verify,
}
"""Map each step to its pipeline function and the options it takes."""


def add_steps(add: Add) -> None:
    """Add a command for each step, with the options that step takes."""
    for name, words in STEPS.items():
        step = add(name, words, CALLS[name])
        if name == "collect":
            step.add_argument("--source", help="only this source")
        if name == "collect":
            step.add_argument(
                "--accept-rejects",
                action="store_true",
                help="with --source: if collection stopped at records that cannot be parsed, count them as rejected and continue",
            )
        if name == "report":
            reporting.add_arguments(step)
        if name == "deliver":
            step.add_argument("--approve", type=int, metavar="N", help="deliver the N oldest waiting cases, this once")
        if name == "triage":
            step.add_argument(
                "--what-if",
                type=Path,
                metavar="PROFILE",
                help="show what this profile's thresholds would change: decisions, reviews, cases. Writes nothing",
            )
            step.add_argument(
                "--explain",
                metavar="POST",
                help="show why this post is in its case or in none, and what the priority of its case is made of. Writes nothing",
            )
            step.add_argument("--json", action="store_true", help="with --what-if or --explain: print JSON")
        if name == "forget":
            step.add_argument(
                "--approve",
                type=int,
                metavar="N",
                help="forget the N oldest posts that are due, this once, and trust the clock",
            )
        if name == "notify":
            step.add_argument(
                "--retry-given-up",
                action="store_true",
                help="also send the mails that were given up after their last try",
            )
        if name == "index":
            step.add_argument(
                "--rebuild", action="store_true", help="fill a new generation of the index and replace the old one"
            )
            step.add_argument(
                "--retry-refused", action="store_true", help="retry the documents that the engine rejected permanently"
            )
            step.add_argument(
                "--accept-refused", type=int, metavar="N", help="give up at most N documents as rejected, this once"
            )
        if name == "verify":
            step.add_argument("--json", action="store_true", help='{"ok": bool, "lines": [...]}')
