"""Describe the fields of a section as its form shows them.

A field is text both ways: `shown` writes a value of the profile's model, `read` turns what was typed into what the profile's file would
hold. Nothing is checked here; the profile's models do that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.datastructures import ImmutableMultiDict

from core.config.profile.calendar import WorkingHours
from core.config.profile.tables import Answers, AnswerTemplate, Department, Triage
from core.config.profile.warnings import WarningRules
from core.i18n.formats import format_value, parse_value
from core.records import Options
from core.records.annotation import TOPICS
from core.records.case import NEXT

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LONGEST = 4000
"""Characters that are read of one field."""
Shown = str | bool | tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """Describe one field of a form."""

    name: str
    """Key of the profile."""
    kind: str = "text"
    """Widget: text, number, check, lines, words, choice, several."""
    options: tuple[str, ...] = ()
    names: str = ""
    """Kind of the options, for their display names; empty: shown as they are."""
    show: Callable[[Any], str | float | Sequence[str]] | None = None
    """From the whole section's model; None: the value of this key."""
    parse: Callable[[Any], Any] | None = None
    """From the typed text, or number; None: by `kind`."""
    replaces: tuple[str, ...] = ()
    """Keys that mean the same and go when this one is set."""
    fixed: bool = False
    """It names its item: it can be typed for a new item only."""

    def shown(self, model: Options, language: str) -> Shown:
        """Return the value of a model as a reader's form shows it."""
        value: Any = getattr(model, self.name) if self.show is None else self.show(model)
        if self.kind == "check":
            return bool(value)
        if self.kind == "several":
            return tuple(map(str, value))
        if value is None:
            return ""
        if self.kind == "number":
            return format_value(value, language)
        return "\n".join(map(str, value)) if self.kind == "lines" else str(value)

    def typed(self, form: "ImmutableMultiDict[str, Any]") -> Shown:
        """Return what was typed, in the form of `shown`."""
        if self.kind == "check":
            return bool(form.get(self.name))
        if self.kind == "several":
            chosen = {str(one) for one in form.getlist(self.name)}
            return tuple(one for one in self.options if one in chosen)
        text = str(form.get(self.name, ""))[:LONGEST]
        lines = [" ".join(line.split()) for line in text.splitlines()]
        if self.kind in ("lines", "words"):
            return "\n".join(lines if self.kind == "words" else filter(None, lines)).strip()
        return " ".join(lines).strip()

    def read(self, typed: Shown, language: str) -> Any:
        """Return what the profile's file would hold; None: no such key.

        `language`: of the person who typed it.
        """
        if not isinstance(typed, str):
            return list(typed) if isinstance(typed, tuple) else typed
        if self.kind == "number":
            number = _number(typed, language)
            return number if self.parse is None else self.parse(number)
        if self.parse is not None:
            return self.parse(typed)
        return typed.splitlines() if self.kind == "lines" else typed or None


def _number(text: str, language: str) -> Any:
    """Return a number; other text stays, for the profile to refuse."""
    value = parse_value(text, language)
    if value is None:
        return text or None
    return int(value) if value.is_integer() else value


def _spans(model: Any) -> str:
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in model.usual)


def _read_spans(text: str) -> Any:
    return [one.replace(" ", "").replace("–", "-") for one in text.split(",") if one.strip()] or None


def _seasons(model: Any) -> list[str]:
    return [f"{one.first}/{one.last}: {', '.join(one.spans)}".strip() for one in model.seasons]


def _not(model: Any) -> tuple[str, ...]:
    return tuple(model.not_)


def _read_seasons(text: str) -> Any:
    found = []
    for line in text.splitlines():
        days, _, spans = line.partition(":")
        first, _, last = days.partition("/")
        found.append({"from": first.strip(), "to": last.strip(), "spans": _read_spans(spans) or []})
    return found


def _names(model: Any) -> list[str]:
    return [f"{language}: {name}" for language, name in model.names.items()]


def _read_names(text: str) -> Any:
    found = {}
    for line in text.splitlines():
        language, _, name = line.partition(":")
        found[language.strip().lower()] = name.strip()
    return found or None


