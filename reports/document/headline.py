"""Write what matters most, what changed most, and what was set apart."""

from datetime import date

from babel.dates import format_date

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from core.quotes import printable
from core.text import shorten
from reports.build.headline import SUBJECTS, Headline, Reason
from reports.build.incident import MainIncident
from reports.build.statistics import Numbers
from reports.document.document import Link, Sentence, day, number, share
from reports.document.links import Links
from trends.periods import LEAST_PERIODS


def shortened(text: str, characters: int) -> str:
    """Cut the text to a number of characters, between words if possible.

    >>> shortened("Farola fundida en la calle Mayor", 18)
    'Farola fundida en…'
    """
    return shorten(printable(text), characters)


TITLE_CHARACTERS, MAIN_TITLE_CHARACTERS = 60, 90
"""Of a case that is a reason, and of the one that most people wrote about."""


def incident(n: Numbers, city: City, links: Links, language: str) -> Sentence | None:
    """Say what most people wrote about, and what was done."""
    found = n.incident
    if found is None:
        return None
    _ = translator(language, "reports")
    place = ", ".join(dict.fromkeys(one for one in (found.place, found.district) if one))
    service = display_name("topic", found.topic, language)
    name = _("the case “{name}”") if found.title else _("the case {name}")
    what = _("What most people wrote about: {subject} (people: {people}; {case}).").format(
        subject=_("{service} in {place}").format(service=service, place=place) if place else service,
        people=number(found.people, language),
        case=name.format(name=shortened(found.title.removeprefix(f"{found.place}: "), MAIN_TITLE_CHARACTERS) or found.case_key),
    )
    cause = found.cause or (_("the word “{name}”").format(name=found.word) if found.word else "")
    why = _("Likely cause: {cause}.").format(cause=cause) if cause else ""
    text = " ".join(one for one in (what, why, _done(found, city, language)) if one)
    return Sentence(text=text, links=(links.case(found.case_key),))


def _done(found: MainIncident, city: City, language: str) -> str:
    """Say what the department did, or until when it has to answer."""
    _ = translator(language, "reports")
    if found.state == "rejected":
        template, on = _("What was done: {department} closed it without work on {day}."), found.closed_at
    elif found.closed_at is not None:
        template, on = _("What was done: {department} solved it by {day}."), found.closed_at
    elif found.answered_at is not None:
        template, on = _("What was done: {department} answered on {day}; the case is still open."), found.answered_at
    else:
        template, on = _("What was done: {department} has not answered yet; it is due by {day}."), found.due_at
    return template.format(department=found.department, day=day(on or found.due_at, city, language))


def headline(n: Numbers, links: Links, language: str) -> Sentence:
    """Say what changed most, and likely why."""
    _ = translator(language, "reports")
    found = n.headline
    if found is None and n.apart and not n.periods_known:
        return Sentence(text=_("What changed cannot be said: no source was read in all the periods that would be compared."))
    if found is None:
        template = _(
            "Not enough data to say what changed most: {least} earlier periods with posts are needed to know what is usual, "
            "and there are {known}."
        )
        text = template.format(least=number(LEAST_PERIODS, language), known=number(n.periods_known, language))
        return Sentence(text=text, links=links.posts(n.posts.now) if n.posts.now else ())
    figures = {
        "n": number(found.now, language),
        "usual": number(found.usual, language),
        "low": number(found.low, language),
        "high": number(found.high, language),
        "periods": number(found.periods, language),
    }
    if not found.stands_out:
        template = _(
            "Nothing changed more than by chance (posts: {n}; usual: {usual}, between {low} and {high} in {periods} earlier periods)."
        )
        return Sentence(text=template.format(**figures), links=links.posts(found.now) if found.of_all else ())
    template = (
        _("Changed most: {subject} (posts: {n}; {usual} in each of {periods} earlier periods); {why}.")
        if found.low == found.high
        else _("Changed most: {subject} (posts: {n}; usual: {usual}, between {low} and {high} in {periods} earlier periods); {why}.")
    )
    text = template.format(subject=_subject(found, language), why=_why(found, language), **figures)
    return Sentence(text=text, links=_links(found, links))


