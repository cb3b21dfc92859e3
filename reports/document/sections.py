"""Assemble the sections of a report with their charts and tables."""

from collections.abc import Callable, Sequence
from functools import partial

from core.config.city import City
from core.config.word_lists import city_folder
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from ledger.read import ReportRemark
from reports.build.aggregate import UNREAD
from reports.build.coverage import unread_table
from reports.build.statistics import Answering, CountChange, Numbers
from reports.document import charts
from reports.document.department_names import with_department_names
from reports.document.document import DASH, Document, Look, Remark, Section, Table, Translate, day, number, share, span_of
from reports.document.forecast import forecast_section, work_section
from reports.document.links import Links
from reports.document.quotes import quote
from reports.document.story import story
from reports.document.summary import caveat, figures, is_of_one_service, notes, summarise
from reports.document.titles import title_of
from reports.document.warnings import warnings_section

Naming = Callable[[str], str]
BRIEF = "daily"
"""Kind of report that fits on one page."""
BRIEF_ROWS, BRIEF_QUOTES, BRIEF_WARNINGS, BRIEF_DEPARTMENTS = 5, 3, 2, 8


def build_document(
    city: City, name: str, n: Numbers, language: str, desk: str = "", look: Look | None = None, remark: ReportRemark | None = None
) -> Document:
    """Return the whole report in one language.

    Args:
        city: the profile.
        name: of the report, which is its title where it has no kind.
        n: everything that was counted.
        language: of the report.
        desk: address of the desk, for links; empty: no links.
        look: colour and logo of the council; None: no logo.
        remark: what a person wrote about this report.
    """
    brief = n.asked is not None and n.asked.kind == BRIEF
    n = with_department_names(n, city, language)
    links = Links.of(n, city, language)
    whole = figures(n, language, brief=brief)
    quotes = n.examples[:BRIEF_QUOTES] if brief else n.examples
    short = summarise(n, city, links, language)
    return Document(
        language=language,
        title=title_of(name, city, language, n.asked),
        city=city.name,
        span=span_of(n.interval, city, language),
        look=look or Look(council=city.identity.council or city.name, colour=city.identity.colour),
        desk=desk,
        brief=brief,
        remark=_remark(city, remark, language),
        story=() if brief else story(n, city_folder(city), links, short[0], language),
        short=short,
        caveat=caveat(n, language),
        figures=whole[:6] if brief else whole,
        sections=_brief(city, n, language) if brief else _sections(city, n, language),
        quotes=tuple(quote(city, example, language) for example in quotes),
        unread=unread_table(n, language),
        notes=notes(city, n.asked, language),
    )


def _remark(city: City, remark: ReportRemark | None, language: str) -> Remark | None:
    if remark is None or not remark.text:
        return None
    who = display_name("person", remark.who, language)
    footer = f"{who}, {day(remark.at, city, language)}"
    return Remark(text=remark.text, language=remark.language, footer=footer)


def _brief(city: City, n: Numbers, language: str) -> tuple[Section, ...]:
    """Return the sections of a report of one page."""
    _ = translator(language, "reports")
    short = n.model_copy(update={"topics": n.topics[:BRIEF_ROWS], "districts": n.districts[:BRIEF_ROWS]})
    found = [
        warnings_section(city, n, language, BRIEF_WARNINGS),
        Section(title=_("What citizens complain about"), tables=(_topics(short, language), _districts(short, language))),
        work_section(n.outlook, language, BRIEF_DEPARTMENTS) if n.outlook is not None else None,
    ]
    return tuple(one for one in found if one is not None)


def _sections(city: City, n: Numbers, language: str) -> tuple[Section, ...]:
    _ = translator(language, "reports")
    cut = n.interval.start.astimezone(city.zone).time() != n.interval.end.astimezone(city.zone).time().min
    fixed = {} if n.asked is None else n.asked.posts.values
    found = [
        warnings_section(city, n, language),
        Section(
            title=_("What citizens say"),
            note=" ".join(
                one
                for one in (_("The first and last days are counted only in part.") if cut else "", charts.event_words(n, language))
                if one
            ),
            picture=charts.days(n, language),
            tables=(
                *(() if "sentiment" in fixed else (_sentiments(n, language),)),
                *(() if "intent" in fixed else (_intents(n, language),)),
                *_kinds(n, language),
            ),
        ),
        None
        if is_of_one_service(n)
        else Section(title=_("What citizens complain about"), picture=charts.topics(n, language), tables=(_topics(n, language),)),
        Section(
            title=_("Where"),
            note=_("Complaints that mention a place in the gazetteer."),
            tables=(
                *(() if "district" in fixed else (_districts(n, language),)),
                _changes(_("By place"), _("Place"), n.places, language, str),
            ),
        ),
        Section(title=_("How the city answers"), note=_answers_note(n, language), tables=(_answers(n, language),)),
        *_ahead(n, language),
        None
        if "source" in fixed
        else Section(
            title=_("Channels"),
            tables=(_changes(_("Posts by source"), _("Source"), n.sources, language, lambda s: display_name("source", s, language)),),
        ),
    ]
    return tuple(one for one in found if one is not None)


