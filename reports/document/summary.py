"""Write a report's summary, its main figures and its notes."""

from babel.numbers import format_percent

from core.config.city import City
from core.config.profile.reports import Scope
from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from reports.build.asked import Asked
from reports.build.selection import Selection
from reports.build.statistics import CountChange, Numbers
from reports.document.document import Figure, Link, Sentence, number, share
from reports.document.headline import apart, headline, incident, junk
from reports.document.links import Links

RISEN_FROM = 3
"""Smallest increase in complaints to mention; less is chance."""
MINIMUM = 5
"""Smallest number of replies of citizens to show, as in the open data."""
SMALL = 20
"""Smallest earlier count of which a percentage is said: 2,180 % more than five misleads."""
HALF_A_PERCENT = 0.005
"""Smallest change to show in percent; less would be shown as "0 % more"."""


def summarise(n: Numbers, city: City, links: Links, language: str) -> tuple[Sentence, ...]:
    """Return the summary; the first sentence says what matters most.

    That is the incident that most people wrote about, else what changed most, else what most complaints are about. Where posts are not
    read yet (`caveat` says so), there is no such sentence and nothing is compared.
    """
    _ = translator(language, "reports")
    rest = tuple(one for one in (apart(n, language), junk(n, links, language)) if one is not None)
    if n.waiting:  # neither what changed most nor that there was nothing can be told from a part of the posts
        return (*_of_posts(n, links, language), *_of_cases(n, links, language), *rest)
    if not n.posts.now and not n.cases.now and not n.open_at_end:
        return (Sentence(text=_("No posts and no cases in this interval.")), *_silence(n, language), *rest)
    most, changed = incident(n, city, links, language), (headline(n, links, language), *_silence(n, language))
    first = [] if most is None else [most]
    posts = _of_posts(n, links, language)
    if n.headline is not None:
        return (*first, *changed, *rest, *posts, *_of_cases(n, links, language))
    about = _about(n, links, language)
    lead = [one for one in (*first, about) if one is not None]
    return (*lead, *(one for one in posts if one != about), *changed, *rest, *_of_cases(n, links, language))


def _silence(n: Numbers, language: str) -> list[Sentence]:
    """Return a hint when posts stop: the sources may not be read."""
    if n.posts.now or not n.posts.before:
        return []
    _ = translator(language, "reports")
    text = _("In the previous interval there were {n} posts: check whether the sources were read.")
    return [Sentence(text=text.format(n=number(n.posts.before, language)), links=(Link(label=_("Sources"), path="/sources"),))]


def _of_posts(n: Numbers, links: Links, language: str) -> list[Sentence]:
    _ = translator(language, "reports")
    found = [Sentence(text=f"{_('Posts about the city')}: {_compared(n.posts, n, language)}.", links=links.posts(n.posts.now))]
    scope = n.asked.posts if n.asked is not None else Scope()
    if n.waiting:
        text = f"{_('Complaints')}: {_compared(n.complaints, n, language)}."
        return [*found, Sentence(text=text, links=links.posts(n.complaints.now, intent="complaint"))]
    if n.complaints.now and scope.intent is None:
        of_all = format_percent(n.complaints.now / n.posts.now, locale=locale_of(language))
        text = _("Complaints: {n}, {share} of the posts.").format(n=number(n.complaints.now, language), share=of_all)
        found.append(Sentence(text=text, links=links.posts(n.complaints.now, intent="complaint")))
    if is_of_one_service(n):
        return found
    about = _about(n, links, language)
    found += [] if about is None else [about]
    risen = max(n.topics, key=lambda one: one.rise, default=None)
    if risen is not None and not risen.apart and risen.rise >= RISEN_FROM:
        template = _("Largest increase: {topic}, from {before} to {now} complaints.")
        topic = display_name("topic", risen.name, language)
        text = template.format(topic=topic, before=number(risen.before, language), now=number(risen.now, language))
        found.append(Sentence(text=text, links=_of_topics((risen,), links, language)))
    return found


def _about(n: Numbers, links: Links, language: str) -> Sentence | None:
    """Say what most complaints are about; None: one service, or none."""
    shown = tuple(one for one in n.topics[:3] if one.now)
    if is_of_one_service(n) or not shown:
        return None
    text = translator(language, "reports")("Most complaints are about: {names}.").format(names=_names(shown, language))
    return Sentence(text=text, links=_of_topics(shown, links, language))


def is_of_one_service(n: Numbers) -> bool:
    """Tell whether the scope leaves one service, so that none is compared."""
    scope = n.asked.posts if n.asked is not None else Scope()
    return scope.topic is not None or (scope.department is not None and len(n.topics) < 2)


def _of_topics(topics: tuple[CountChange, ...], links: Links, language: str) -> tuple[Link, ...]:
    return tuple(
        link
        for one in topics
        for link in links.posts(one.now, display_name("topic", one.name, language), topic=one.name, intent="complaint")
    )


def _of_cases(n: Numbers, links: Links, language: str) -> list[Sentence]:
    _ = translator(language, "reports")
    all_ = n.all_departments
    found = [Sentence(text=f"{_('Cases received')}: {_compared(n.cases, n, language)}.", links=links.cases(n.cases.now))]
    if all_.median_hours is not None:
        template = _("Cases answered: {n}, half of them within {hours} hours.")
        text = template.format(n=number(all_.answered, language), hours=number(all_.median_hours, language))
        found.append(Sentence(text=text))
    if all_.overdue:
        text = _("Overdue cases without an answer: {n}.").format(n=number(all_.overdue, language))
        found.append(Sentence(text=text, links=links.overdue()))
    return found


