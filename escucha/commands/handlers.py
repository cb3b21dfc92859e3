"""What each subcommand does: opens the house, calls one function of `escucha/`, prints its result."""

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.privacy.secret_filter import without_secrets
from escucha.commands import (
    check as checking,
    clean as cleaning,
    cost as costing,
    init as profile,
    status as status_page,
    what_if,
)
from pipeline import accounts, data_subject as subjects, erase as erasing, export as exporting, heartbeat, steps
from pipeline.context import Context, open_context, read_profile
from search.engine import embedded_running

log = logging.getLogger("escucha")


def print_line(text: str) -> None:
    """One line of result on standard output."""
    sys.stdout.write(f"{without_secrets(text)}\n")
    sys.stdout.flush()


def step(call: Callable[..., object], *options: str, fills: bool = False) -> Callable[[Namespace], int]:
    """Return the command that runs a step of the pipeline and prints its counts.

    Args:
        call: the step; it gets the open house, and each of `options` as the command line gave it.
        options: names of the command's options, which are the step's parameters.
        fills: the step may start the embedded search engine, which then goes on running.
    """

    def command(a: Namespace) -> int:
        with _engine_left(a.settings) if fills else nullcontext():
            return _house(a, lambda context: call(context, **{name: getattr(a, name) for name in options}))

    return command


def _house(arguments: Namespace, call: Callable[[Context], object]) -> int:
    with open_context(arguments.city, arguments.settings) as context:
        result = call(context)
    print_line(json.dumps(result))
    return 0


@contextmanager
def _engine_left(settings: Settings) -> Iterator[None]:
    """Say it when an embedded engine that was not there before goes on after the command."""
    before = embedded_running(settings)
    try:
        yield
    finally:
        left = embedded_running(settings)
        if left is not None and left != before:
            log.info(
                "the embedded search engine goes on running (%s, process %d) for the desk and the next steps, which find it by "
                "themselves; end it with `kill %d`. What it holds is filled in again from the ledger",
                left.url, left.pid, left.pid,
            )  # fmt: skip


def triage(a: Namespace) -> int:
    """Decide what becomes a case, or say what another profile would decide."""
    if a.what_if is None:
        if a.json:
            raise ConfigurationError("--json goes with `triage --what-if PROFILE` only")
        return _house(a, steps.triage)
    other, _ = read_profile(a.what_if)
    with open_context(a.city, a.settings) as context:
        found = what_if.what_if(context.ledger, other)
    for line in [json.dumps(found)] if a.json else what_if.format_text(found):
        print_line(line)
    return 0


def thresholds(a: Namespace) -> int:
    """Derive the thresholds of triage."""
    from escucha.commands import thresholds as deriving

    with open_context(a.city, a.settings) as context:
        city = deriving.asking(context.city, a.reach)
        posts = [*deriving.from_files(city, a.gold, context.annotator), *deriving.from_ledger(context.ledger)]
        found = deriving.make(city, posts, context.annotator.model)
    for line in [found.model_dump_json()] if a.json else deriving.format_table(found, city.triage.reach):
        print_line(line)
    if a.write is not None:
        deriving.write_thresholds(found, a.write)
        log.info("wrote %s: name it in the profile, [triage] thresholds, relative to the profile", a.write)
    return 0


def verify(a: Namespace) -> int:
    """Print both sides of each identity."""
    with open_context(a.city, a.settings) as context:
        lines = steps.verify(context)
    good = all(line.ok is not False for line in lines)
    if a.json:
        print_line(json.dumps({"ok": good, "lines": [line.model_dump() for line in lines]}))
        return 0 if good else 1
    for line in lines:
        mark = {True: "ok", False: "DIFFERENT", None: "not asked"}[line.ok]
        print_line(f"{mark:>10}  {line.name}: {line.left} = {'?' if line.right is None else line.right}")
    return 0 if good else 1


def up(a: Namespace) -> int:
    """Start everything."""
    from escucha.supervisor import up as start

    return start(a.city, a.settings)


def desk(a: Namespace) -> int:
    """Serve the desk."""
    from desk.server import serve

    with _engine_left(a.settings):
        return serve(a.city, a.settings)


def label(a: Namespace) -> int:
    """Label lines of standard input."""
    from nlp.annotator import Annotator
    from nlp.label import bounded_lines, label_lines

    if sys.stdin is None or sys.stdout is None:
        raise ConfigurationError("label reads standard input and writes standard output; one of them is closed")
    city, _ = read_profile(a.city)
    for line in label_lines(city, Annotator(city), bounded_lines(sys.stdin.buffer), a.explain):
        sys.stdout.buffer.write(line.encode() + b"\n")  # UTF-8 whatever the terminal speaks
        sys.stdout.buffer.flush()
    return 0


