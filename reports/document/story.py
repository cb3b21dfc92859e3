"""Tell an interval in five parts.

What happened, where, what was done, how fast, what comes. Each has one sentence and a picture; the tables of the report are their annex.
"""

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.forecast import DAYS, SeriesForecast
from reports.build.statistics import Numbers
from reports.document import charts
from reports.document.document import Section, Sentence, number, share
from reports.document.forecast import caveats, due_by_department
from reports.document.links import Links
from reports.document.summary import closed

MOST_NAMED = 3


def story(n: Numbers, folder: charts.Folder, links: Links, first: Sentence, language: str) -> tuple[Section, ...]:
    """Return the five parts.

    Args:
        n: everything that was counted.
        folder: of the city's gazetteer, for the map.
        links: of the report.
        first: its first sentence.
        language: of the report.
    """
    _ = translator(language, "reports")
    return (
        Section(title=_("What happened"), note=charts.event_words(n, language), sentences=(first,), picture=charts.all_posts(n, language)),
        _where(n, folder, links, language),
        _what_was_done(n, links, language),
        _how_fast(n, links, language),
        _what_comes(n, language),
    )


def _where(n: Numbers, folder: charts.Folder, links: Links, language: str) -> Section:
    _ = translator(language, "reports")
    is_of_district = n.asked is not None and n.asked.posts.district is not None
    named = tuple(one for one in (n.places if is_of_district else n.districts) if one.now)
    if not named:
        return Section(title=_("Where"), sentences=(Sentence(text=_("No complaint of these days names a place.")),))
    names = "; ".join(f"{one.name} ({number(one.now, language)})" for one in named[:MOST_NAMED])
    text = _("Most complaints that name a place come from: {names}.").format(names=names)
    opened = () if is_of_district else named[:MOST_NAMED]
    found = tuple(link for one in opened for link in links.posts(one.now, one.name, district=one.name, intent="complaint"))
    picture = None if is_of_district else charts.district_map(folder, named, language)
    return Section(
        title=_("Where"), sentences=(Sentence(text=text, links=found),), picture=picture or charts.places(named, is_of_district, language)
    )


def _what_was_done(n: Numbers, links: Links, language: str) -> Section:
    _ = translator(language, "reports")
    all_ = n.all_departments
    text = _("Cases received: {received}; answered: {answered}; {closed}; open at the end: {open}.").format(
        received=number(n.cases.now, language),
        answered=number(all_.answered, language),
        closed=closed(n, language),
        open=number(n.open_at_end, language),
    )
    return Section(
        title=_("What the city did"), sentences=(Sentence(text=text, links=links.cases(n.cases.now)),), picture=charts.cases(n, language)
    )


def _how_fast(n: Numbers, links: Links, language: str) -> Section:
    _ = translator(language, "reports")
    all_ = n.all_departments
    overdue = number(all_.overdue, language)
    if all_.median_hours is None or all_.p90_hours is None:
        text = _("No case was answered in these days; overdue: {overdue}.").format(overdue=overdue)
    else:
        text = _("Half of the answers came within {hours} hours, nine in ten within {more}; in time: {share}; overdue: {overdue}.").format(
            hours=number(all_.median_hours, language),
            more=number(all_.p90_hours, language),
            share=share(all_.in_time, all_.due, language),
            overdue=overdue,
        )
    opened = links.overdue() if all_.overdue else ()
    return Section(title=_("How fast"), sentences=(Sentence(text=text, links=opened),), picture=charts.in_time(n, language))


def _what_comes(n: Numbers, language: str) -> Section:
    _ = translator(language, "reports")
    title = _("What comes")
    if n.outlook is None:
        text = _("A report on days of the past has no forecast. Cases that were open at their end: {n}.")
        said = Sentence(text=text.format(n=number(n.open_at_end, language)))
        return Section(title=title, sentences=(said,), picture=charts.open_cases(n, language))
    expected = expected_complaints(n)
    note = " ".join(caveats(n.outlook, language)) if expected else ""
    if not expected:
        text = _("Not enough data for a forecast.")
    else:
        week = expected[0].ahead[min(1, len(expected[0].ahead) - 1)]
        service = expected[0].service
        text = _("Expected next week: {what}, {n}; in about four of five weeks between {low} and {high}.").format(
            what=display_name("topic", service, language) if service else _("complaints about all services"),
            n=number(round(week.median), language),
            low=number(week.low, language),
            high=number(week.high, language),
        )
    due = due_by_department(n.outlook)
    if due:
        known = number(sum(due.values()), language)
        text = f"{text} {_('Cases that wait and are due within {days} days: {n}.').format(days=DAYS, n=known)}"
    elif not expected:
        text = f"{text} {_('Cases open at the end')}: {number(n.open_at_end, language)}."
    picture = charts.expected(expected, language) or charts.due(due, language) or charts.open_cases(n, language)
    return Section(title=title, note=note, sentences=(Sentence(text=text),), picture=picture)


def expected_complaints(n: Numbers) -> list[SeriesForecast]:
    """Return the forecasts of complaints in the scope.

    All services come first, then those with most.
    """
    if n.outlook is None:
        return []
    district = n.asked.posts.district if n.asked is not None else None
    found = [one for one in n.outlook.series if one.what == "complaints" and one.district == district and one.ahead]
    return sorted(found, key=lambda one: (one.service is not None, -one.ahead[min(1, len(one.ahead) - 1)].median, one.service or ""))
