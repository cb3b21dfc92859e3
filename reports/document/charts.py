"""Draw the charts of a report in the style of the dashboards."""

from collections.abc import Callable
from functools import partial
from string import ascii_uppercase

from babel.dates import format_date

from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from dashboards.render import vega
from dashboards.render.charts import draw
from reports.build.aggregate import UNREAD
from reports.build.statistics import Numbers
from reports.document.document import Picture, number

PAPER_WIDTH = 680
"""Width of a chart on paper in px, of which its letters are 12: 8.5 points on A4."""


def days(n: Numbers, language: str) -> Picture | None:
    """Draw the posts per day, one strip per sentiment."""
    if not n.posts.now:
        return None
    _ = translator(language, "reports")
    labels = [str(format_date(one.day, "EEE d MMM", locale=locale_of(language))) for one in n.days]
    strips, sentences = [], []
    for change in n.sentiments:
        name = _("not labelled yet") if change.name == UNREAD else display_name("sentiment", change.name, language)
        counts = [one.counts.get(change.name, 0) for one in n.days]
        strips.append((name, counts))
        template = _("{name}: {total} in total, with a maximum of {most} on {day}.")
        most = max(counts)
        sentences.append(
            template.format(name=name, total=number(sum(counts), language), day=labels[counts.index(most)], most=number(most, language))
        )
    title = _("Posts per day, by sentiment")
    alt = " ".join([f"{title}.", *sentences, *([events] if (events := event_words(n, language)) else [])])
    return _picture(partial(vega.days, labels, strips, language=language, marked=_letters(n)), title, alt, language)


def _letters(n: Numbers) -> list[str | None]:
    """Return the letters of marked events by day.

    Each is on its first day; None: a day without an event.
    """
    letters: list[str | None] = [None] * len(n.days)
    for letter, event in zip(ascii_uppercase, n.events, strict=False):
        on = [at for at, one in enumerate(n.days) if event.first_day <= one.day <= event.last_day]
        for at in on:
            letters[at] = (letters[at] or "") + (letter if at == on[0] else "")
    return letters


def event_words(n: Numbers, language: str) -> str:
    """Return the marked events with their letters and days; empty: none."""
    if not n.events or not n.posts.now:
        return ""
    said = []
    for letter, event in zip(ascii_uppercase, n.events, strict=False):
        days_of = dict.fromkeys((event.first_day, event.last_day))
        shown = " – ".join(format_date(day, "d MMM", locale=locale_of(language)) for day in days_of)
        said.append(f"{letter}, {event.name} ({shown})")
    return translator(language, "reports")("Marked events: {events}.").format(events="; ".join(said))


def topics(n: Numbers, language: str) -> Picture | None:
    """Draw the complaints by topic, before and now."""
    if not any(one.now or one.before for one in n.topics):
        return None
    _ = translator(language, "reports")
    lines = [(display_name("topic", one.name, language), float(one.before), float(one.now), number(one.now, language)) for one in n.topics]
    title = _("Complaints by topic, now and in the previous interval")
    sentences = "; ".join(f"{name}: {number(now, language)} ({number(before, language)})" for name, before, now, _text in lines)
    alt = f"{title}: {sentences}."
    return _picture(partial(vega.spans, lines, (_("Before"), _("Now"))), title, alt, language)


def _picture(chart: Callable[..., vega.Json], title: str, alt: str, language: str) -> Picture:
    """Draw a chart for screens and for paper."""
    return Picture(svg=draw(chart(), title, alt, language), wide=draw(chart(width=PAPER_WIDTH), title, alt, language), alt=alt)
