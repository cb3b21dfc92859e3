"""Assemble the sections of a report with their charts and tables."""

from collections.abc import Callable, Sequence

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.aggregate import UNREAD
from reports.build.coverage import unread_table
from reports.build.statistics import Answering, Change, Numbers
from reports.document import charts
from reports.document.document import DASH, Document, Section, Table, Translate, number, share, span_of, title_of
from reports.document.quotes import quote
from reports.document.summary import figures, notes, replay_note, summarise

Naming = Callable[[str], str]


def build_document(city: City, name: str, n: Numbers, language: str) -> Document:
    """Return the whole report in one language."""
    return Document(
        language=language,
        title=title_of(name, city, language),
        city=city.name,
        span=span_of(n.interval, city, language),
        short=summarise(n, language),
        replay=replay_note(n, language),
        figures=figures(n, language),
        sections=_sections(city, n, language),
        quotes=tuple(quote(city, example, language) for example in n.examples),
        unread=unread_table(n, language),
        notes=notes(city, language),
    )


def _sections(city: City, n: Numbers, language: str) -> tuple[Section, ...]:
    _ = translator(language, "reports")
    cut = n.interval.start.astimezone(city.zone).time() != n.interval.end.astimezone(city.zone).time().min
    return (
        Section(
            title=_("What citizens say"),
            note=_("The first and last days are counted only in part.") if cut else "",
            picture=charts.days(n, language),
            tables=(
                _changes(_("By sentiment"), _("Sentiment"), n.sentiments, language, lambda s: _sentiment(s, language)),
                _changes(
                    _("By intent"),
                    _("Intent"),
                    n.intents,
                    language,
                    lambda i: display_name("intent", i, language),
                ),
                *_kinds(n, language),
            ),
        ),
        Section(
            title=_("What citizens complain about"),
            picture=charts.topics(n, language),
            tables=(
                _changes(
                    _("Complaints by topic"),
                    _("Topic"),
                    n.topics,
                    language,
                    lambda t: display_name("topic", t, language),
                ),
            ),
        ),
        Section(
            title=_("Where"),
            note=_("Complaints that mention a place in the gazetteer."),
            tables=(
                _changes(_("By district"), _("District"), n.districts, language, str),
                _changes(_("By place"), _("Place"), n.places, language, str),
            ),
        ),
        Section(title=_("How the city answers"), tables=(_answers(n, language),)),
        Section(
            title=_("Channels"),
            tables=(
                _changes(
                    _("Posts by source"),
                    _("Source"),
                    n.sources,
                    language,
                    lambda s: display_name("source", s, language),
                ),
            ),
        ),
    )


def _kinds(n: Numbers, language: str) -> tuple[Table, ...]:
    """Return the table of kinds; numbers of an older version have none."""
    if not n.kinds:
        return ()
    _ = translator(language, "reports")
    return (
        _changes(_("By kind"), _("Kind"), n.kinds, language, lambda kind: display_name("case_kind", kind, language)),
    )


def _sentiment(value: str, language: str) -> str:
    return (
        translator(language, "reports")("not labelled yet")
        if value == UNREAD
        else display_name("sentiment", value, language)
    )


def _changes(title: str, header: str, changes: Sequence[Change], language: str, naming: Naming) -> Table:
    _ = translator(language, "reports")
    rows = tuple(
        (naming(one.name), number(one.now, language), number(one.before, language), signed(one.rise, language))
        for one in changes
    )
    found = rows if any(one.now or one.before for one in changes) else ()
    headers = (header, _("Now"), _("Before"), _("Change"))
    return Table(title=title, headers=headers, rows=found, empty=_("None in this interval."))


def signed(rise: int, language: str) -> str:
    """Format a change: `+3`, `−3`, `=`.

    >>> signed(3, "en"), signed(-3, "en"), signed(0, "en")
    ('+3', '−3', '=')
    """
    return "=" if not rise else f"{'+' if rise > 0 else '−'}{number(abs(rise), language)}"


def _answers(n: Numbers, language: str) -> Table:
    _ = translator(language, "reports")
    has_replay = n.all_departments.replayed > 0
    headers = [_("Department"), _("Received"), _("Answered"), _("Median (h)"), _("9 of 10 (h)")]
    headers += [_("In time"), _("Overdue")]
    if has_replay:
        headers.insert(2, _("Replayed"))
    lines = [_answer(one, language, has_replay, _) for one in (*n.departments, n.all_departments)]
    return Table(
        title=_("Cases by department"),
        headers=tuple(headers),
        rows=tuple(lines) if n.departments else (),
        empty=_("No cases in this interval, and none left open."),
        has_total=True,
    )


def _answer(one: Answering, language: str, has_replay: bool, _: Translate) -> tuple[str, ...]:
    hours = [DASH if value is None else number(value, language) for value in (one.median_hours, one.p90_hours)]
    return (
        one.department or _("All"),
        number(one.received, language),
        *([number(one.replayed, language)] if has_replay else []),
        number(one.answered, language),
        *hours,
        share(one.in_time, one.due, language),
        number(one.overdue, language),
    )