def _ahead(n: Numbers, language: str) -> tuple[Section | None, ...]:
    """Return what is expected; nothing in a report about the past."""
    if n.outlook is None or not (n.outlook.series or n.outlook.due):
        return ()
    district = n.asked.posts.district if n.asked is not None else None
    return forecast_section(n.outlook, language, district), work_section(n.outlook, language)


def _topics(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    title, header = _("Complaints by topic"), _("Topic")
    return _changes(title, header, n.topics, language, lambda t: display_name("topic", t, language))


def _districts(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    return _changes(_("By district"), _("District"), n.districts, language, str)


def _sentiments(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    return _changes(_("By sentiment"), _("Sentiment"), n.sentiments, language, lambda s: _sentiment(s, language))


def _intents(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    naming = partial(display_name, "intent", language=language)
    return _changes(_("By intent"), _("Intent"), n.intents, language, naming)


def _kinds(n: Numbers, language: str) -> tuple[Table, ...]:
    """Return the table of kinds; numbers of an older version have none."""
    if not n.kinds:
        return ()
    _ = translator(language, "reports")
    return (_changes(_("By kind"), _("Kind"), n.kinds, language, lambda kind: display_name("case_kind", kind, language)),)


def _sentiment(value: str, language: str) -> str:
    return translator(language, "reports")("not labelled yet") if value == UNREAD else display_name("sentiment", value, language)


def _changes(title: str, header: str, changes: Sequence[CountChange], language: str, naming: Naming) -> Table:
    _ = translator(language, "reports")
    if changes and all(one.apart == one.now and not one.before for one in changes):  # nothing is compared
        values = [(naming(one.name), one.now) for one in changes if one.now]
        rows = tuple((name, number(now, language)) for name, now in values)
        return Table(title=title, headers=(header, _("Now")), rows=rows, empty=_("None in this interval."), values=tuple(values))
    has_apart = any(one.apart for one in changes)
    counts = [(naming(one.name), (one.now, *((one.apart,) if has_apart else ()), one.before), one.rise) for one in changes]
    if not any(one.now or one.before for one in changes):
        counts = []
    return Table(
        title=title,
        headers=(header, _("Now"), *((_("Not compared"),) if has_apart else ()), _("Before"), _("Change")),
        rows=tuple((name, *(number(n, language) for n in all_), signed(rise, language)) for name, all_, rise in counts),
        empty=_("None in this interval."),
        values=tuple((name, *all_, rise) for name, all_, rise in counts),
    )


def signed(rise: int, language: str) -> str:
    """Format a change: `+3`, `−3`, `=`.

    >>> signed(3, "en"), signed(-3, "en"), signed(0, "en")
    ('+3', '−3', '=')
    """
    return "=" if not rise else f"{'+' if rise > 0 else '−'}{number(abs(rise), language)}"


def _answers_note(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    if not n.all_departments.closed:
        return ""
    return _(
        "Answered: the first answer came in these days. Closed: solved or rejected in these days, whenever it was answered, if at all."
    )


def _answers(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    headers = (_("Department"), _("Received"), _("Answered"), _("Closed"), _("Median (h)"), _("9 of 10 (h)"), _("In time"), _("Overdue"))
    has_total = len(n.departments) > 1
    lines = (*n.departments, n.all_departments) if has_total else n.departments
    return Table(
        title=_("Cases by department"),
        headers=headers,
        rows=tuple(_answer(one, language, _) for one in lines),
        empty=_("No cases in this interval, and none left open."),
        has_total=has_total,
        values=tuple(_answer_values(one, _) for one in lines),
        more_headers=(_("Due"),),
    )


def _answer(one: Answering, language: str, _: Translate) -> tuple[str, ...]:
    counts = [number(value, language) for value in (one.received, one.answered, one.closed)]
    hours = [DASH if value is None else number(value, language) for value in (one.median_hours, one.p90_hours)]
    return (one.department or _("All"), *counts, *hours, share(one.in_time, one.due, language), number(one.overdue, language))


def _answer_values(one: Answering, _: Translate) -> tuple[str | int | float | None, ...]:
    """Return the same as numbers; `in_time` is a part of the last."""
    hours = (one.median_hours, one.p90_hours)
    return (one.department or _("All"), one.received, one.answered, one.closed, *hours, one.in_time, one.overdue, one.due)
