"""Handle each subcommand: open the context, call one function, print its result."""

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError
from core.privacy.secret_filter import without_secrets
from escucha.commands import (
    check as check_command,
    clean as clean_command,
    cost as cost_command,
    explain as explain_command,
    init as init_command,
    outbox as outbox_command,
    pools as pools_command,
    status as status_command,
    what_if,
)
from ledger.database import NoLedgerError, check_whole
from ledger.retention.suppression_journal import Journal
from pipeline import all_steps as steps, export as exporting
from pipeline.access import accounts
from pipeline.city.rebind import rebind as bind_anew, rebind_journal
from pipeline.context import Context, now, open_context, read_profile, view_context
from pipeline.health.watch import watch
from pipeline.outbox import people
from pipeline.privacy import data_subject as subjects, erase as erasing
from pipeline.webhooks import retry_webhooks, webhook_states
from search.connection.engine import embedded_running

log = logging.getLogger("escucha")


def print_line(text: str) -> None:
    """Print one line of result on standard output, with secrets masked."""
    sys.stdout.write(f"{without_secrets(text)}\n")
    sys.stdout.flush()


def step(call: Callable[..., object], *options: str, fills: bool = False) -> Callable[[Namespace], int]:
    """Return the command that runs one pipeline step and prints its counts.

    Args:
        call: the step; it gets the open context, and each of `options` as given on the command line.
        options: names of the command's options, which are the step's parameters.
        fills: the step may start the embedded search engine, which then goes on running.
    """

    def command(a: Namespace) -> int:
        with _report_engine_left(a.settings) if fills else nullcontext():
            return _run_in_context(a, lambda context: call(context, **{name: getattr(a, name) for name in options}))

    return command


def _run_in_context(arguments: Namespace, call: Callable[[Context], object]) -> int:
    with open_context(arguments.city, arguments.settings) as context:
        result = call(context)
    print_line(json.dumps(result))
    return 0


@contextmanager
def _report_engine_left(settings: Settings) -> Iterator[None]:
    """Log an embedded engine that the command started and leaves running."""
    before = embedded_running(settings)
    try:
        yield
    finally:
        left = embedded_running(settings)
        if left is not None and left != before:
            log.info(
                "the embedded search engine keeps running (%s, process %d) for the desk and the next steps, which find it "
                "automatically; end it with `kill %d`. A new one is filled again from the ledger",
                left.url, left.pid, left.pid,
            )  # fmt: skip


def triage(a: Namespace) -> int:
    """Run triage, explain one decision, or show what another profile would decide."""
    if a.explain is not None:
        if a.what_if is not None:
            raise ConfigurationError("give either --explain POST or --what-if PROFILE")
        with view_context(a.city, a.settings) as context:
            why = explain_command.explain(context.ledger, a.explain)
        for line in [json.dumps(why, ensure_ascii=False)] if a.json else explain_command.format_text(why):
            print_line(line)
        return 0
    if a.what_if is None:
        if a.json:
            raise ConfigurationError("--json is only for `triage --what-if PROFILE` and `triage --explain POST`")
        return _run_in_context(a, steps.triage)
    other, _ = read_profile(a.what_if, a.settings.home)
    with view_context(a.city, a.settings) as context:
        found = what_if.what_if(context.ledger, other)
    for line in [json.dumps(found)] if a.json else what_if.format_text(found):
        print_line(line)
    return 0


def thresholds(a: Namespace) -> int:
    """Derive the thresholds of triage."""
    from escucha.commands import thresholds as deriving

    with open_context(a.city, a.settings) as context:
        city = deriving.with_reach(context.city, a.reach)
        labelled = deriving.from_files(city, a.gold, context.annotator)
        posts = [*deriving.scored(labelled), *deriving.from_ledger(context.city, context.ledger)]
        found = deriving.make(city, posts, context.annotator.model, list(deriving.matters(labelled)))
    for line in [found.model_dump_json()] if a.json else deriving.format_table(found, city.triage.reach):
        print_line(line)
    if a.write is not None:
        deriving.write_thresholds(found, a.write)
        log.info("wrote %s: set [triage] thresholds in the profile to its path, relative to the profile", a.write)
    return 0


