"""Write the sections of a report that say what is expected."""

from collections import Counter, defaultdict
from datetime import date

from babel.dates import format_date

from core.config.day_files import PROBLEMS
from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from reports.build.day_files import FileOfDays
from reports.build.forecast import DueDay, Outlook
from reports.document.document import DASH, Section, Table, number

WORK_DAYS = 7
"""Days of the work ahead that a report shows."""


def forecast_section(found: Outlook, language: str, district: str | None = None) -> Section:
    """Return next week's expected complaints and cases by service, with their intervals.

    `district`: only there; None: in the whole city.
    """
    _ = translator(language, "reports")
    titles = {"complaints": _("Expected complaints"), "cases": _("Expected cases")}
    return Section(
        title=_("What to expect next week"),
        note=" ".join((_("In brackets: the interval that holds in about four of five weeks."), *caveats(found, language))),
        tables=tuple(_table(found, what, title, language, district) for what, title in titles.items()),
    )


def caveats(found: Outlook, language: str) -> tuple[str, ...]:
    """Say how to read a forecast, and what it is made with."""
    _ = translator(language, "reports")
    said = []
    if any(one.ahead for one in found.series):
        said.append(
            _("The number is often near the lower end: a quiet week is little below the usual one, a week with an event far above it.")
        )
        if found.made_up:
            said.append(_("Computed with example and replayed posts, because there are fewer than 12 weeks of others."))
    return (*said, *file_notes(found, language))


def file_notes(found: Outlook, language: str) -> tuple[str, ...]:
    """Say of each file whether it was used, or why not."""
    return tuple(_file_note(one, language) for one in found.files)


def _file_note(one: FileOfDays, language: str) -> str:
    _ = translator(language, "reports")
    if one.problem is not None:
        problem = _(PROBLEMS[one.problem]).format(**one.values)
        said = (
            _("The calendar {file} is not used: {problem}.") if one.kind == "calendar" else _("The weather {file} is not used: {problem}.")
        )
        return said.format(file=one.name, problem=problem)
    if not one.used:
        said = (
            _("The calendar {file} is used for no number: it lowered no error.")
            if one.kind == "calendar"
            else _("The weather {file} is used for no number: it lowered no error.")
        )
        return said.format(file=one.name)
    if one.kind == "calendar":
        said = _("The calendar {file} is used for {n} of {all} numbers: there it lowered the errors of past weeks.")
    else:
        said = _(
            "The weather {file} is used for {n} of {all} numbers: there the weather that was observed lowered the errors of past weeks."
        )
    return said.format(file=one.name, n=number(one.used, language), all=number(one.of, language))


def _table(found: Outlook, what: str, title: str, language: str, district: str | None) -> Table:
    _ = translator(language, "reports")
    rows, values = [], []
    for one in found.series:
        if one.what != what or one.district != district or not one.ahead:
            continue
        week = one.ahead[min(1, len(one.ahead) - 1)]
        name = display_name("topic", one.service, language) if one.service else _("All services")
        span = f"{number(round(week.median), language)} ({number(week.low, language)}–{number(week.high, language)})"
        rows.append((name, number(one.past[-1], language), span))
        values.append((name, one.past[-1], round(week.median), week.low, week.high))
    headers = (_("Service"), _("Last week"), _("Next week"))
    return Table(
        title=title,
        headers=headers,
        rows=tuple(rows),
        empty=_("Not enough data for a forecast."),
        values=tuple(values),
        more_headers=(_("At least"), _("At most")),
    )


def due_by_department(found: Outlook) -> dict[str, int]:
    """Return the waiting cases that are due soon, most first."""
    counts: Counter[str] = Counter()
    for one in found.due:
        counts[one.department] += one.known
    return {name: n for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])) if n}


def work_section(found: Outlook, language: str, most: int | None = None) -> Section | None:
    """Return the cases due on the next days; None without any.

    `most`: departments that are shown, those with most waiting cases first; None: all, by name.
    """
    days = sorted({one.day for one in found.due})[:WORK_DAYS]
    if not days:
        return None
    _ = translator(language, "reports")
    by_department: dict[str, dict[date, DueDay]] = defaultdict(dict)
    for one in found.due:
        by_department[one.department][one.day] = one
    ordered = sorted(by_department.items())
    if most is not None:
        ordered = sorted(ordered, key=lambda one: -sum(due.known for due in one[1].values()))[:most]
    shown = [str(format_date(day, "EEE d", locale=locale_of(language))) for day in days]
    table = Table(
        title=_("Cases due, by department and day"),
        headers=(_("Department"), *shown),
        rows=tuple((name, *(_due(due.get(day), language) for day in days)) for name, due in ordered),
        empty="",
        values=tuple((name, *(due[day].known if day in due else None for day in days)) for name, due in ordered),
    )
    note = _(
        "Waiting now, and after the plus sign the number that is still expected to come. In brackets: the interval of both together, "
        "which holds in about four of five weeks."
    )
    return Section(title=_("Work ahead"), note=note, tables=(table,))


def _due(one: DueDay | None, language: str) -> str:
    if one is None:
        return DASH
    known, come = number(one.known, language), round(one.expected or 0.0)
    shown = f"{known} + {number(come, language)}" if come else known
    if one.low is None or one.high is None or one.low == one.high == one.known + come:
        return shown
    return f"{shown} ({number(one.low, language)}–{number(one.high, language)})"
