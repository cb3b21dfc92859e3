"""Format the posts that a report quotes."""

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.statistics import QuotedPost
from reports.document.document import Quote, day


def quote(city: City, example: QuotedPost, language: str) -> Quote:
    """Return the post's text, captioned with intent, topic, place and more."""
    _ = translator(language, "reports")
    parts = [display_name("intent", example.intent, language).capitalize(), display_name("topic", example.topic, language)]
    parts += [example.place or "", day(example.created_at, city, language, "medium"), display_name("source", example.source, language)]
    if example.case_key:
        parts.append(f"{_('case')} {example.case_key}")
    if example.replay:
        parts.append(_("replayed"))
    return Quote(text=example.text, language=example.language, footer=" · ".join(part for part in parts if part))
