"""What was not read or not counted, and why: a report that leaves something out says so."""

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.aggregate import ELSEWHERE, GAP, LOST, OFF, OWN, SPAM, WAITING
from reports.build.statistics import Numbers
from reports.document.document import DASH, Table, Translate, number


def unread_table(n: Numbers, language: str) -> Table:
    """Each source with what it brought in vain."""
    _ = translator(language, "reports")
    known = _reasons(_)
    rows = [
        (
            display_name("source", one.source, language),
            _in_words(one.reason, known, language),
            DASH if one.count is None else number(one.count, language),
        )
        for one in n.unread
    ]
    return Table(
        title=_("What was not read or not counted, and why"),
        headers=(_("Source"), _("Reason"), _("Records")),
        rows=tuple(rows),
        empty=_("Everything that came in was read and counted."),
        texts=2,
    )


def _in_words(reason: str, known: dict[str, str], language: str) -> str:
    code, _, why = reason.partition(":")
    words = known.get(code, reason)
    if code == LOST:
        return f"{words} ({display_name('gap', why, language)})"
    return f"{words} ({why.strip()})" if why else words


def _reasons(_: Translate) -> dict[str, str]:
    """The short codes of refusals in words."""
    no_text = _("holds signs that are no text")
    return {
        "bad_json": _("not valid JSON"), "bad_row": _("a row that does not fit its table"), "bad_encoding": _("not UTF-8"),
        "too_large": _("too large"), "too_deep": _("nested without end"),
        "not_an_object": _("nothing where a record should be"),
        "nul": no_text, "lone_surrogate": no_text, "bad_date": _("a date that cannot be right"),
        "empty_text": _("without text"), "missing_field": _("a field is missing"), "bad_field": _("a field of the wrong kind"),
        "missing_id": _("its id is missing"),
        "duplicate_id": _("an id that came twice"), "reader_failed": _("the reader failed on it"),
        OWN: _("written by the city itself"), ELSEWHERE: _("about something else than the city"),
        SPAM: _("spam: a test of the platform or advertising"),
        WAITING: _("waits to be read"), GAP: _("a stretch of time the source did not give us yet; later reads fill it"),
        LOST: _("a stretch of time that nobody can read any more"),
        OFF: _("the source is off: its access key is not set"),
    }  # fmt: skip
