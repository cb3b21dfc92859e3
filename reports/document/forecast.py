"""Write the section of a report that says what is expected."""

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.forecast import Outlook
from reports.document.document import Section, Table, number


def forecast_section(found: Outlook, language: str) -> Section:
    """Return next week's expected complaints and cases by service, with their intervals."""
    _ = translator(language, "reports")
    titles = {"complaints": _("Expected complaints"), "cases": _("Expected cases")}
    return Section(
        title=_("What to expect next week"),
        note=_("In brackets: the interval that holds in about four of five weeks."),
        tables=tuple(_table(found, what, title, language) for what, title in titles.items()),
    )


def _table(found: Outlook, what: str, title: str, language: str) -> Table:
    _ = translator(language, "reports")
    rows = []
    for one in found.series:
        if one.what != what or one.district is not None or not one.ahead:
            continue
        week = one.ahead[min(1, len(one.ahead) - 1)]
        name = display_name("topic", one.service, language) if one.service else _("All services")
        span = f"{number(round(week.mean), language)} ({number(week.low, language)}–{number(week.high, language)})"
        rows.append((name, number(one.past[-1], language), span))
    headers = (_("Service"), _("Last week"), _("Next week"))
    return Table(title=title, headers=headers, rows=tuple(rows), empty=_("Not enough data for a forecast."))