def prove(a: Namespace) -> int:
    """Print or write one page of proof for a council."""
    from escucha.commands import prove as proving
    from pipeline.proof.measures import Seconds
    from reports.publish import replace

    form = "md" if a.out is None else a.out.suffix.lstrip(".").lower()
    if form not in proving.FORMATS:
        known = ", ".join(f".{one}" for one in proving.FORMATS)
        raise ConfigurationError(f"--out {a.out}: end the name with one of {known}")
    takes = Seconds(read=a.read_seconds, merge=a.merge_seconds, draft=a.draft_seconds, review=a.review_seconds)
    with open_context(a.city, a.settings) as context:
        page = proving.prove(context, a.gold, a.until or now(), takes, a.redacted, a.language)
    content = proving.FORMATS[form](page)
    if a.out is None:
        print_line(content.decode().rstrip())
        return 0
    replace(a.out, content)
    log.info("wrote %s", a.out)
    return 0


def compare(a: Namespace) -> int:
    """Fetch the figures of other cities and print them side by side."""
    from escucha.commands import compare as comparing

    with open_context(a.city, a.settings) as context:
        found, own = comparing.compare(context)
    for line in [found.model_dump_json()] if a.json else comparing.format_text(own, found):
        print_line(line)
    return 1 if found.failures else 0


def verify(a: Namespace) -> int:
    """Print both sides of each reconciliation line; exit 1 on a difference."""
    with view_context(a.city, a.settings) as context:
        lines = steps.verify(context)
    good = all(line.ok is not False for line in lines)
    if a.json:
        print_line(json.dumps({"ok": good, "lines": [line.model_dump() for line in lines]}))
        return 0 if good else 1
    for line in lines:
        mark = {True: "ok", False: "DIFFERENT", None: "not checked"}[line.ok]
        print_line(f"{mark:>10}  {line.name}: {line.left} = {'?' if line.right is None else line.right}")
    return 0 if good else 1


def up(a: Namespace) -> int:
    """Start everything."""
    from escucha.supervisor import up as start

    return start(a.city, a.settings)


def prepare(a: Namespace) -> int:
    """Make the ledger, or bring it up to date, and check it."""
    with open_context(a.city, a.settings) as context:
        check_whole(context.ledger)
        Journal(a.settings.journal, context.salt).check_writable()
        print_line(f"ready for {context.city.name}: {context.ledger.describe()}")
    return 0


def desk(a: Namespace) -> int:
    """Serve the desk."""
    from desk.server import serve

    with _report_engine_left(a.settings):
        return serve(a.city, a.settings)


def models(a: Namespace) -> int:
    """Compare another model with ours on a labelled file."""
    from dataclasses import asdict

    from nlp.evaluation.comparison import format_markdown
    from nlp.evaluation.try_model import find_question, model_options, parse_label_map, try_model

    city, _ = read_profile(a.city, a.settings.home)
    means = parse_label_map(a.label)
    question = a.question or find_question(city, a.model, means)
    comparison = try_model(city, question, model_options(city, question, a.model, means), a.on)
    print_line(json.dumps(asdict(comparison)) if a.json else format_markdown(comparison))
    return 0


def check(a: Namespace) -> int:
    """Check all external services with one request each."""
    with open_context(a.city, a.settings) as context:
        findings = check_command.check(context, a.source)
    for finding in findings:
        print_line(
            f"{'ok' if finding.good else 'off' if finding.good is None else 'FAILED':>7}  {finding.part}: {finding.message}"
        )
    return 1 if any(finding.good is False for finding in findings) else 0


def cost(a: Namespace) -> int:
    """Print what collecting from a source would cost in a month."""
    with open_context(a.city, a.settings) as context:
        found = cost_command.estimate(context, a.source)
    print_line(json.dumps(found) if a.json else cost_command.format_text(found))
    return 0


def forecast(a: Namespace) -> int:
    """Print the forecast of complaints, cases and work."""
    from escucha.commands import forecast as forecasting

    with view_context(a.city, a.settings) as context:
        found = forecasting.outlook(context, a.weeks)
    for line in [found.model_dump_json()] if a.json else forecasting.format_text(found):
        print_line(line)
    return 0


def status(a: Namespace) -> int:
    """Print the state of every source, step and service.

    Or that nothing is there yet.
    """
    try:
        with view_context(a.city, a.settings) as context:
            report = status_command.status(context)
    except NoLedgerError as nothing:
        print_line(json.dumps({"ledger": None, "message": str(nothing)}) if a.json else str(nothing))
        return 1 if a.fail else 0
    print_line(json.dumps(report, default=str) if a.json else status_command.format_text(report))
    return 1 if a.fail and report["problems"] else 0


