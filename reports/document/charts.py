"""The pictures of a report, drawn from its numbers in the hand of the dashboards."""

from babel.dates import format_date

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from dashboards.render import vega
from dashboards.render.charts import draw
from reports.build.aggregate import UNREAD
from reports.build.statistics import Numbers
from reports.document.document import LOCALES, Picture, number


def days(n: Numbers, language: str) -> Picture | None:
    """The posts of each day, a strip for each sentiment."""
    if not n.posts.now:
        return None
    _ = translator(language, "reports")
    labels = [str(format_date(one.day, "EEE d MMM", locale=LOCALES[language])) for one in n.days]
    strips, said = [], []
    for change in n.sentiments:
        name = _("not read yet") if change.name == UNREAD else display_name("sentiment", change.name, language)
        counts = [one.counts.get(change.name, 0) for one in n.days]
        strips.append((name, counts))
        words = _("{name}: {total} in all, most on {day} ({most}).")
        most = max(counts)
        said.append(
            words.format(
                name=name,
                total=number(sum(counts), language),
                day=labels[counts.index(most)],
                most=number(most, language),
            )
        )
    title = _("Posts a day, by sentiment")
    alt = f"{title}. {' '.join(said)}"
    return Picture(svg=draw(vega.days(labels, strips), title, alt), alt=alt)


def topics(n: Numbers, language: str) -> Picture | None:
    """Complaints by topic, before and now."""
    if not any(one.now or one.before for one in n.topics):
        return None
    _ = translator(language, "reports")
    lines = [
        (display_name("topic", one.name, language), float(one.before), float(one.now), number(one.now, language))
        for one in n.topics
    ]
    title = _("Complaints by topic, now and in the interval before")
    said = "; ".join(
        f"{name}: {number(now, language)} ({number(before, language)})" for name, before, now, _text in lines
    )
    alt = f"{title}: {said}."
    return Picture(svg=draw(vega.spans(lines, (_("Before"), _("Now"))), title, alt), alt=alt)
