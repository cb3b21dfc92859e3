"""List records that a report leaves out, with the reason."""

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from reports.build.aggregate import COPIES, ELSEWHERE, GAP, LOST, OFF, OWN, REPLAYED, SPAM, WAITING
from reports.build.statistics import Numbers
from reports.document.document import DASH, Table, Translate, number


def unread_table(n: Numbers, language: str) -> Table:
    """Return a table of the records left out, by source and reason."""
    _ = translator(language, "reports")
    known = _reasons(_)
    rows = [
        (
            display_name("source", one.source, language),
            _describe(one.reason, known, language),
            DASH if one.count is None else number(one.count, language),
        )
        for one in n.unread
    ]
    return Table(
        title=_("Records not read or not counted, with the reason"),
        headers=(_("Source"), _("Reason"), _("Records")),
        rows=tuple(rows),
        empty=_("All records received were read and counted."),
        texts=2,
        values=tuple((*row[:2], one.count) for row, one in zip(rows, n.unread, strict=True)),
    )


def _describe(reason: str, known: dict[str, str], language: str) -> str:
    code, _, why = reason.partition(":")
    words = known.get(code, reason)
    if code == LOST:
        return f"{words} ({display_name('gap', why, language)})"
    return f"{words} ({why.strip()})" if why else words


def _reasons(_: Translate) -> dict[str, str]:
    """Return the text of each rejection code."""
    no_text = _("contains characters that are not text")
    return {
        "bad_json": _("not valid JSON"),
        "bad_row": _("a row that does not match the columns of its table"),
        "bad_encoding": _("not UTF-8"),
        "too_large": _("too large"),
        "too_deep": _("nested too deeply"),
        "not_an_object": _("not a record"),
        "nul": no_text,
        "lone_surrogate": no_text,
        "bad_date": _("an impossible date"),
        "empty_text": _("without text"),
        "missing_field": _("a field is missing"),
        "bad_field": _("a field of the wrong type"),
        "missing_id": _("its id is missing"),
        "duplicate_id": _("a duplicate id"),
        "reader_failed": _("the model could not process it"),
        REPLAYED: _("replayed from an archive"),
        OWN: _("written by the city itself"),
        ELSEWHERE: _("not about the city"),
        SPAM: _("spam: a test post or advertising"),
        COPIES: _("spam: a copy of an earlier post"),
        WAITING: _("waiting to be labelled"),
        GAP: _("a period that the source has not delivered yet; later collection fills it"),
        LOST: _("a period that can no longer be collected"),
        OFF: _("the source is off: its access key is not set"),
    }
