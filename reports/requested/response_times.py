"""Build the report of the response times on the public page."""

from datetime import datetime

from core.config.city import City
from core.config.settings import Settings
from core.i18n.translate import translator
from ledger.read import Ledger
from reports.build.period import Interval
from reports.document.document import DASH, Document, Figure, Section, Sentence, Table, number, span_of
from reports.output.look import look_of
from reports.output.open_data import Kind, ResponseTimes, Times, label_of, response_times


def response_times_document(city: City, settings: Settings, ledger: Ledger, language: str, now: datetime) -> Document:
    """Return the response times of the last twelve months as a report."""
    _ = translator(language, "reports")
    times = response_times(city, ledger, now)
    interval = Interval(previous=times.since, start=times.since, end=times.made_at)
    total = next((row for row in times.rows if row.kind == "all"), None)
    return Document(
        language=language,
        title=f"{_('Response times')} · {city.name}",
        city=city.name,
        span=span_of(interval, city, language),
        look=look_of(city),
        desk=settings.desk_address,
        brief=False,
        remark=None,
        short=(Sentence(text=_sentence(total, language)),),
        caveat="",
        figures=() if total is None else _figures(total, language),
        sections=(
            _section(times, "service", _("By service"), _("Service"), language),
            _section(times, "district", _("By district"), _("District"), language),
            _section(times, "channel", _("By channel"), _("Channel"), language),
        ),
        quotes_posts=False,
        quotes=(),
        unread=Table(
            title=_("What is left out"),
            headers=(),
            rows=(),
            empty=_("Cases of replayed archives and of examples, and figures of too few cases."),
        ),
        notes=(
            _("Cases of the last twelve months from live sources. A merged case counts once."),
            _("A dash replaces figures of fewer than {n} cases.").format(n=times.minimum),
        ),
    )


def _sentence(total: Times | None, language: str) -> str:
    _ = translator(language, "reports")
    if total is None or total.cases is None:
        return _("Not enough cases of the last twelve months to publish figures.")
    if total.median_hours is None:
        return _("Cases: {n}.").format(n=number(total.cases, language))
    template = _("Cases: {n}, half of the answers within {hours} hours.")
    return template.format(n=number(total.cases, language), hours=number(total.median_hours, language))


def _figures(total: Times, language: str) -> tuple[Figure, ...]:
    _ = translator(language, "reports")
    labels = (_("Cases"), _("Answered"), _("Median (hours)"), _("9 of 10 within (hours)"), _("Answered in time"))
    return tuple(Figure(label=label, value=value) for label, value in zip(labels, _values(total, language), strict=True))


def _section(times: ResponseTimes, kind: Kind, title: str, header: str, language: str) -> Section:
    _ = translator(language, "reports")
    headers = (header, _("Cases"), _("Answered"), _("Median (hours)"), _("9 of 10 within (hours)"), _("In time"))
    rows = tuple((label_of(row, language), *_values(row, language)) for row in times.rows if row.kind == kind)
    table = Table(title=title, headers=headers, rows=rows, empty=_("None in this interval."))
    return Section(title=title, tables=(table,))


def _values(row: Times, language: str) -> tuple[str, ...]:
    counts = (row.cases, row.answered, row.median_hours, row.p90_hours)
    share = DASH if row.in_time is None else f"{number(100 * row.in_time, language)} %"
    return (*(DASH if one is None else number(one, language) for one in counts), share)