def webhooks(a: Namespace) -> int:
    """Print the state of each webhook, or queue lost events again."""
    if a.retry:
        return _run_in_context(a, retry_webhooks)
    with open_context(a.city, a.settings) as context:
        found = webhook_states(context)
    for one in found:
        print_line(status_command.format_webhook(one))
    return 0


def watch_scheduler(a: Namespace) -> int:
    """Notify staff once of what is wrong; exit 1 while it is."""
    found = watch(a.city, a.settings)
    for message in found or ["the scheduler is running"]:
        print_line(message)
    return 1 if found else 0


def pools(a: Namespace) -> int:
    """Make the pools that are missing in Airflow."""
    print_line(json.dumps(pools_command.make_pools(a.settings)))
    return 0


def clean(a: Namespace) -> int:
    """Remove Airflow's old rows and logs."""
    return _run_in_context(a, clean_command.clean)


def export(a: Namespace) -> int:
    """Export the ledger's records to standard output."""
    with open_context(a.city, a.settings) as context:
        accounts.record_audit(context, "export", a.what, a.format)
        for line in exporting.lines(context.ledger, a.what, a.format):
            sys.stdout.write(line)
    return 0


def erase(a: Namespace) -> int:
    """Erase an author, a post or a contact permanently."""

    def call(context: Context) -> dict[str, int]:
        if a.contact:
            return erasing.erase_contact(context, a.contact)
        return erasing.erase_author(context, a.author) if a.author else erasing.erase_post(context, a.post)

    return _run_in_context(a, call)


def subject(a: Namespace) -> int:
    """Show or erase an author's data, or record an objection."""
    if a.withdraw and a.action != "object":
        raise ConfigurationError("--withdraw is only for `object`")
    if a.originals and a.action != "show":
        raise ConfigurationError("--originals is only for `show`")
    if a.receipt is not None and a.receipt.exists():
        raise ConfigurationError(f"--receipt {a.receipt}: exists already; name another file")
    with open_context(a.city, a.settings) as context:
        if a.action == "show":
            answer = subjects.show(context, a.author, a.originals)
        elif a.action == "erase":
            answer = subjects.erase(context, a.author)
        else:
            answer = (subjects.withdraw if a.withdraw else subjects.object_to)(context, a.author)
    text = json.dumps(answer, ensure_ascii=False, indent=2)
    if a.receipt is not None:
        a.receipt.touch(mode=0o600)
        a.receipt.write_text(f"{text}\n", encoding="utf-8")
    print_line(text)
    return 0


def rebind(a: Namespace) -> int:
    """Bind the ledger to a renamed profile, or another suppression journal."""
    if (a.old is None) != a.journal:
        raise ConfigurationError("rebind: give either OLD, the name of the profile before, or --journal")
    if a.journal:
        rebind_journal(a.city, a.settings)
        print_line(f"the suppression journal of the ledger is {a.settings.journal} now")
        return 0
    new = bind_anew(a.city, a.settings, a.old)
    print_line(f"the ledger belongs to the profile '{new}' now; it belonged to '{a.old}'")
    return 0


def dashboards(a: Namespace) -> int:
    """Export the dashboards as Kibana saved objects, or push them to Kibana."""
    from escucha.commands import kibana

    city, _ = read_profile(a.city, a.settings.home)
    if a.action == "export" and a.folder is None:
        raise ConfigurationError(
            "dashboards export: name the folder to write to, such as `escucha dashboards export kibana/`"
        )
    done = (
        kibana.export(city, a.settings, a.folder)
        if a.action == "export"
        else kibana.push(city, a.settings, a.kibana, a.overwrite, a.dry_run)
    )
    for line in done:
        print_line(line)
    return 0


def init(a: Namespace) -> int:
    """Create a profile for a new city."""
    path = init_command.init(a.name)
    print_line(f"wrote {path}")
    if not load_city(path).sources:
        print_line(f"sources: {check_command.NO_SOURCE.format(path=path)}")
    return 0


def outbox(a: Namespace) -> int:
    """Print the outbox, try a message again, or withdraw one."""
    with open_context(a.city, a.settings) as context:
        if a.retry is not None:
            people.retry(context, a.retry, accounts.operator())
        if a.withdraw is not None:
            people.withdraw(context, a.withdraw, accounts.operator())
        for line in outbox_command.lines(context.ledger, a.kind):
            print_line(line)
    return 0
