"""The start-up check: one read of every source, the contact centre, the search engine and the model, said in words."""

from collectors.paging.scheduler import UNREADABLE
from core.config.protocols import ChargesForCheck
from core.errors import EscuchaError
from core.records import Record
from pipeline.budget import budget_of
from pipeline.context import CASEBOOK, Context
from search import writer
from search.engine import NotRunningError, connect


class Finding(Record):
    """What one check found: good, bad, or None when the part is off."""

    part: str
    good: bool | None
    words: str


def check(context: Context, source: str | None = None) -> list[Finding]:
    """Check what the profile names; with `source` only that one."""
    found = [_source(context, one.name) for one in context.chosen(source)]
    if source is not None:
        return found
    return [*found, _contact_centre(context), _engine(context), _model(context), _thresholds(context)]


def _source(context: Context, name: str) -> Finding:
    one = context.sources[name]
    part = f"source {name}"
    if one.off:
        return Finding(part=part, good=None, words=one.off)
    price = one.module.CHECK_USD if isinstance(one.module, ChargesForCheck) else 0.0
    try:
        if price:
            budget_of(context, one).spend(1, price)
        return Finding(part=part, good=True, words=one.module.check(context.city, one.options, one.secrets))
    except EscuchaError as error:
        return Finding(part=part, good=False, words=str(error))
    except UNREADABLE as error:
        return Finding(part=part, good=False, words=f"its answer is not in a form this version reads ({what(error)})")


def what(error: Exception) -> str:
    """Describe a failure without quoting the answer; the name of a missing field is safe."""
    return f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__


def _contact_centre(context: Context) -> Finding:
    if context.city.contact_centre.system == CASEBOOK:
        return Finding(
            part="contact centre",
            good=True,
            words="the case book: cases are worked on the desk, nothing leaves the house",
        )
    try:
        module, options, secrets = context.contact_centre()
        return Finding(part="contact centre", good=True, words=module.check(context.city, options, secrets))
    except EscuchaError as error:
        return Finding(part="contact centre", good=False, words=str(error))


def _engine(context: Context) -> Finding:
    try:
        engine = connect(context.settings, start_embedded=False)
    except EscuchaError as error:
        words = (
            f"{error} (the embedded engine starts with the first `escucha index`, the desk or `make run`)"
            if isinstance(error, NotRunningError)
            else str(error)
        )
        is_off = isinstance(error, NotRunningError)
        return Finding(part="search engine", good=None if is_off else False, words=words)
    words = f"{engine.flavour} {engine.version} at {engine.url}"
    try:
        writer.demand_searchable(engine)
    except EscuchaError as error:
        return Finding(part="search engine", good=False, words=f"{words}: {error}")
    return Finding(part="search engine", good=True, words=words)


def _model(context: Context) -> Finding:
    try:
        return Finding(part="model", good=True, words=context.annotator.model)
    except EscuchaError as error:
        return Finding(part="model", good=False, words=str(error))


def _thresholds(context: Context) -> Finding:
    """Compare the model whose scores the thresholds were derived from with the one in use."""
    triage = context.city.triage
    if triage.act is not None and triage.review is not None:
        return Finding(part="thresholds", good=True, words=f"set by hand: act {triage.act}, review {triage.review}")
    try:
        derived, used = context.city.thresholds.model, context.annotator.model
    except EscuchaError as error:
        return Finding(part="thresholds", good=False, words=str(error))
    good = revision(derived) == revision(used)
    words = f"derived for reach {triage.reach} from {len(context.city.thresholds.gold)} labelled files"
    if not good:
        words += f" with scores of {derived}, but {used} reads: `escucha thresholds --gold FILE --write FILE` derives them anew"
    return Finding(part="thresholds", good=good, words=words)


def revision(model: str) -> str:
    """Return a model without the number of its rules, which changes no score of `actionable`."""
    name, _, others = model.partition("+")
    return "+".join(part for part in (name.rpartition(".")[0] or name, others) if part)
