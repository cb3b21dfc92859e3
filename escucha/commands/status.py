"""Report the state of every source, step and service.

What is off names its cause and the setting that enables it.
"""

import json
from argparse import Namespace
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from collectors.drift import stopped_streams
from collectors.paging.scheduler import groups_in_backoff
from core.config.overlay import profile_name
from core.errors import EscuchaError, LedgerMismatchError
from core.records.case import CASEBOOK
from escucha.backup import backup
from escucha.commands import JSON, command, option
from escucha.commands.common import print_line, run_in_context
from ledger import read
from ledger.database import NoLedgerError, binding
from ledger.ingest import cursors
from ledger.ingest.spending import spent
from ledger.retention import objections, suppressions
from ledger.retention.suppression_journal import Journal
from ledger.system.heartbeat import last_beat as heartbeat_of
from pipeline.context import Context, now, open_context, view_context
from pipeline.health import freshness
from pipeline.health.alarms import alarms, overdue
from pipeline.webhooks import retry_webhooks, webhook_states
from search.connection.engine import connect
from search.index.generations import read_state
from search.queries.limits import EMBEDDED_POSTS, embedded_warning, indexed_posts

LATE = timedelta(days=2)
OFF = "off: "


def status(context: Context) -> dict[str, Any]:
    """Collect the state of everything as one JSON object."""
    known = {state.source: state for state in read.sources(context.ledger)}
    wrong, engine = alarms(context, now()), _engine(context)
    journal = suppressions.journal_problem(context.ledger)
    of_source = {one.name: str(one) for one in wrong if one.kind in ("source", "never", "failing")}
    return {
        "city": context.city.name,
        "at": now().isoformat(),
        "ledger": context.ledger.describe(),
        "belongs_to": _owner(context),
        "sources": {name: _source(context, name, known.get(name), of_source.get(name)) for name in context.sources},
        "settings": _settings(context),
        "scheduler": _scheduler(context),
        "steps": read.steps(context.ledger).model_dump(),
        "index_refused": read.index_refusals(context.ledger),
        "contact_centre": context.city.contact_centre.system,
        "webhooks": webhook_states(context),
        "staff_mails_given_up": read.refused_receivers(context.ledger, "staff"),
        "citizen_mails": read.outbox_left(context.ledger, "citizen").model_dump(mode="json"),
        "search_engine": engine,
        "problems": [*map(str, wrong), *([f"search engine {engine}"] if engine.startswith(OFF) else []), *([journal] if journal else [])],
        "model": _model(context),
        "reader": _reader(context),
        "torch": "present" if find_spec("torch") else "not installed: external models and GPUs need `make torch`",
        "suppressions": _suppressions(context, journal),
        "backup": _backup(context),
        "mail": "set" if context.settings.smtp_url else "off: set ESCUCHA_SMTP_URL (reports are written, not mailed)",
        "kibana": context.settings.kibana_url or "off: set ESCUCHA_KIBANA_URL",
    }


def _source(context: Context, name: str, known: Any, wrong: str | None) -> dict[str, Any]:
    one = context.sources[name]
    report: dict[str, Any] = {"state": one.off or (f"NOT WORKING: {wrong}" if wrong else "on")}
    if known is not None:
        report |= known.model_dump(mode="json", exclude={"source"})
        since = freshness.quiet_since(one, known.heard_at, now())
        report["quiet_since"] = since.isoformat() if since else None
        cursor = cursors.read_cursor(context.ledger, name)
        report["stopped"] = stopped_streams(cursor)
        pauses = groups_in_backoff(cursor, now())
        report["rests_until"] = max(pauses.values()).isoformat() if pauses else None
    budget = one.options.spending_limits().monthly_usd
    if budget is not None:
        report |= {"month_usd": spent(context.ledger, name, now()).month_usd, "monthly_budget_usd": budget}
    return report


