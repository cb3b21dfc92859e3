"""Draw the charts of a report in the style of the dashboards."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase
from zlib import crc32

from babel.dates import format_date

from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from dashboards.render import vega
from dashboards.render.charts import draw
from gazetteer.city_map import WIDTH, CityMap, draw_outlines
from gazetteer.loading.outlines import Ring, outlines
from reports.build.aggregate import UNREAD
from reports.build.forecast import DAYS, SeriesForecast
from reports.build.statistics import CountChange, Numbers
from reports.document.document import Picture, number, share

Folder = Path | None
LETTER, BESIDE = 62, 900
"""Height of the letters of the map, and the room for names beside it, where the map is `WIDTH` wide."""
ROOM_FOR_SHARES = 1.3
"""Length of a line in bars of 100 %: behind the bar stands "100 % (12/12)"."""
MOST_EXPECTED = 6
MOST_BESIDE = 6
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


def all_posts(n: Numbers, language: str) -> Picture | None:
    """Draw the posts per day, all together; None: no posts."""
    if not n.posts.now:
        return None
    _ = translator(language, "reports")
    labels = [str(format_date(one.day, "EEE d MMM", locale=locale_of(language))) for one in n.days]
    counts = [sum(one.counts.values()) for one in n.days]
    told = "; ".join(f"{label}: {number(count, language)}" for label, count in zip(labels, counts, strict=True))
    title = _("Posts per day")
    alt = " ".join(filter(None, (f"{title}: {told}.", event_words(n, language))))
    return _picture(partial(vega.days, labels, [(title, counts)], language=language, marked=_letters(n)), title, alt, language)


def _bars(lines: Sequence[tuple[str, float, str]], title: str, language: str, of: float | None = None) -> Picture | None:
    """Draw a bar for each line; None: there is nothing to see.

    `of`: of shares, of which 0 % is worth seeing.
    """
    if not lines or (of is None and not any(n for _name, n, _text in lines)):
        return None
    alt = f"{title}: {'; '.join(f'{name}: {text}' for name, _n, text in lines)}."
    return _picture(partial(vega.bars, lines, of), title, alt, language)


def places(named: Sequence[CountChange], is_of_district: bool, language: str) -> Picture | None:
    """Draw the complaints by place, or by district."""
    _ = translator(language, "reports")
    lines = [(one.name, float(one.now), number(one.now, language)) for one in named]
    return _bars(lines, _("Complaints by place") if is_of_district else _("Complaints by district"), language)


def cases(n: Numbers, language: str) -> Picture | None:
    """Draw how many cases were received, answered, closed and left open."""
    _ = translator(language, "reports")
    all_ = n.all_departments
    counts = {_("Received"): n.cases.now, _("Answered"): all_.answered, _("Closed"): n.closed, _("Open at the end"): n.open_at_end}
    return _bars([(name, float(one), number(one, language)) for name, one in counts.items()], _("Cases"), language)


def in_time(n: Numbers, language: str) -> Picture | None:
    """Draw the share in time of each department that had cases due."""
    due = [one for one in (*n.departments, n.all_departments) if one.due]
    if len(due) == 2:
        due.pop()  # one department: all together are the same
    _ = translator(language, "reports")
    lines = [(one.department or _("All"), one.in_time / one.due, share(one.in_time, one.due, language)) for one in due]
    return _bars(lines, _("Answered in time"), language, of=ROOM_FOR_SHARES)


def expected(found: Sequence[SeriesForecast], language: str) -> Picture | None:
    """Draw the interval that is expected for each service, next week.

    All services together are drawn only where there is nothing else: beside their interval no other could be seen.
    """
    if not found:
        return None
    _ = translator(language, "reports")
    lines = []
    for one in ([one for one in found if one.service] or found)[:MOST_EXPECTED]:
        week = one.ahead[min(1, len(one.ahead) - 1)]
        name = display_name("topic", one.service, language) if one.service else _("All services")
        span = f"{number(round(week.median), language)} ({number(week.low, language)}–{number(week.high, language)})"
        lines.append((name, float(week.low), float(week.high), span))
    title = _("Complaints expected next week, with their interval")
    alt = f"{title}: {'; '.join(f'{name}: {text}' for name, _low, _high, text in lines)}."
    return _picture(partial(vega.spans, lines, (_("At least"), _("At most"))), title, alt, language)


def due(known: Mapping[str, int], language: str) -> Picture | None:
    """Draw the cases that wait and are due soon, by department."""
    lines = [(name, float(n), number(n, language)) for name, n in known.items()]
    return _bars(lines, translator(language, "reports")("Cases due within {days} days").format(days=DAYS), language)


def open_cases(n: Numbers, language: str) -> Picture | None:
    """Draw the cases that were open at the end, by department."""
    lines = [(str(one.department), float(one.open), number(one.open, language)) for one in n.departments if one.open]
    return _bars(lines, translator(language, "reports")("Cases open at the end"), language)


def district_map(folder: Folder, named: Sequence[CountChange], language: str) -> Picture | None:
    """Draw the complaints on the city's districts; None: no outlines.

    The numbers stand in the districts, the names of those with most beside them.
    """
    areas = outlines(folder, "district")
    drawn = draw_outlines(areas, [])
    if drawn is None:
        return None
    title = translator(language, "reports")("Complaints by district")
    counts = {one.name: one.now for one in named}
    most = max(counts.values())
    shapes, texts = [], []
    for name, path in drawn.districts:
        part = counts.get(name, 0) / most
        shapes.append(f'<path d="{path}" fill="{vega.shade(part)}" stroke="#4a5866" stroke-width="2"/>')
        if name in counts:
            x, y = _middle(areas[name], drawn)
            texts.append(_text(x, y, number(counts[name], language), vega.ink_on(part), "middle"))
    for at, one in enumerate(named[:MOST_BESIDE]):
        texts.append(_text(WIDTH + 40, LETTER * (2 + 1.7 * at), f"{number(one.now, language)}  {one.name}", "#17212b", "start"))
    size = f'width="{(WIDTH + BESIDE) / 2:g}" height="{drawn.height / 2:g}" viewBox="0 0 {WIDTH + BESIDE:g} {drawn.height:g}"'
    alt = f"{title}: {'; '.join(f'{one.name}: {number(one.now, language)}' for one in named)}."
    mark = f"m{crc32(''.join((alt, *shapes)).encode()):08x}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t{mark} d{mark}">'
        f'<title id="t{mark}">{escape(title)}</title><desc id="d{mark}">{escape(alt)}</desc>{"".join((*shapes, *texts))}</svg>'
    )
    return Picture(svg=svg, wide=svg, alt=alt)


def _middle(rings: Sequence[Ring], drawn: CityMap) -> tuple[float, float]:
    """Return where the number of a district has most room.

    That is the middle of the widest line through its largest ring.
    """
    ring = max(rings, key=len)
    points = [drawn.place(lon, lat) for lon, lat in ring]
    low, high = min(y for _x, y in points), max(y for _x, y in points)
    best = (0.0, 0.0, 0.0)
    for step in range(1, 10):
        y = low + (high - low) * step / 10
        crossed = sorted(
            x + (y - top) * (end - x) / (bottom - top) for (x, top), (end, bottom) in pairwise(points) if (top > y) != (bottom > y)
        )
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            best = max(best, (right - left, (left + right) / 2, y))
    return best[1], best[2]


def _text(x: float, y: float, text: str, ink: str, anchor: str) -> str:
    place = f'x="{x:.0f}" y="{y + LETTER / 3:.0f}" text-anchor="{anchor}" font-size="{LETTER}" font-family="sans-serif"'
    return f'<text {place} fill="{ink}">{escape(text)}</text>'


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
    if any(one.apart for one in n.topics):
        return _bars([(name, now, text) for name, _before, now, text in lines], _("Complaints by topic"), language)
    title = _("Complaints by topic, now and in the previous interval")
    sentences = "; ".join(f"{name}: {number(now, language)} ({number(before, language)})" for name, before, now, _text in lines)
    alt = f"{title}: {sentences}."
    return _picture(partial(vega.spans, lines, (_("Before"), _("Now"))), title, alt, language)


def _picture(chart: Callable[..., vega.Json], title: str, alt: str, language: str) -> Picture:
    """Draw a chart for screens and for paper."""
    return Picture(svg=draw(chart(), title, alt, language), wide=draw(chart(width=PAPER_WIDTH), title, alt, language), alt=alt)
