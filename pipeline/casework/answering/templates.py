"""Offer the templates of the profile for a case, filled in."""

from typing import NamedTuple

from babel import Locale
from babel.dates import format_date
from babel.localedata import locale_identifiers

from core.config.city import AnswerTemplate
from core.i18n.display_names import display_name
from core.records.answer import fill_template, named_field
from core.records.read_models import CaseRecord
from pipeline.casework.answering.languages import base
from pipeline.context import Context, now


class PastDue(NamedTuple):
    """Hold a date that a template would promise though it has passed."""

    date: str
    field: str
    """As the template writes it: `{due}`, `{plazo}` ..."""


def past_due(context: Context, template: AnswerTemplate, case: CaseRecord | None) -> PastDue | None:
    """Return the passed date that a template would promise; None: none."""
    field = named_field(template.text, "due")
    if case is None or field is None or not is_past(case):
        return None
    return PastDue(due_date(context, case, template.language), field)


def is_past(case: CaseRecord) -> bool:
    """Tell whether the due date of a case has passed."""
    return case.due_at < now()


def due_date(context: Context, case: CaseRecord, language: str) -> str:
    """Write the due date of a case as answers name it."""
    known = Locale.negotiate([language], locale_identifiers(), sep="-") or context.city.languages[0]
    return format_date(case.due_at.astimezone(context.city.zone), "long", locale=known)


def templates_for(context: Context, case: CaseRecord | None, language: str | None) -> list[AnswerTemplate]:
    """Return the templates that fit a case, those of `language` first."""
    fitting = [
        one
        for one in context.city.templates
        if (not one.topics or (case is not None and case.topic in one.topics))
        and (not one.states or (case is not None and case.state in one.states))
    ]
    return sorted(fitting, key=lambda one: (one.language != language, one.name))


def version_in(context: Context, template: AnswerTemplate, language: str, case: CaseRecord | None) -> AnswerTemplate | None:
    """Return a template in another language; None: there is none.

    It has the same name; else it is, in each of the two languages, the only one that is offered in the same states and does the same.
    """
    fitting = [one for one in templates_for(context, case, language) if one.text]
    there = [one for one in fitting if base(one.language) == base(language)]
    if named := [one for one in there if one.name == template.name]:
        return named[0]
    alike = [[one for one in some if _does(one) == _does(template)] for some in (there, fitting)]
    here = [one for one in alike[1] if base(one.language) == base(template.language)]
    return alike[0][0] if len(alike[0]) == len(here) == 1 else None


def _does(one: AnswerTemplate) -> tuple[object, ...]:
    return one.topics, sorted(one.states), one.asks, one.acknowledges, one.becomes, one.department


def filled(context: Context, template: AnswerTemplate, case: CaseRecord | None) -> str:
    """Return the text of a template with the values of a case.

    A due date that has passed is no value: its field stays in the text, and no draft is kept with it.
    """
    return filled_text(context, template, template.text, case)


def filled_text(context: Context, template: AnswerTemplate, text: str, case: CaseRecord | None) -> str:
    """Return a text of a template with the values of a case."""
    fields: dict[str, str | None] = {"city": context.city.name}
    if case is not None:
        fields |= {
            "case": case.case_key,
            "place": case.place,
            "department": context.city.display_name("department", case.department, template.language),
            "topic": display_name("topic", case.topic, template.language),
            "due": None if is_past(case) else due_date(context, case, template.language),
        }
    return fill_template(text, fields)
