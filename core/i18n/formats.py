"""Format times, days, numbers and counts in a language."""

import math
import re
from datetime import date, datetime, tzinfo
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import NumberFormatError, format_decimal, format_percent, get_decimal_symbol, parse_decimal

from core.i18n.translate import translations

LONG, SHORT = "d MMM y, HH:mm", "d MMM, HH:mm"


@lru_cache(maxsize=10_000)
def format_time(moment: datetime, language: str, zone: tzinfo, pattern: str = LONG) -> str:
    """Format a time in a zone.

    Cached, as a page shows the same often.
    """
    return format_datetime(moment.astimezone(zone), pattern, locale=language)


def format_day(on: date, language: str) -> str:
    """Format a day with its month and year."""
    return format_date(on, "long", locale=language)


def format_month(month: str, language: str) -> str:
    """Format a month such as `2026.11`.

    >>> format_month("2026.11", "es"), format_month("2026.11", "en")
    ('noviembre de 2026', 'November 2026')
    """
    year, number = map(int, month.split("."))
    return str(format_skeleton("yMMMM", date(year, number, 1), locale=language))


def format_number(n: float, language: str) -> str:
    """Format a number with the language's separators."""
    return format_decimal(n, locale=language)


def format_value(value: float, language: str) -> str:
    """Format a number for a form field, without grouping.

    >>> format_value(1.7, "es"), format_value(1000, "es"), format_value(0.25, "en")
    ('1,7', '1000', '0.25')
    """
    return f"{value:.12g}".replace(".", str(get_decimal_symbol(language)))


def parse_value(text: str, language: str) -> float | None:
    """Return the number typed in a language; None: it is none.

    The other language's decimal mark is understood where it cannot mean thousands.

    >>> [parse_value(text, "es") for text in ("1,7", "1.7", "0.950", "1.500", "1.500,5", "much")]
    [1.7, 1.7, 0.95, 1500.0, 1500.5, None]
    >>> [parse_value(text, "en") for text in ("1.7", "1,7", "1,500")]
    [1.7, 1.7, 1500.0]
    """
    try:
        found = float(parse_decimal(text, language, strict=True))
    except NumberFormatError:
        found = float(text.replace(",", ".")) if re.fullmatch(r"[+-]?\d+[.,]\d+", text) else math.nan
    return found if math.isfinite(found) else None


def format_share(share: float, language: str) -> str:
    """Format a share as whole per cent.

    A negative one has a minus sign, not a hyphen.

    >>> [format_share(0.5, one) for one in ("es", "en")]
    ['50\\xa0%', '50%']
    >>> format_share(-0.761, "en")
    '−76%'
    """
    return format_percent(share, locale=language).replace("-", "−")


def format_plural(one: str, many: str, n: int, language: str, room: str) -> str:
    """Return the translated singular or plural of a room's text.

    `{n}` in the text is replaced by the number.
    """
    text: str = translations(language, room).ngettext(one, many, n)
    return text.replace("{n}", format_decimal(n, locale=language))