def _owner(context: Context) -> str:
    """Say to which city the ledger is bound."""
    with context.ledger.read() as connection:
        bound = binding.bound_to(connection)
    if bound is not None:
        return f"the profile '{bound.profile}', the city '{bound.city}'"
    return (
        f"no city yet: an older Escucha made it. The next command that writes binds it to '{profile_name(context.city_path)}', the city "
        f"'{context.city.name}': check first that its posts are that city's"
    )


def _settings(context: Context) -> str:
    """Say which sections of the profile administrators changed on the desk."""
    said = [
        f"[{section}] {f'NOT USED: {context.overlay_problems[section]}' if section in context.overlay_problems else 'changed on the desk'}"
        for section in context.overlay.sections
    ]
    return "; ".join(said) or f"as in {context.city_path}"


def _scheduler(context: Context) -> str:
    last = heartbeat_of(context.ledger)
    if last is None:
        dag_id = context.settings.dag_id("heartbeat")
        return f"no heartbeat yet (Airflow's DAG `{dag_id}` sends one every 5 minutes)"
    silent = [str(one) for one in overdue(context, now()) if one.kind in ("scheduler", "worker")]
    return f"SILENT: {'; '.join(silent)}" if silent else f"last heartbeat {last:%Y-%m-%d %H:%M} UTC"


def _engine(context: Context) -> str:
    try:
        engine = connect(context.settings, start_embedded=False)
        generation, posts = read_state(engine), indexed_posts(engine)
    except EscuchaError as error:
        return f"{OFF}{error}"
    name = f"{engine.flavour} {engine.version} at {engine.url}"
    name += f" (embedded; at most {EMBEDDED_POSTS:,} posts)" if engine.embedded else ""
    filling = f", {generation.building} is being filled" if generation.building else ""
    warning = embedded_warning(engine, posts)
    return f"{name}: {posts:,} posts, generation {generation.serving or 'none'}{filling}{warning and f'; {warning}'}"


def _model(context: Context) -> str:
    try:
        return context.annotator.model
    except EscuchaError as error:
        return f"off: {error}"


def _suppressions(context: Context, wrong: str | None) -> str:
    journal = context.settings.journal
    said = f"objections of authors: {objections.count_objections(context.ledger):,}"
    if wrong is not None:
        return f"{said}; NOT WORKING: {wrong}"
    try:
        Journal(journal, context.salt).check_writable()
    except EscuchaError as error:
        return f"{said}; NOT WRITABLE: {error}"
    if not journal.exists():
        return f"{said}; no journal yet: the next start makes {journal}"
    return f"{said}; journal {journal} ({journal.stat().st_size:,} bytes)"


def _backup(context: Context) -> str:
    """Describe this home's last backup; a site makes one a day."""
    last = backup.last_backup(context.settings)
    if last is None:
        return "NONE of this home: run make backup FILE=... (docs/how-to/backup-and-restore.md)"
    late = " - LATE: older than two days" if now() - last.at > LATE else ""
    return f"{last.at.isoformat(timespec='minutes')}{late}, {last.file} ({last.bytes:,} bytes)"


def _reader(context: Context) -> str:
    try:
        return context.annotator.inference.encoder.describe()
    except EscuchaError:
        return "off: the model cannot be loaded"


def format_webhook(state: dict[str, Any]) -> str:
    """Format the state of one webhook as a line."""
    said = [f"{state['pending']:,} waiting"]
    if state["stopped_at"]:
        said.append("STOPPED: escucha webhooks --retry")
    elif state["failures"]:
        said.append(f"FAILING: {state['failures']:,} times in a row")
    if state["dead"]:
        said.append(f"{state['dead']:,} GIVEN UP: escucha webhooks --retry")
    why = f" ({state['reason']})" if state["reason"] else ""
    return f"webhook {state['endpoint']}: {', '.join(said)}{why}"


def format_citizen_mails(state: read.OutboxLeft) -> str:
    """Format the state of the mails to citizens as a line."""
    said = [f"{state.waiting:,} waiting" if state.waiting else "none waiting"]
    if state.refused:
        said.append(f"{state.refused:,} GIVEN UP: escucha notify --retry-given-up")
    why = f" ({state.reason})" if state.reason else ""
    last = f"; last sent {state.last_at:%Y-%m-%d %H:%M} UTC" if state.last_at else ""
    return f"mails to citizens: {', '.join(said)}{why}{last}"


