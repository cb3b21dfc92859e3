"""Name a report by its kind and its posts."""

from core.config.city import City
from core.i18n.translate import translator
from reports.build.asked import Asked

FIELDS = ("department", "topic", "intent", "sentiment", "source", "language")
"""Filters with a display name of the same kind; the others are names already."""


def title_of(name: str, city: City, language: str, asked: Asked | None = None) -> str:
    """Return the title of a report.

    `name`: of its table in the profile, for a report without a kind.
    """
    _ = translator(language, "reports")
    kind = asked.kind if asked else name
    titles = {
        "daily": _("Daily briefing"),
        "weekly": _("Weekly report"),
        "monthly": _("Monthly report"),
        "event": _("Report after an event"),
        "department": _("Report of a department"),
        "district": _("Report of a district"),
        "view": _("Report of a saved view"),
    }
    title = titles.get(kind) or f"{_('Report')} {name}"
    return " · ".join([title, *(scope_names(asked, city, language) if asked else []), city.name])


def scope_names(asked: Asked, city: City, language: str) -> list[str]:
    """Return the filters of a report by their display names."""
    return [city.display_name(name, value, language) if name in FIELDS else value for name, value in asked.posts.values.items()]
