"""Describe the subject, reason and course of a warning."""

from datetime import timedelta

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from ledger.read import EarlyWarning
from trends.records import LOCAL

TITLES = ("street", "barrio", "district", "near", "object", "service", "word", "emerging")
"""By what a warning is best named, first to last: precision of a place, else kind of subject."""
WHATS = {"service": "topic", "object": "object"}
"""Kind of code (`core/i18n/names.toml`) by kind of subject."""
FEW = 0.1
"""Fewer usual people than this are shown as fewer than one in ten times."""


def subject_name(kind: str, subject: str, language: str) -> str:
    """Return what a warning is about, such as `Noise in Calle Mayor`."""
    _ = translator(language, "reports")
    if kind in WHATS:
        return display_name(WHATS[kind], subject, language)
    if kind in LOCAL:
        what, *_precision, place = subject.split("|", 2)
        of, _sep, name = what.partition(":")
        where = _("{service} at one spot") if kind == "near" else _("{service} in {place}")
        return where.format(service=subject_name(of, name, language), place=place)
    if kind == "service_place":  # of warnings before 0.3
        return subject_name("place", f"service:{subject}", language)
    if kind == "word":
        return _("the word “{word}”").format(word=subject)
    if kind == "kind":  # of warnings before 0.3
        return _("posts of the kind “{kind}”").format(kind=display_name("case_kind", subject, language))
    if kind == "emerging":
        return _("an issue that belongs to no service yet")
    if kind == "all":
        return _("all posts; no service stands out")
    if kind == "volume":
        return _("all posts of {source}; no service stands out").format(source=display_name("source", subject, language))
    return subject


def main_subject(one: EarlyWarning) -> tuple[str, str]:
    """Return the most specific of the subjects that rose together."""

    def rank(subject: tuple[str, str]) -> int:
        kind, name = subject
        by = name.split("|")[1] if kind in ("place", "service_place") else kind
        return TITLES.index(by) if by in TITLES else len(TITLES)

    return min([(one.kind, one.subject), *one.also], key=rank)


def title(one: EarlyWarning, language: str) -> str:
    """Return the name of a warning."""
    return subject_name(*main_subject(one), language)


def reason(one: EarlyWarning, language: str) -> str:
    """Return why a warning was raised, in one sentence."""
    _ = translator(language, "reports")
    if one.kind in ("all", "volume"):
        text = _("{n} people wrote within {window} about everything; {usual}. The network itself has more posts, or a search finds more.")
    elif one.kind == "emerging":
        text = _("{n} people wrote within {window} about the same issue, which belongs to no service yet; {usual}.")
    else:
        text = _("{n} people wrote within {window}; {usual}. Copies and several posts of one person count once.")
    return text.format(n=one.counted, window=_length(one.window_s, language), usual=_usual(one.expected, language))


def _usual(expected: float, language: str) -> str:
    _ = translator(language, "reports")
    if expected < FEW:
        return _("usually none at this hour")
    return _("usually {n} at this hour").format(n=format_decimal(round(expected, 1), locale=language))


def _length(seconds: int, language: str) -> str:
    return str(format_timedelta(timedelta(seconds=seconds), granularity="minute", threshold=1.5, locale=language))


def course(one: EarlyWarning, city: City, language: str) -> str:
    """Return the start, the number of people and the end."""
    _ = translator(language, "reports")

    def moment(at: object) -> str:
        return str(format_datetime(at.astimezone(city.zone), "d MMM y, HH:mm", locale=language))  # type: ignore[attr-defined]

    begun = _("Since {start}: {n} people.").format(start=moment(one.started_at), n=one.people)
    if one.ended_at is None:
        return begun
    return _("{begun} Back to usual since {end}.").format(begun=begun, end=moment(one.ended_at))
