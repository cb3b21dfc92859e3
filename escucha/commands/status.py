"""`escucha status`: how every source, step, engine and model stands, why something is off, and what to set."""

from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from collectors.drift import stopped_streams
from collectors.paging.scheduler import resting
from core.errors import EscuchaError
from escucha.backup import backup
from ledger import read
from ledger.ingest import store
from ledger.ingest.spending import spent
from ledger.retention import suppressions
from ledger.system.heartbeat import last_beat as heartbeat_of
from pipeline import freshness, heartbeat
from pipeline.context import CASEBOOK, Context, now
from search.engine import connect

LATE = timedelta(days=2)


def status(context: Context) -> dict[str, Any]:
    """Everything as one JSON object."""
    known = {state.source: state for state in read.sources(context.ledger)}
    return {
        "city": context.city.name,
        "at": now().isoformat(),
        "ledger": context.ledger.describe(),
        "sources": {name: _source(context, name, known.get(name)) for name in context.sources},
        "scheduler": _scheduler(context),
        "steps": read.steps(context.ledger).model_dump(),
        "index_refused": read.index_refusals(context.ledger),
        "contact_centre": context.city.contact_centre.system,
        "search_engine": _engine(context),
        "model": _model(context),
        "reader": _reader(context),
        "torch": "present"
        if find_spec("torch")
        else "absent: other people's models and a graphics card need `make torch`",
        "suppressions": _suppressions(context),
        "backup": _backup(context),
        "mail": "set" if context.settings.smtp_url else "off: set ESCUCHA_SMTP_URL (reports are written, not mailed)",
        "kibana": context.settings.kibana_url or "off: set ESCUCHA_KIBANA_URL",
    }


def _source(context: Context, name: str, known: Any) -> dict[str, Any]:
    one = context.sources[name]
    standing: dict[str, Any] = {"state": one.off or "on"}
    if known is not None:
        standing |= known.model_dump(mode="json", exclude={"source"})
        since = freshness.quiet_since(one, known.heard_at, now())
        standing["quiet_since"] = since.isoformat() if since else None
        cursor = store.read_cursor(context.ledger, name)
        standing["stopped"] = stopped_streams(cursor)
        rests = resting(cursor, now())
        standing["rests_until"] = max(rests.values()).isoformat() if rests else None
    budget = one.options.spending_limits().monthly_usd
    if budget is not None:
        standing |= {"month_usd": spent(context.ledger, name, now()).month_usd, "monthly_budget_usd": budget}
    return standing


def _scheduler(context: Context) -> str:
    last = heartbeat_of(context.ledger)
    if last is None:
        dag_id = context.settings.dag_id("heartbeat")
        return f"never gave a sign of life (Airflow's DAG `{dag_id}` gives one every 5 minutes)"
    silent = heartbeat.late(context, now())
    return f"SILENT: {'; '.join(silent)}" if silent else f"alive at {last:%Y-%m-%d %H:%M} UTC"


def _engine(context: Context) -> str:
    try:
        engine = connect(context.settings, start_embedded=False)
    except EscuchaError as error:
        return f"off: {error}"
    return f"{engine.flavour} {engine.version} at {engine.url}{' (embedded)' if engine.embedded else ''}"


def _model(context: Context) -> str:
    try:
        return context.annotator.model
    except EscuchaError as error:
        return f"off: {error}"


def _suppressions(context: Context) -> str:
    journal = context.settings.journal
    size = journal.stat().st_size if journal.exists() else 0
    objections = suppressions.count_objections(context.ledger)
    return f"{objections:,} authors object; journal {journal} ({size:,} bytes)"


def _backup(context: Context) -> str:
    """When the last one was made from this home; a site makes one a day."""
    last = backup.last_backup(context.settings)
    if last is None:
        return "NONE was made from here: make backup FILE=... (docs/how-to/backup-and-restore.md)"
    late = " - LATE: older than two days" if now() - last.at > LATE else ""
    return f"{last.at.isoformat(timespec='minutes')}{late}, {last.file} ({last.bytes:,} bytes)"


def _reader(context: Context) -> str:
    try:
        return context.annotator.one_pass.encoder.describe()
    except EscuchaError:
        return "off: the model cannot be used"


def format_text(standing: dict[str, Any]) -> str:
    """The same for people, a line a thing."""
    lines = [f"{standing['city']}, {standing['at'][:16].replace('T', ' ')} UTC"]
    for name, source in standing["sources"].items():
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
        rest = f", as asked not read before {until[:16].replace('T', ' ')} UTC" if until else ""
        money = (
            f"; {source['month_usd']:.2f} of {source['monthly_budget_usd']:g} USD this month"
            if "month_usd" in source
            else ""
        )
        lines.append(f"source {name}: {source['state']}{quiet}{rest}{'; ' if counts else ''}{counts}{money}")
        lines += [f"source {name}: STOPPED: {why}" for why in (source.get("stopped") or {}).values()]
    steps = ", ".join(f"{name} {count:,}" for name, count in standing["steps"].items() if count)
    lines.append(f"steps: {steps or 'nothing yet'}")
    if refused := standing["index_refused"]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in refused.items())
        lines.append(f"index: refused {sum(refused.values()):,} ({kinds}): escucha index --retry-refused")
    case_system = "the case book" if standing["contact_centre"] == CASEBOOK else standing["contact_centre"]
    lines.append(f"contact centre: {case_system}")
    parts = (
        "scheduler",
        "ledger",
        "search_engine",
        "model",
        "reader",
        "torch",
        "suppressions",
        "backup",
        "mail",
        "kibana",
    )
    for part in parts:
        lines.append(f"{part.replace('_', ' ')}: {standing[part]}")
    return "\n".join(lines)
