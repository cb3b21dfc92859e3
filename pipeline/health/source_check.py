"""Check one source with one request."""

from collectors.paging.scheduler import PARSE_FAILURES
from core.config.own_variables import own_variables
from core.config.protocols import ChargesForCheck
from core.errors import EscuchaError
from core.records import Record
from pipeline.budget import budget_of
from pipeline.context import Context


class Finding(Record):
    """Describe one check: passed, failed, or None when the part is off."""

    part: str
    good: bool | None
    message: str


def price_of(context: Context, name: str) -> float:
    """Return what one check of a source costs, in US dollars."""
    module = context.sources[name].module
    return module.CHECK_USD if isinstance(module, ChargesForCheck) else 0.0


def check_source(context: Context, name: str) -> Finding:
    """Ask a source once; what that costs counts against its budget."""
    one = context.sources[name]
    part = f"source {name}"
    if one.off:
        return Finding(part=part, good=None, message=one.off)
    try:
        if price := price_of(context, name):
            budget_of(context, one).spend(1, price)
        with own_variables(context.settings):
            return Finding(part=part, good=True, message=one.module.check(context.city, one.options, one.secrets))
    except EscuchaError as error:
        return Finding(part=part, good=False, message=str(error))
    except PARSE_FAILURES as error:
        return Finding(
            part=part, good=False, message=f"its response has a format that this version does not support ({describe_error(error)})"
        )


def describe_error(error: Exception) -> str:
    """Describe an error without quoting the response.

    The name of a missing field is safe to show; values are not.
    """
    return f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
