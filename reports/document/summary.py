"""The report in a few sentences, its main figures, and how they were counted."""

from babel.numbers import format_percent

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.statistics import Change, Numbers
from reports.document.document import LOCALES, Figure, number, share

RISEN_FROM = 3
"""Fewer complaints more than before are chance."""
HALF_A_PERCENT = 0.005
"""Less would read "0 % more"."""


def in_short(n: Numbers, language: str) -> tuple[str, ...]:
    """What a mayor wants to know before turning the page."""
    _ = translator(language, "reports")
    if not n.posts.now and not n.cases.now and not n.open_at_end:
        return (_("No posts and no cases in this interval."),)
    said = [f"{_('Posts about the city')}: {_against(n.posts, language)}."]
    if n.complaints.now:
        of_all = format_percent(n.complaints.now / n.posts.now, locale=LOCALES[language])
        said.append(
            _("Complaints: {n}, {share} of the posts.").format(n=number(n.complaints.now, language), share=of_all)
        )
    if n.topics and n.topics[0].now:
        said.append(_("Most complaints are about: {names}.").format(names=_names(n.topics[:3], language)))
    risen = max(n.topics, key=lambda one: one.rise, default=None)
    if risen is not None and risen.rise >= RISEN_FROM:
        words = _("Risen most: {topic}, from {before} to {now} complaints.")
        topic = display_name("topic", risen.name, language)
        said.append(words.format(topic=topic, before=number(risen.before, language), now=number(risen.now, language)))
    return (*said, *_of_cases(n, language))


def _of_cases(n: Numbers, language: str) -> list[str]:
    _ = translator(language, "reports")
    all_ = n.all_departments
    said = [f"{_('Cases received')}: {_against(n.cases, language)}."]
    if all_.median_hours is not None:
        words = _("Cases answered: {n}, half of them within {hours} hours.")
        said.append(words.format(n=number(all_.answered, language), hours=number(all_.median_hours, language)))
    if all_.overdue:
        said.append(_("Overdue cases without an answer: {n}.").format(n=number(all_.overdue, language)))
    return said


def _against(change: Change, language: str) -> str:
    """`650, 12 % more than in the interval before`."""
    _ = translator(language, "reports")
    part = abs(change.rise) / change.before if change.before else 0.0
    if not change.before:
        words = _("{n} (none in the interval before)") if change.now else _("none")
    elif not change.rise:
        words = _("{n}, as many as in the interval before")
    elif part < HALF_A_PERCENT:
        words = _("{n}, about as many as in the interval before")
    elif change.rise > 0:
        words = _("{n}, {part} more than in the interval before")
    else:
        words = _("{n}, {part} fewer than in the interval before")
    return words.format(n=number(change.now, language), part=format_percent(part, locale=LOCALES[language]))


def _names(topics: tuple[Change, ...], language: str) -> str:
    return "; ".join(
        f"{display_name('topic', one.name, language)} ({number(one.now, language)})" for one in topics if one.now
    )


def figures(n: Numbers, language: str) -> tuple[Figure, ...]:
    """The numbers in large letters."""
    _ = translator(language, "reports")
    before, all_ = _("before: {n}"), n.all_departments
    opened = [before.format(n=number(n.cases.before, language)), _("closed: {n}").format(n=number(n.closed, language))]
    found = [
        Figure(
            words=_("Posts"),
            value=number(n.posts.now, language),
            more=before.format(n=number(n.posts.before, language)),
        ),
        Figure(
            words=_("Complaints"),
            value=number(n.complaints.now, language),
            more=before.format(n=number(n.complaints.before, language)),
        ),
        Figure(words=_("Cases received"), value=number(n.cases.now, language), more=" · ".join(opened)),
        Figure(
            words=_("Cases open at the end"),
            value=number(n.open_at_end, language),
            more=_("overdue: {n}").format(n=number(all_.overdue, language)),
        ),
        Figure(words=_("Answered in time"), value=share(all_.in_time, all_.due, language)),
        Figure(words=_("Posts that wait for a person's review"), value=number(n.in_review, language)),
    ]
    return tuple(found)


def replay_note(n: Numbers, language: str) -> str:
    """Say which part of the report is replayed, and which was written as an example; nothing when none is."""
    found = [_of_the_archive(n, language), _of_the_example(n, language)]
    return " ".join(filter(None, found))


def _of_the_archive(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    posts, cases = n.replayed_posts - n.example_posts, n.all_departments.replayed - n.example_cases
    if not posts and not cases:
        return ""
    words = _(
        "Replayed: {posts} of the {all_posts} posts and {cases} of the {all_cases} cases received come from an archive that is "
        "played again to show how Escucha works. Nobody answers them: they have no answer times, are never overdue here, and never "
        "enter open data."
    )
    return words.format(
        posts=number(posts, language),
        all_posts=number(n.posts.now, language),
        cases=number(cases, language),
        all_cases=number(n.cases.now, language),
    )


def _of_the_example(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    if not n.example_posts and not n.example_cases:
        return ""
    words = _(
        "Example: {posts} of the {all_posts} posts and {cases} of the {all_cases} cases received were written for Escucha to show how "
        "it works. Nobody said them: none is quoted here, and they never enter open data."
    )
    return words.format(
        posts=number(n.example_posts, language),
        all_posts=number(n.posts.now, language),
        cases=number(n.example_cases, language),
        all_cases=number(n.cases.now, language),
    )


def notes(city: City, language: str) -> tuple[str, ...]:
    """How to read the report."""
    _ = translator(language, "reports")
    found = [
        _("Posts count by the time they were written, without the city's own and without those about something else. A post that came in after the report was written is counted in none."),  # noqa: E501
        _("Sentiment, intent, topic and place were read by a computer; a person checked only what the desk shows as corrected."),
        _("An answer time runs from when the first post of a case reached the city to the first answer, in elapsed hours. Half of the answers came within the median, nine of ten within the hours beside it."),  # noqa: E501
        _("In time: of the cases answered by their date in this interval, or whose date passed in it without an answer. The date counts working hours."),  # noqa: E501
        _("People who write on social networks do not stand for all citizens."),
    ]  # fmt: skip
    return (*found, *([city.attribution] if city.attribution else []))