def format_text(report: dict[str, Any]) -> str:
    """Format the status as text, one part per line."""
    lines = [f"{report['city']}, {report['at'][:16].replace('T', ' ')} UTC"]
    for name, source in report["sources"].items():
        counts = ", ".join(
            f"{key} {source[key]:,}"
            for key in ("received", "stored", "duplicate", "updated", "withdrawn", "open_gaps", "lost_gaps")
            if source.get(key)
        )
        rejected = source.get("rejected") or {}
        if rejected:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in sorted(rejected.items(), key=lambda one: -one[1]))
            counts += f", rejected {sum(rejected.values()):,} ({reasons})"
        since = source.get("quiet_since")
        quiet = f", SILENT: nothing new since {since[:16].replace('T', ' ')} UTC" if since else ""
        until = source.get("rests_until")
        paused = f", rate limit: paused until {until[:16].replace('T', ' ')} UTC" if until else ""
        money = f"; {source['month_usd']:.2f} of {source['monthly_budget_usd']:g} USD this month" if "month_usd" in source else ""
        lines.append(f"source {name}: {source['state']}{quiet}{paused}{'; ' if counts else ''}{counts}{money}")
        lines += [f"source {name}: STOPPED: {why}" for why in (source.get("stopped") or {}).values()]
    steps = ", ".join(f"{name} {count:,}" for name, count in report["steps"].items() if count)
    lines.append(f"steps: {steps or 'nothing yet'}")
    if refused := report["index_refused"]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in refused.items())
        lines.append(f"index: refused {sum(refused.values()):,} ({kinds}): escucha index --retry-refused")
    case_system = "the case book" if report["contact_centre"] == CASEBOOK else report["contact_centre"]
    lines.append(f"contact centre: {case_system}")
    lines += [format_webhook(one) for one in report["webhooks"]]
    lines += [f"mails to {audience}: GIVEN UP, correct its address ({why})" for audience, why in report["staff_mails_given_up"].items()]
    lines.append(format_citizen_mails(read.OutboxLeft.model_validate(report["citizen_mails"])))
    for part in "settings scheduler ledger belongs_to search_engine model reader torch suppressions backup mail kibana".split():
        lines.append(f"{part.replace('_', ' ')}: {report[part]}")
    lines.append(f"problems: {'; '.join(report['problems']) or 'none'}")
    return "\n".join(lines)


@command(
    "status",
    "show every source, step, engine and model: on or off and why. Writes nothing.",
    option(
        "--fail",
        action="store_true",
        help="exit 1 when anything is wrong: a source that was never read or fails, the scheduler, the search engine",
    ),
    JSON,
)
def run(a: Namespace) -> int:
    """Print the state of every source, step and service.

    Or that nothing is there yet.

    Raises:
        LedgerMismatchError: the suppression journal is not the ledger's own, whole: every step refuses the ledger.
    """
    try:
        with view_context(a.city, a.settings) as context:
            report, journal = status(context), suppressions.journal_problem(context.ledger)
    except NoLedgerError as nothing:
        print_line(json.dumps({"ledger": None, "message": str(nothing)}) if a.json else str(nothing))
        return 1 if a.fail else 0
    print_line(json.dumps(report, default=str) if a.json else format_text(report))
    if journal is not None:
        raise LedgerMismatchError(journal)
    return 1 if a.fail and report["problems"] else 0


@command(
    "webhooks",
    "print what waits for each system that is notified of case events, and its last failure. `escucha deliver` sends the events.",
    option("--retry", action="store_true", help="queue events that were given up again, and resume receivers that stopped"),
)
def webhooks(a: Namespace) -> int:
    """Print the state of each webhook, or queue lost events again."""
    if a.retry:
        return run_in_context(a, retry_webhooks)
    with open_context(a.city, a.settings) as context:
        found = webhook_states(context)
    for one in found:
        print_line(format_webhook(one))
    return 0
