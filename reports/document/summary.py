"""Write a report's summary, its main figures and its notes."""

from babel.numbers import format_percent

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from reports.build.statistics import Change, Numbers
from reports.document.document import Figure, number, share

RISEN_FROM = 3
"""Smallest increase in complaints to mention; less is chance."""
MINIMUM = 5
"""Smallest number of replies of citizens to show, as in the open data."""
HALF_A_PERCENT = 0.005
"""Smallest change to show in percent; less would be shown as "0 % more"."""


def summarise(n: Numbers, language: str) -> tuple[str, ...]:
    """Return the summary as a few sentences."""
    _ = translator(language, "reports")
    if not n.posts.now and not n.cases.now and not n.open_at_end:
        return (_("No posts and no cases in this interval."),)
    sentences = [f"{_('Posts about the city')}: {_compared(n.posts, language)}."]
    if n.complaints.now:
        of_all = format_percent(n.complaints.now / n.posts.now, locale=locale_of(language))
        sentences.append(
            _("Complaints: {n}, {share} of the posts.").format(n=number(n.complaints.now, language), share=of_all)
        )
    if n.topics and n.topics[0].now:
        sentences.append(_("Most complaints are about: {names}.").format(names=_names(n.topics[:3], language)))
    risen = max(n.topics, key=lambda one: one.rise, default=None)
    if risen is not None and risen.rise >= RISEN_FROM:
        template = _("Largest increase: {topic}, from {before} to {now} complaints.")
        topic = display_name("topic", risen.name, language)
        sentences.append(
            template.format(topic=topic, before=number(risen.before, language), now=number(risen.now, language))
        )
    return (*sentences, *_of_cases(n, language))


def _of_cases(n: Numbers, language: str) -> list[str]:
    _ = translator(language, "reports")
    all_ = n.all_departments
    sentences = [f"{_('Cases received')}: {_compared(n.cases, language)}."]
    if all_.median_hours is not None:
        template = _("Cases answered: {n}, half of them within {hours} hours.")
        sentences.append(template.format(n=number(all_.answered, language), hours=number(all_.median_hours, language)))
    if all_.overdue:
        sentences.append(_("Overdue cases without an answer: {n}.").format(n=number(all_.overdue, language)))
    return sentences


def _compared(change: Change, language: str) -> str:
    """Compare a count with the previous interval.

    An example is `650, 12 % more than in the previous interval`.
    """
    _ = translator(language, "reports")
    part = abs(change.rise) / change.before if change.before else 0.0
    if not change.before:
        template = _("{n} (none in the previous interval)") if change.now else _("none")
    elif not change.rise:
        template = _("{n}, as many as in the previous interval")
    elif part < HALF_A_PERCENT:
        template = _("{n}, about as many as in the previous interval")
    elif change.rise > 0:
        template = _("{n}, {part} more than in the previous interval")
    else:
        template = _("{n}, {part} fewer than in the previous interval")
    return template.format(n=number(change.now, language), part=format_percent(part, locale=locale_of(language)))


def _names(topics: tuple[Change, ...], language: str) -> str:
    return "; ".join(
        f"{display_name('topic', one.name, language)} ({number(one.now, language)})" for one in topics if one.now
    )


def figures(n: Numbers, language: str) -> tuple[Figure, ...]:
    """Return the main figures."""
    _ = translator(language, "reports")
    before, all_ = _("before: {n}"), n.all_departments
    opened = [before.format(n=number(n.cases.before, language)), _("closed: {n}").format(n=number(n.closed, language))]
    found = [
        Figure(
            label=_("Posts"),
            value=number(n.posts.now, language),
            more=before.format(n=number(n.posts.before, language)),
        ),
        Figure(
            label=_("Complaints"),
            value=number(n.complaints.now, language),
            more=before.format(n=number(n.complaints.before, language)),
        ),
        Figure(label=_("Cases received"), value=number(n.cases.now, language), more=" · ".join(opened)),
        Figure(
            label=_("Cases open at the end"),
            value=number(n.open_at_end, language),
            more=_("overdue: {n}").format(n=number(all_.overdue, language)),
        ),
        Figure(label=_("Answered in time"), value=share(all_.in_time, all_.due, language)),
        Figure(label=_("Posts waiting for review"), value=number(n.in_review, language)),
    ]
    if n.replies >= MINIMUM:
        solved = share(n.solved, n.replies, language)
        found.append(Figure(label=_("Solved, say citizens"), value=solved))
    return tuple(found)


def replay_note(n: Numbers, language: str) -> str:
    """Return a note about replayed and example posts; empty without any."""
    found = [_of_the_archive(n, language), _of_the_example(n, language)]
    return " ".join(filter(None, found))


def _of_the_archive(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    posts, cases = n.replayed_posts - n.example_posts, n.all_departments.replayed - n.example_cases
    if not posts and not cases:
        return ""
    template = _(
        "Replayed: {posts} of the {all_posts} posts and {cases} of the {all_cases} cases received come from an archive that is "
        "replayed to show how Escucha works. They are not answered: they have no answer times, are never overdue here, and are never "
        "part of open data."
    )
    return template.format(
        posts=number(posts, language),
        all_posts=number(n.posts.now, language),
        cases=number(cases, language),
        all_cases=number(n.cases.now, language),
    )


def _of_the_example(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    if not n.example_posts and not n.example_cases:
        return ""
    template = _(
        "Example: {posts} of the {all_posts} posts and {cases} of the {all_cases} cases received were written as examples to show how "
        "Escucha works. No citizen wrote them: none is quoted here, and they are never part of open data."
    )
    return template.format(
        posts=number(n.example_posts, language),
        all_posts=number(n.posts.now, language),
        cases=number(n.example_cases, language),
        all_cases=number(n.cases.now, language),
    )


def notes(city: City, language: str) -> tuple[str, ...]:
    """Return notes on how to read the report."""
    _ = translator(language, "reports")
    found = [
        _("Posts are counted by the time they were written, excluding the city's own and those not about the city. A post received after the report was written is not counted in any report."),  # noqa: E501
        _("Sentiment, intent, topic and place were determined automatically; staff checked only what the desk shows as corrected."),
        _("The answer time is measured in elapsed hours from when the first post of a case reached the city to the first answer. Half of the answers came within the median, nine in ten within the hours beside it."),  # noqa: E501
        _("In time: share of the cases answered by their due date in this interval, or whose due date passed in it without an answer. The due date counts working hours."),  # noqa: E501
        _("People who write on social networks are not representative of all citizens."),
    ]  # fmt: skip
    return (*found, *([city.attribution] if city.attribution else []))
