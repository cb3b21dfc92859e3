"""The report in words: the same titles, figures, tables and examples for the page and for the PDF, in one language."""

from collections.abc import Callable, Sequence

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from core.city import City
from core.fact import Fact
from core.names import name_of
from core.translate import translator
from reports.numbers import Change, Example, Numbers

Translate = Callable[[str], str]
REPLAY_NOTE = (
    "of these posts come from an archive that is played again to show how Escucha works. "
    "Nobody answers them, and they never enter open data."
)
END_NOTE = (
    "Counted from the ledger by Escucha. What the computer read was not checked by a person unless the desk says so; "
    "posts on social networks do not represent all citizens."
)
INVISIBLE = {
    ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}
"""Marks that would rearrange or hide text."""


class Figure(Fact):
    """One number with its words."""

    words: str
    value: str
    more: str = ""


class Table(Fact):
    """One table; `empty` is said when it has no rows."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


class Quote(Fact):
    """One example: text, and the line below it."""

    text: str
    footer: str


class Words(Fact):
    """A whole report in one language."""

    language: str
    title: str
    span: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    quotes: tuple[Quote, ...]


def put_into_words(city: City, name: str, numbers: Numbers, language: str) -> Words:
    """All that a report says, in `language`."""
    _ = translator(language, "reports")
    title = f"{_('Weekly report') if name == 'weekly' else _('Report') + ' ' + name} · {city.name}"
    return Words(
        language=language,
        title=title,
        span=_span(city, numbers, language, _),
        figures=_figures(numbers, language, _),
        tables=(
            _counted(_("What people complain about"), _("Topic"), numbers.topics, language, _, "topic"),
            _counted(_("Where"), _("Place"), numbers.places, language, _),
            _counted(_("Channels"), _("Source"), numbers.sources, language, _),
            _answering(numbers, language, _),
            _unread(numbers, language, _),
        ),
        quotes=tuple(_quote(city, example, language, _) for example in numbers.examples),
    )


def _span(city: City, numbers: Numbers, language: str, _: Translate) -> str:
    first, last = (
        format_date(m.astimezone(city.zone), "long", locale=language)
        for m in (numbers.interval.start, numbers.interval.end)
    )
    return _("From {first} to {last}").format(first=first, last=last)


def _figures(n: Numbers, language: str, _: Translate) -> tuple[Figure, ...]:
    number = number_in(language)
    before = _("the interval before: {n}")
    return (
        Figure(words=_("Posts"), value=number(n.posts.now), more=before.format(n=number(n.posts.before))),
        Figure(
            words=_("Complaints"), value=number(n.complaints.now), more=before.format(n=number(n.complaints.before))
        ),
        Figure(words=_("Cases opened"), value=number(n.opened), more=_("closed: {n}").format(n=number(n.closed))),
        Figure(
            words=_("Cases open at the end"),
            value=number(n.open_now),
            more=_("overdue: {n}").format(n=number(n.overdue_now)),
        ),
        Figure(words=_("Posts to review"), value=number(n.review)),
    )


def _counted(
    title: str, header: str, changes: Sequence[Change], language: str, _: Translate, kind: str | None = None
) -> Table:
    number = number_in(language)
    rows = [
        (name_of(kind, c.name, language) if kind else c.name, number(c.now), number(c.before), _signed(c, language))
        for c in changes
    ]
    headers = (header, _("Now"), _("Before"), _("Change"))
    return Table(title=title, headers=headers, rows=tuple(rows), empty=_("None in this interval."))


def _signed(change: Change, language: str) -> str:
    difference = change.now - change.before
    return f"{'+' if difference > 0 else '−' if difference < 0 else '='}{number_in(language)(abs(difference)) if difference else ''}"


def _answering(n: Numbers, language: str, _: Translate) -> Table:
    number = number_in(language)
    rows = [
        (
            one.department,
            number(one.received),
            number(one.answered),
            "–" if one.median_hours is None else format_decimal(one.median_hours, "#,##0.0", locale=language),
            "–" if one.p90_hours is None else format_decimal(one.p90_hours, "#,##0.0", locale=language),
            "–" if one.in_time is None else format_percent(one.in_time, locale=language),
            number(one.overdue),
        )
        for one in n.answering
    ]
    headers = (
        _("Department"),
        _("Received"),
        _("Answered"),
        _("Median hours"),
        _("9 of 10 within (hours)"),
        _("In time"),
        _("Overdue"),
    )
    return Table(title=_("How the city answers"), headers=headers, rows=tuple(rows), empty=_("No cases yet."))


def _unread(n: Numbers, language: str, _: Translate) -> Table:
    rows = [(one.source, one.reason, number_in(language)(one.count)) for one in n.unread]
    if n.gaps:
        rows.append((_("all sources"), _("gap not read yet"), number_in(language)(n.gaps)))
    headers = (_("Source"), _("Reason"), _("Records"))
    return Table(
        title=_("What was not read, and why"),
        headers=headers,
        rows=tuple(rows),
        empty=_("Everything that came in was read."),
    )


def _quote(city: City, example: Example, language: str, _: Translate) -> Quote:
    day = format_date(example.created_at.astimezone(city.zone), "medium", locale=language)
    parts = [name_of("topic", example.topic, language), example.place, day, example.source]
    if example.case_key:
        parts.append(f"{_('case')} {example.case_key}")
    if example.replay:
        parts.append(_("replayed"))
    return Quote(text=example.text.translate(INVISIBLE), footer=" · ".join(part for part in parts if part))


def number_in(language: str) -> Callable[[int], str]:
    """Writes whole numbers as people of this language do: `8.389`, `8,389`."""
    return lambda n: str(format_decimal(n, locale=language))
