"""Silence: a source that brings nothing new for longer than its `quiet_after` is an alarm, told once a silence."""

from datetime import datetime, timedelta

from ledger.ingest import freshness
from pipeline.context import Context, Source, now


def quiet_since(source: Source, heard_at: datetime | None, at: datetime) -> datetime | None:
    """Since when this source is silent for too long; None while it is not, or was never read."""
    quiet_after = source.options.quiet_after
    if quiet_after is None or heard_at is None or at - heard_at <= quiet_after:
        return None
    return heard_at


def news(context: Context, source: Source) -> list[str]:
    """What is to be told after a complete read: nothing, or a silence that nobody told before."""
    since = quiet_since(source, freshness.heard_at(context.ledger, source.name), now())
    if since is None or not freshness.tell_silence(context.ledger, source.name, since):
        return []
    return [describe_silence(source, since)]


def describe_silence(source: Source, since: datetime) -> str:
    """The alarm in words: since when, and what to look at."""
    hours = (source.options.quiet_after or timedelta(0)) / timedelta(hours=1)
    return (
        f"{source.name}: nothing new since {since:%Y-%m-%d %H:%M} UTC, longer than its quiet_after of {hours:g} hours: "
        f"see with `escucha check --source {source.name}` whether its query and account are still right, "
        f"or raise quiet_after in [sources.{source.name}]"
    )
