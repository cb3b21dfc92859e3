"""Estimate the monthly cost of a paid source from the network's counts."""

import json
from argparse import Namespace
from typing import Any

from pydantic import JsonValue

from collectors.paging.scheduler import PARSE_FAILURES
from core.config.protocols import EstimatesCost
from core.errors import AnswerChangedError
from core.records import Json
from escucha.commands import JSON, command, option
from escucha.commands.common import print_line
from ledger.ingest.spending import spent
from pipeline.budget import budget_of
from pipeline.context import Context, now, open_context
from pipeline.health.source_check import describe_error
from pipeline.sources import Source


def estimate(context: Context, name: str) -> Json:
    """Return the plans of one source and the money spent so far.

    `plans` is empty when the source is free of charge. Amounts are in USD.

    Raises:
        SourceError: the network refused to count.
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
    if not isinstance(source.module, EstimatesCost):
        return []
    try:
        found = source.module.cost(context.city, source.options, source.secrets, budget_of(context, source))
    except PARSE_FAILURES as error:
        raise AnswerChangedError(
            f"{source.name}: its counts have a format that this version does not support ({describe_error(error)})"
        ) from None
    return [plan.model_dump(mode="json") for plan in found]


def format_text(found: Json) -> str:
    """Format the estimate as a text table."""
    plans: Any = found["plans"]
    if found["off"]:
        return f"{found['source']}: {found['off']}"
    if not plans:
        return f"{found['source']}: collecting is free of charge"
    lines = [f"{'plan':<28} {'posts in 7 days':>16} {'requests a month':>17} {'USD a month':>12}"]
    for plan in plans:
        lines.append(f"{plan['name']:<28} {plan['posts_a_week']:>16,} {plan['requests_a_month']:>17,} {plan['usd_a_month']:>12,.2f}")
        lines += [f"    {query}" for query in plan["queries"]]
    lines.append(
        f"these counts cost {found['asked_usd']:.3f} USD; spent this month: {found['month_usd']:.3f} of {found['monthly_budget_usd']:g} USD"
    )
    return "\n".join(lines)


@command(
    "cost",
    "estimate what collecting from a source would cost in a month, from the network's counts of the last 7 days. Reads no post. "
    "The counts are charged too: on X 0.005 USD each, three of them and one more for each further query; "
    "paid from the budget of the profile.",
    option("--source", required=True, help="the source, such as x"),
    JSON,
)
def run(a: Namespace) -> int:
    """Print what collecting from a source would cost in a month."""
    with open_context(a.city, a.settings) as context:
        found = estimate(context, a.source)
    print_line(json.dumps(found) if a.json else format_text(found))
    return 0
