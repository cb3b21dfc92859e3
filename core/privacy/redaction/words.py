"""Load the words that redaction looks for from the locale."""

from typing import Any

from core.config.word_lists import locale_words


def word_set(table: str, name: str) -> frozenset[str]:
    """Return a set of words of `locales/<locale>/redaction.toml`.

    Args:
        table: the module that uses it, such as `persons.lexicon`.
        name: the list in that table.

    Raises:
        ConfigurationError: the file is missing or is not TOML in UTF-8.
    """
    return frozenset(_entry(table, name))


def word_digits(table: str, name: str) -> dict[str, str]:
    """Return number words with their digits, such as `{"seis": "6"}`."""
    return dict(_entry(table, name))


def _entry(table: str, name: str) -> Any:
    entry = locale_words("redaction")
    for key in (*table.split("."), name):
        entry = entry[key]
    return entry