def _compared(change: CountChange, n: Numbers, language: str) -> str:
    """Compare a count with the previous interval.

    An example is `650, 12 % more than in the previous interval`. While posts are not read, it is what is known so far. What some sources
    add that are compared with nothing is counted, and left out of the comparison.
    """
    _ = translator(language, "reports")
    if n.waiting:
        return _("{n} so far").format(n=number(change.now, language)) if change.now else _("not known yet")
    if change.apart:
        same = change.model_copy(update={"now": change.now - change.apart, "apart": 0})
        if not same.now and not same.before:
            return number(change.now, language)
        return _("{n}; comparable: {compared}").format(n=number(change.now, language), compared=_compared(same, n, language))
    part, before = abs(change.rise) / change.before if change.before else 0.0, number(change.before, language)
    if not change.before:
        template = _("{n} (none in the previous interval)") if change.now else _("none")
    elif not change.rise:
        template = _("{n}, as many as in the previous interval")
    elif change.before < SMALL:
        template = _("{n} ({before} in the previous interval)")
    elif part < HALF_A_PERCENT:
        template = _("{n}, about as many as in the previous interval")
    elif change.rise > 0:
        template = _("{n}, {part} more than in the previous interval")
    else:
        template = _("{n}, {part} fewer than in the previous interval")
    percent = format_percent(part, locale=locale_of(language))
    return template.format(n=number(change.now, language), before=before, part=percent)


def _names(topics: tuple[CountChange, ...], language: str) -> str:
    return "; ".join(f"{display_name('topic', one.name, language)} ({number(one.now, language)})" for one in topics if one.now)


def figures(n: Numbers, language: str, *, brief: bool = False) -> tuple[Figure, ...]:
    """Return the main figures; `brief`: in boxes of a line or two."""
    _ = translator(language, "reports")
    all_ = n.all_departments

    def before(change: CountChange) -> str:
        if not change.before and (change.apart == change.now or n.apart):
            return ""
        same = _("comparable: {n}").format(n=number(change.now - change.apart, language)) if change.apart else ""
        return " · ".join(filter(None, (same, _("before: {n}").format(n=number(change.before, language)))))

    found = [
        Figure(label=_("Posts"), value=number(n.posts.now, language), more=before(n.posts)),
        Figure(label=_("Complaints"), value=number(n.complaints.now, language), more=before(n.complaints)),
        Figure(
            label=_("Cases received"),
            value=number(n.cases.now, language),
            more=" · ".join(filter(None, (before(n.cases), "" if brief else closed(n, language)))),
        ),
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


def closed(n: Numbers, language: str) -> str:
    """Return how many cases were closed, and how.

    A case can be closed without any answer, and long after its answer: so the two numbers differ.
    """
    _ = translator(language, "reports")
    all_ = n.all_departments
    parts = [
        words.format(n=number(count, language))
        for words, count in (
            (_("without an answer: {n}"), all_.closed_unanswered),
            (_("answered before these days: {n}"), all_.closed_later),
        )
        if count
    ]
    found = _("closed: {n}").format(n=number(n.closed, language))
    return f"{found} ({'; '.join(parts)})" if parts else found


def caveat(n: Numbers, language: str) -> str:
    """Return what to know before the first number; empty: nothing.

    Posts that are not read yet come first, then example posts.
    """
    return " ".join(filter(None, (_provisional(n, language), _of_the_example(n, language))))


def _provisional(n: Numbers, language: str) -> str:
    if not n.waiting:
        return ""
    _ = translator(language, "reports")
    text = _(
        "Provisional: posts of these days or of the period before that have not been read yet: {n}. So the numbers below are too low; "
        "this report is written again on the desk when they have been."
    )
    return text.format(n=number(n.waiting, language))


def _of_the_example(n: Numbers, language: str) -> str:
    _ = translator(language, "reports")
    if not n.example_posts and not n.example_cases:
        return ""
    template = _(
        "Example (posts: {posts} of {all_posts}; cases received: {cases} of {all_cases}): they were written to show how Escucha works. "
        "No citizen wrote them: none is quoted here, and they are never part of open data."
    )
    return template.format(
        posts=number(n.example_posts, language),
        all_posts=number(n.posts.now, language),
        cases=number(n.example_cases, language),
        all_cases=number(n.cases.now, language),
    )


def notes(city: City, asked: Asked | None, language: str) -> tuple[str, ...]:
    """Return notes on how to read the report."""
    _ = translator(language, "reports")
    found = [
        _(
            "Usual: the median of earlier periods of the same length on the same days of the week (of a month: the months before). "
            "A change is named when it is larger than chance explains. The reasons are what most of the posts share: they are "
            "likely, not proven."
        ),
        _(
            "Posts are counted by the time they were written, excluding the city's own and those not about the city. A post "
            "received after the report was written is not counted in any report."
        ),
        _("Sentiment, intent, topic and place were determined automatically; staff checked only what the desk shows as corrected."),
        _(
            "The answer time is measured in elapsed hours from when the first post of a case reached the city to the first answer. "
            "Half of the answers came within the median, nine in ten within the hours beside it."
        ),
        _(
            "In time: share of the cases answered by their due date in this interval, or whose due date passed in it without an "
            "answer. The due date counts working hours."
        ),
        _("People who write on social networks are not representative of all citizens."),
    ]
    if asked is not None and Selection(asked.posts).narrows_posts_only:
        found.append(
            _("The numbers of cases are limited by service, district, channel and department only: a case has no intent, tone or language.")
        )
    return (*found, *([city.attribution] if city.attribution else []))
