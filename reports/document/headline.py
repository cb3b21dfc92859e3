"""Write what changed most, why, and what was set apart as spam."""

from datetime import date

from babel.dates import format_date

from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from core.quotes import printable
from core.text import shorten
from reports.build.headline import SUBJECTS, Headline, Reason
from reports.build.statistics import Numbers
from reports.document.document import Link, Sentence, number, share
from reports.document.links import Links
from trends.periods import LEAST_PERIODS


def shortened(text: str, characters: int) -> str:
    """Cut the text to a number of characters, between words if possible.

    >>> shortened("Farola fundida en la calle Mayor", 18)
    'Farola fundida en…'
    """
    return shorten(printable(text), characters)


TITLE_CHARACTERS = 60


def headline(n: Numbers, links: Links, language: str) -> Sentence:
    """Return the first sentence: what changed most, and likely why."""
    _ = translator(language, "reports")
    found = n.headline
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
        return Sentence(text=template.format(**figures), links=links.posts(found.now))
    template = (
        _("Changed most: {subject} (posts: {n}; {usual} in each of {periods} earlier periods); {why}.")
        if found.low == found.high
        else _("Changed most: {subject} (posts: {n}; usual: {usual}, between {low} and {high} in {periods} earlier periods); {why}.")
    )
    text = template.format(subject=_subject(found, language), why=_why(found, language), **figures)
    return Sentence(text=text, links=_links(found, links))


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
        day = str(format_date(date.fromisoformat(one.name), "long", locale=locale_of(language)))
        return _("what was written on {day} ({n})").format(day=day, n=number(one.now, language))
    if one.kind == "case":
        return f"{names['case'].format(name=name)} ({number(one.now, language)})"
    what = _("posts were set apart as spam") if one.kind == "spam" else names[one.kind].format(name=name)
    return _("{what} ({n}; usual: {usual})").format(what=what, n=number(one.now, language), usual=usual)


def _links(found: Headline, links: Links) -> tuple[Link, ...]:
    """Return links to the posts and the case of a change."""
    fields = SUBJECTS.get(found.subject[0], ())
    cases = (links.case(one.name) for one in found.reasons if one.kind == "case")
    return (*links.posts(found.now, **dict(zip(fields, found.subject[1:], strict=False))), *cases)