def _hours(model: Any) -> float:
    return float(model.answer_within / HOUR)


def _read_hours(hours: Any) -> Any:
    if not isinstance(hours, int | float):
        return hours
    return f"PT{hours}H" if isinstance(hours, int) else f"PT{round(hours * HOUR / MINUTE)}M"


FIELDS: dict[str, tuple[Field, ...]] = {
    "city": (Field("languages", "lines"), Field("timezone"), Field("handles", "lines")),
    "relevance": (Field("names", "lines"), Field("near", "lines"), Field("not", "lines", show=_not)),
    "feeds": (Field("feeds", "lines"), Field("filtered", "lines")),
    "gazetteer": (Field("attribution", "words"),),
    "notice": (
        *(Field(name) for name in ("controller", "contact", "data_protection_officer", "url", "authority")),
        Field("basis", "words"),
    ),
    "triage": (
        *(Field(name, "number") for name in ("act", "review", "reach", "review_per_day")),
        *(Field(name, "number") for name in ("pooled", "same_days", "similar", "reopen_days")),
    ),
    "working_hours": (
        Field("days", "several", ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"), "weekday"),
        Field("spans", show=_spans, parse=_read_spans, replaces=("opens", "closes")),
        Field("seasons", "lines", show=_seasons, parse=_read_seasons),
        Field("closed", "lines"),
        Field("country"),
        Field("region"),
    ),
    "departments": (
        Field("name", fixed=True),
        Field("names", "lines", show=_names, parse=_read_names),
        Field("topics", "several", TOPICS, "topic"),
        Field("answer_within", "number", show=_hours, parse=_read_hours),
        Field("mail"),
        Field("lead_mail"),
        Field("queue"),
    ),
    "templates": (
        Field("name", fixed=True),
        Field("language", fixed=True),
        Field("text", "words"),
        Field("topics", "several", TOPICS, "topic"),
        Field("states", "several", tuple(NEXT), "state"),
        Field("asks", "check"),
        Field("acknowledges", "check"),
        Field("becomes", "choice", ("", "resolved", "rejected"), "becomes"),
        Field("department"),
        Field("note", "words"),
    ),
    "answers": (
        Field("approve", "choice", ("agent", "lead"), "approve"),
        Field("already_known", "check"),
        Field("ask_solved", "check"),
        Field("send", "check"),
        Field("max_per_run", "number"),
    ),
    "warnings": (
        Field("on", "check"),
        Field("to", "lines"),
        *(Field(name, "number") for name in ("false_alarms_per_week", "people", "word_people", "history_days")),
        Field("quiet_hours"),
        Field("urgent_people", "number"),
        Field("webhooks", "check"),
    ),
}
MODELS: dict[str, type[Options]] = {
    "triage": Triage,
    "working_hours": WorkingHours,
    "departments": Department,
    "templates": AnswerTemplate,
    "answers": Answers,
    "warnings": WarningRules,
}


def typed_values(section: str, form: "ImmutableMultiDict[str, Any]") -> dict[str, Shown]:
    """Return what was typed in the form of a section."""
    return {field.name: field.typed(form) for field in FIELDS[section]}


def shown_values(section: str, model: Options, language: str) -> dict[str, Shown]:
    """Return the values of a section or item for its form."""
    return {field.name: field.shown(model, language) for field in FIELDS[section]}


def wanted_table(
    section: str, table: Mapping[str, Any], before: Mapping[str, Shown], typed: Mapping[str, Shown], language: str
) -> dict[str, Any]:
    """Return the table with the fields that were changed.

    A field that shows the same as before stays as the profile's file has it: a default is not written down.

    Args:
        section: its name.
        table: the table in force, as the file would hold it.
        before: what the form showed.
        typed: what was typed.
        language: of the form.
    """
    wanted = dict(table)
    for field in FIELDS[section]:
        if typed[field.name] == before.get(field.name):
            continue
        value = field.read(typed[field.name], language)
        for name in field.replaces:
            wanted.pop(name, None)
        if value is None:
            wanted.pop(field.name, None)
        else:
            wanted[field.name] = value
    return wanted
