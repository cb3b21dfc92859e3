"""Answer questions about figures: counts, response times, warnings, sources, known answers."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from core.config.city import City
from core.config.known_answers.answers import KnownAnswer
from core.config.known_answers.fields import Language
from ledger import read
from pipeline.health.freshness import quiet_since
from portal.api.problems import ProblemError
from portal.api.queries import AnswerQuery, CountQuery, NoQuery, WarningQuery
from portal.api.reader import Caller, Reader
from portal.api.rows import AnswerRow, CountRow, Listed, SourceRow, TimesRow, WarningRow
from reports.output.open_data import label_of

MOST_STRETCHES = 400
STRETCHES = ("day", "week", "month")
NO_PERIOD = "by: days, weeks and months need a period; give `period`, or `first` and `last`."


def counts(reader: Reader, asked: Caller, query: CountQuery) -> Listed[CountRow]:
    """Count posts by one field, most first, or by stretches of time."""
    ledger, zone = reader.context.ledger, reader.context.city.zone
    window = query.window("30d", asked.moment, zone)
    filters = query.filters(window)
    if query.by in STRETCHES:
        if window.since is None:
            raise ProblemError("parameter", NO_PERIOD, errors={"period": NO_PERIOD})
        bounds = stretches(query.by, window.since, window.until or asked.moment, zone)
        found = [0] * (len(bounds) - 1)
        chosen: dict[str, str] = {facet: str(value) for facet, value in filters.items() if facet in read.FACETS and value is not None}
        for slot in reader.posts.slots(bounds, chosen, query.of):
            found[slot.number] += slot.posts
        starts = [bound.isoformat() for bound in bounds]
        return Listed(data=tuple(CountRow(value=at, posts=n) for at, n in zip(starts, found, strict=False)))
    at = read.FACETS.index(query.by)
    totals: dict[str | None, int] = {}
    for values, posts in read.facet_counts(ledger, of=query.of, **filters).items():
        totals[values[at]] = totals.get(values[at], 0) + posts
    ordered = sorted(totals.items(), key=lambda one: (-one[1], one[0] or ""))
    return Listed(data=tuple(CountRow(value=value, posts=posts) for value, posts in ordered))


def stretches(by: str, since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the bounds of a period's days, ISO weeks or months.

    They follow the city's calendar.

    The first and the last stretch end with the period.

    Raises:
        ProblemError: more than MOST_STRETCHES.
    """
    bounds, day = [since], since.astimezone(zone).date()
    while True:
        day = _following(by, day)
        bound = datetime.combine(day, time(), zone)
        if bound >= until:
            return [*bounds, until]
        bounds.append(bound)
        if len(bounds) > MOST_STRETCHES:
            words = f"by: more than {MOST_STRETCHES} stretches; ask for a shorter period, or by week or month."
            raise ProblemError("parameter", words, errors={"by": words})


def _following(by: str, day: date) -> date:
    if by == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=1 if by == "day" else 7 - day.weekday())


def response_times(reader: Reader, asked: Caller, query: NoQuery) -> Listed[TimesRow]:  # noqa: ARG001
    """Return the city's response times, as published."""
    times = reader.times()
    rows = (TimesRow(**row.model_dump(), label=label_of(row, times.language)) for row in times.rows)
    return Listed(data=tuple(rows))


def early_warnings(reader: Reader, asked: Caller, query: WarningQuery) -> Listed[WarningRow]:
    """Return early warnings, the newest first."""
    found = read.warnings(reader.context.ledger, open_only=query.open, limit=query.limit)
    names = WarningRow.model_fields.keys() - {"post_ids"}
    shown = "posts" in asked.token.scopes
    rows = (WarningRow(**{name: getattr(one, name) for name in names}, post_ids=one.shown if shown else ()) for one in found)
    return Listed(data=tuple(rows))


def source_health(reader: Reader, asked: Caller, query: NoQuery) -> Listed[SourceRow]:  # noqa: ARG001
    """Return the health of each source of the profile."""
    known = {state.source: state for state in read.sources(reader.context.ledger)}
    rows = []
    for name, source in reader.context.sources.items():
        state = known.get(name)
        since = None if state is None or source.off else quiet_since(source, state.heard_at, asked.moment)
        rows.append(_health(name, source.off is None, state, since))
    return Listed(data=tuple(rows))


def _health(name: str, on: bool, state: read.SourceState | None, since: datetime | None) -> SourceRow:
    counted = ("received", "stored", "open_gaps", "lost_gaps")
    return SourceRow(
        source=name,
        on=on,
        quiet_since=since,
        newest=state.newest if state else None,
        last_run_at=state.last_run_at if state else None,
        last_outcome=state.last_outcome if state else None,
        rejected=sum(state.rejected.values()) if state else 0,
        **{counter: getattr(state, counter) if state else 0 for counter in counted},
    )


def known_answers(reader: Reader, asked: Caller, query: AnswerQuery) -> Listed[AnswerRow]:  # noqa: ARG001
    """Return the known answers, or those nearest to a question."""
    finder = reader.answers
    found: Sequence[KnownAnswer] = finder.valid() if query.q is None else finder.find(query.q)
    return Listed(data=tuple(_answer(reader.context.city, one) for one in found))


def _answer(city: City, one: KnownAnswer) -> AnswerRow:
    language = cast(Language, city.languages[0])
    return AnswerRow(
        id=one.id,
        service=one.service,
        question=one.title(language),
        text=one.text[language],
        language=language,
        links=tuple(map(str, one.links)),
        valid_until=one.valid_until.isoformat(),
        example=one.example,
    )