def apart(n: Numbers, language: str) -> Sentence | None:
    """Name in one sentence what is compared with nothing; None without any."""
    _ = translator(language, "reports")
    words = {
        "new": _("new in these days or the ones before: {sources} (posts: {n})"),
        "down": _("not read in all of them: {sources} (posts: {n})"),
    }
    found = []
    for why, said in words.items():
        some = [one for one in n.apart if one.why == why]
        names = ", ".join(display_name("source", one.source, language) for one in some)
        if some:
            found.append(said.format(sources=names, n=number(sum(one.posts for one in some), language)))
    if n.replayed_posts:
        archive = _("an archive that is replayed and is in no number of this report (posts: {n})")
        found.append(archive.format(n=number(n.replayed_posts, language)))
    if not found:
        return None
    text = _("Compared with nothing, as it says nothing about the city: {sources}.").format(sources="; ".join(found))
    return Sentence(text=text, links=(Link(label=_("Sources"), path="/sources"),))


def junk(n: Numbers, links: Links, language: str) -> Sentence | None:
    """Name the spam that no other number contains; None without any."""
    every = n.junk.labelled + n.junk.copies
    if not every:
        return None
    _ = translator(language, "reports")
    parts = _(
        "Set apart as spam, and in no other number of this report: {share} of the posts (test posts or advertising: {labelled}; "
        "copies: {copies}; usual, together: {usual})."
    )
    text = parts.format(
        share=share(every, every + n.posts.now, language),
        labelled=number(n.junk.labelled, language),
        copies=number(n.junk.copies, language),
        usual=_("not enough data") if n.junk.usual is None else number(n.junk.usual, language),
    )
    return Sentence(text=text, links=links.posts(every, _("Show what was set apart"), of="spam"))


def _subject(found: Headline, language: str) -> str:
    _ = translator(language, "reports")
    kind, *names = found.subject
    if kind == "topic_district":
        return _("{service} in {place}").format(service=display_name("topic", names[0], language), place=names[1])
    if kind == "topic":
        return display_name("topic", names[0], language)
    if kind == "intent":
        return _("posts of the kind “{kind}”").format(kind=display_name("intent", names[0], language))
    return names[0] or _("all posts together")


def _why(found: Headline, language: str) -> str:
    _ = translator(language, "reports")
    if not found.reasons:
        return _("no single place, case, word or channel accounts for it")
    reasons = "; ".join(_reason(one, language) for one in found.reasons)
    return _("likely why: {reasons}").format(reasons=reasons)


def _reason(one: Reason, language: str) -> str:
    """Name what accounts for a change, with its numbers."""
    _ = translator(language, "reports")
    usual = _("not enough data") if one.usual is None else number(one.usual, language)
    names = {
        "place": "{name}",
        "case": _("the case “{name}”") if one.title else _("the case {name}"),
        "word": _("the word “{name}”"),
        "source": _("the channel {name}"),
    }
    name = {"case": shortened(one.title, TITLE_CHARACTERS) or one.name, "source": display_name("source", one.name, language)}.get(
        one.kind, one.name
    )
    if one.kind == "day":
        on = str(format_date(date.fromisoformat(one.name), "long", locale=locale_of(language)))
        return _("what was written on {day} ({n})").format(day=on, n=number(one.now, language))
    if one.kind == "case":
        return f"{names['case'].format(name=name)} ({number(one.now, language)})"
    what = _("posts were set apart as spam") if one.kind == "spam" else names[one.kind].format(name=name)
    return _("{what} ({n}; usual: {usual})").format(what=what, n=number(one.now, language), usual=usual)


def _links(found: Headline, links: Links) -> tuple[Link, ...]:
    """Return links to the posts and the case of a change."""
    fields = SUBJECTS.get(found.subject[0], ())
    cases = (links.case(one.name) for one in found.reasons if one.kind == "case")
    if not found.of_all:
        return tuple(cases)
    return (*links.posts(found.now, **dict(zip(fields, found.subject[1:], strict=False))), *cases)