def models(a: Namespace) -> int:
    """Another model beside ours on a labelled file."""
    from dataclasses import asdict

    from nlp.evaluation.comparison import format_markdown
    from nlp.evaluation.try_model import meanings, options_of, question_of, try_model

    city, _ = read_profile(a.city)
    means = meanings(a.label)
    question = a.question or question_of(city, a.model, means)
    comparison = try_model(city, question, options_of(city, question, a.model, means), a.on)
    print_line(json.dumps(asdict(comparison)) if a.json else format_markdown(comparison))
    return 0


def check(a: Namespace) -> int:
    """One read of everything outside."""
    with open_context(a.city, a.settings) as context:
        findings = checking.check(context, a.source)
    for finding in findings:
        print_line(
            f"{'ok' if finding.good else 'off' if finding.good is None else 'FAILED':>7}  {finding.part}: {finding.words}"
        )
    return 1 if any(finding.good is False for finding in findings) else 0


def cost(a: Namespace) -> int:
    """What listening to a source would cost."""
    with open_context(a.city, a.settings) as context:
        found = costing.estimate(context, a.source)
    print_line(json.dumps(found) if a.json else costing.format_text(found))
    return 0


def status(a: Namespace) -> int:
    """How everything stands."""
    with open_context(a.city, a.settings) as context:
        standing = status_page.status(context)
    print_line(json.dumps(standing, default=str) if a.json else status_page.format_text(standing))
    return 0


def watch_scheduler(a: Namespace) -> int:
    """Tell people when the scheduler is silent."""
    with open_context(a.city, a.settings) as context:
        found = heartbeat.watch(context)
    for words in found or ["the scheduler is alive"]:
        print_line(words)
    return 1 if found else 0


def clean(a: Namespace) -> int:
    """Remove what Airflow keeps of old runs."""
    return _house(a, cleaning.clean)


def export(a: Namespace) -> int:
    """Posts, labels or cases to standard output."""
    with open_context(a.city, a.settings) as context:
        accounts.record_audit(context, "export", a.what, a.format)
        for line in exporting.lines(context.ledger, a.what, a.format):
            sys.stdout.write(line)
    return 0


def erase(a: Namespace) -> int:
    """Remove an author or a post for good."""
    return _house(
        a, lambda context: erasing.erase_author(context, a.author) if a.author else erasing.erase_post(context, a.post)
    )


def subject(a: Namespace) -> int:
    """What is kept about an author; erase it; keep an objection."""
    if a.withdraw and a.action != "object":
        raise ConfigurationError("--withdraw goes with `object` only")
    if a.originals and a.action != "show":
        raise ConfigurationError("--originals goes with `show` only")
    if a.receipt is not None and a.receipt.exists():
        raise ConfigurationError(f"--receipt {a.receipt}: is there already; name another file")
    with open_context(a.city, a.settings) as context:
        if a.action == "show":
            told = subjects.show(context, a.author, a.originals)
        elif a.action == "erase":
            told = subjects.erase(context, a.author)
        else:
            told = (subjects.withdraw if a.withdraw else subjects.object_to)(context, a.author)
    text = json.dumps(told, ensure_ascii=False, indent=2)
    if a.receipt is not None:
        a.receipt.touch(mode=0o600)
        a.receipt.write_text(f"{text}\n", encoding="utf-8")
    print_line(text)
    return 0


def dashboards(a: Namespace) -> int:
    """Saved objects for Kibana."""
    from dashboards.kibana import export as kibana

    city, _ = read_profile(a.city)
    if a.action == "export":
        if a.folder is None:
            raise ConfigurationError(
                "dashboards export: name the folder to write to, such as `escucha dashboards export kibana/`"
            )
        for path in kibana.export(city, a.folder):
            print_line(str(path))
        return 0
    url = a.kibana or a.settings.kibana_url
    if not url:
        raise ConfigurationError("dashboards push: give --kibana URL or set ESCUCHA_KIBANA_URL")
    print_line(json.dumps(kibana.push(city, a.settings, url)))
    return 0


def init(a: Namespace) -> int:
    """A profile for one's own city."""
    print_line(f"wrote {profile.init(a.name)}")
    return 0
