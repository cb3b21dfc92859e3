"""Count reports for their pages on the desk, which need no other file."""

from datetime import datetime, timedelta

from core.config.profile.reports import Scope
from pipeline.context import Context
from reports.build.asked import Asked
from reports.make import numbers_of


def write_numbers(context: Context, scope: Scope, now: datetime) -> str:
    """Count the last two months of a scope; return the address of the report's page."""
    days = {"first": now.date() - timedelta(days=60), "last": now.date() - timedelta(days=1)}
    asked = Asked(kind="view", posts=scope, **days)
    numbers = numbers_of(context.city, context.ledger, asked, now)
    folder = context.settings.home / "reports" / asked.name / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "numbers.json").write_text(numbers.model_dump_json())
    return f"/reports/{asked.name}/2026"
