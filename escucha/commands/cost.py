"""What a source that charges for reading would cost in a month, asked of the network itself before anything is read."""

from typing import Any

from pydantic import JsonValue

from collectors.paging.scheduler import UNREADABLE
from core.config.protocols import CountsCosts
from core.errors import AnswerChangedError
from core.records import Json
from escucha.commands.check import what
from ledger.ingest.spending import spent
from pipeline.budget import budget_of
from pipeline.context import Context, Source, now


def estimate(context: Context, name: str) -> Json:
    """The plans of one source and what was spent so far; `plans` is empty when reading it costs no money.

    Raises:
        SourceError: the network refused to count, in words.
        BudgetSpentError: no money is left even for the counts.
        ConfigurationError: there is no such source.
    """
    (source,) = context.chosen(name)
    before = spent(context.ledger, name, now())
    plans = [] if source.off else _plans(context, source)
    after = spent(context.ledger, name, now())
    return {
        "source": name,
        "off": source.off,
        "plans": plans,
        "asked_usd": round(after.month_usd - before.month_usd, 6),
        "month_usd": after.month_usd,
        "monthly_budget_usd": source.options.spending_limits().monthly_usd,
    }


def _plans(context: Context, source: Source) -> list[JsonValue]:
    if not isinstance(source.module, CountsCosts):
        return []
    try:
        found = source.module.cost(context.city, source.options, source.secrets, budget_of(context, source))
    except UNREADABLE as error:
        raise AnswerChangedError(
            f"{source.name}: its counts are not in a form this version reads ({what(error)})"
        ) from None
    return [plan.model_dump(mode="json") for plan in found]


def format_text(found: Json) -> str:
    """The same for people."""
    plans: Any = found["plans"]
    if found["off"]:
        return f"{found['source']}: {found['off']}"
    if not plans:
        return f"{found['source']}: reading costs no money"
    lines = [f"{'plan':<28} {'posts in 7 days':>16} {'requests a month':>17} {'USD a month':>12}"]
    for plan in plans:
        lines.append(
            f"{plan['name']:<28} {plan['posts_a_week']:>16,} {plan['requests_a_month']:>17,} {plan['usd_a_month']:>12,.2f}"
        )
        lines += [f"    {query}" for query in plan["queries"]]
    lines.append(
        f"asking cost {found['asked_usd']:.3f} USD; this month {found['month_usd']:.3f} of {found['monthly_budget_usd']:g} USD are spent"
    )
    return "\n".join(lines)
