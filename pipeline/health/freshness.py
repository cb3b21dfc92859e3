"""Check freshness: alert once when a source exceeds its `quiet_after`."""

from datetime import datetime, timedelta

from ledger.ingest import freshness
from pipeline.context import Context, now
from pipeline.sources import Source


def quiet_since(source: Source, last_new_at: datetime | None, at: datetime) -> datetime | None:
    """Return since when a source has been quiet for too long.

    None while it is fresh, has no limit, or was never collected.
    """
    quiet_after = source.options.quiet_after
    if quiet_after is None or last_new_at is None or at - last_new_at <= quiet_after:
        return None
    return last_new_at


def quiet_sources(context: Context, at: datetime) -> list[tuple[str, datetime]]:
    """Return the sources that are quiet for too long, and since when."""
    found = []
    for name, source in context.sources.items():
        if source.off or source.options.quiet_after is None:
            continue
        since = quiet_since(source, freshness.last_new_at(context.ledger, name), at)
        if since is not None:
            found.append((name, since))
    return found


def new_alerts(context: Context, source: Source) -> list[str]:
    """Return the freshness alert due after a complete run: at most one."""
    since = quiet_since(source, freshness.last_new_at(context.ledger, source.name), now())
    if since is None or not freshness.claim_alert(context.ledger, source.name, since):
        return []
    return [describe_quiet(source, since)]


def describe_quiet(source: Source, since: datetime) -> str:
    """Describe a quiet source: since when, and what to check."""
    hours = (source.options.quiet_after or timedelta(0)) / timedelta(hours=1)
    return (
        f"{source.name}: nothing new since {since:%Y-%m-%d %H:%M} UTC, longer than its quiet_after of {hours:g} hours: "
        f"check its query and account with `escucha check --source {source.name}`, "
        f"or raise quiet_after in [sources.{source.name}]"
    )
