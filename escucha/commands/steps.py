"""Run one step of the pipeline each, or all of them."""

from escucha.commands import command, option
from escucha.commands.common import step
from pipeline import all_steps as steps

command(
    "collect",
    "collect new posts from each source. Reads the networks (X costs money, up to the budget in the profile); writes posts "
    "and cursors to the ledger.",
    option("--source", help="only this source"),
    option(
        "--accept-rejects",
        action="store_true",
        help="with --source: if collection stopped at records that cannot be parsed, count them as rejected and continue",
    ),
)(step(steps.collect, "source", "accept_rejects"))
command("classify", "label waiting posts with the models. Reads and writes the ledger; takes about 13 ms of CPU time per post.")(
    step(steps.classify)
)
command(
    "warn",
    "find unusual rises of what citizens write and warn of each once: on the desk, by mail and webhook ([warnings] in the "
    "profile). Reads and writes the ledger.",
)(step(steps.warn))
command(
    "deliver",
    "deliver waiting cases to the external contact centre, each once. With the case book no case is sent outside.",
    option("--approve", type=int, metavar="N", help="deliver the N oldest waiting cases, this once"),
)(step(steps.deliver, "approve"))
command("follow", "fetch the state of delivered cases from the external contact centre.")(step(steps.follow))
command(
    "escalate",
    "mail each team its reopened cases and those at 50 and 80 % of the answer time, and its lead those at 100 %, each once. "
    "Needs mail and lead_mail in [[departments]].",
)(step(steps.escalate))
command(
    "answer", "send approved answers where the citizens asked, each once. Sends nothing unless the profile says [answers] send = true."
)(step(steps.answer))
command(
    "notify",
    "mail citizens who gave an address with their report each change of it, each once, and erase addresses that are no longer "
    "needed. Needs ESCUCHA_SMTP_URL.",
    option("--retry-given-up", action="store_true", help="also send the mails that were given up after their last try"),
)(step(steps.notify, "retry_given_up"))
command(
    "index",
    "index posts and cases of the ledger in the search engine.",
    option("--rebuild", action="store_true", help="fill a new generation of the index and replace the old one"),
    option("--retry-refused", action="store_true", help="retry the documents that the engine rejected permanently"),
    option("--accept-refused", type=int, metavar="N", help="give up at most N documents as rejected, this once"),
)(step(steps.index, "rebuild", "retry_refused", "accept_refused", fills=True))
command(
    "alert",
    "alert people of what newly matches their saved views, by mail and webhook, each post or case once. Reads and writes the "
    "ledger; needs the search engine for views with words.",
)(step(steps.alert))
command(
    "forget",
    "remove what is older than the retention in the profile. Cannot be undone. Refuses if the clock is not plausible, or "
    "if more posts than usual are due.",
    option("--approve", type=int, metavar="N", help="forget the N oldest posts that are due, this once, and trust the clock"),
)(step(steps.forget, "approve"))
command(
    "run",
    "all steps once, in order, without Airflow. Reads the sources, writes ledger and search engine.",
    option(
        "--newest-days",
        type=int,
        metavar="N",
        help="classify only the example month and posts of the last N days; older ones wait for the next run",
    ),
)(step(steps.run, "newest_days", fills=True))
