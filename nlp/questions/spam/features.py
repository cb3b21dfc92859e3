"""Detect platform tests (security scans, trial entries) and advertising in a text."""

import re
from collections.abc import Iterable

from core.config.word_lists import locale_words

MAX_CHARACTERS = 1500
"""A longer text is never a test or an advertisement."""
FEW_WORDS = 14
_LOCALE = locale_words("spam")
FUNCTION_WORDS = frozenset(_LOCALE["sentence"].split())
"""Function words, of which a sentence in a language of Spain has several."""
SENTENCE = 3
"""Minimum number of function words in a sentence."""
_WORD = re.compile(r"[^\W\d_]+")
_ATTACK = re.compile(
    r"\b(?:ssrf|xss|csrf|sqli|xxe|rce|interactsh|burp(?:suite)?|oast(?:ify)?|payloads?|flag\.txt|security (?:research|test)\w*|"
    r"penetration test\w*|vulnerability)\b|<script|onerror ?=|' or '?1'?='?1|\{\{7\*7\}\}|etc/passwd|169\.254\.169\.254",
    re.I,
)
_TRIAL = re.compile(r"\b(?:test|testing|tests)\b", re.I)
_FORM = re.compile(
    r"\b(?:url|proposal|video|html|embed|controller|description|youtube|encoding|valid|invalid|legitimate|formatted|flag|image|debate)\b",
    re.I,
)
_LONG_NUMBER = re.compile(r"\b\d{8,}\b|\[number\]")
_TRIAL_WORDS = frozenset(_LOCALE["trial_words"])
_FILLING = frozenset(_LOCALE["filling"])
_OFFER = re.compile("|".join(_LOCALE["offers"]), re.I)
_SALE = re.compile("|".join(_LOCALE["sales"]), re.I)
SALES = 2
_CONTACT = re.compile("|".join(_LOCALE["contacts"]), re.I)
_ABOUT_IT = re.compile("|".join(_LOCALE["about_it"]), re.I)
"""Words of a post that complains about advertising, or asks the council something."""


def spam_kind(text: str, handles: Iterable[str] = ()) -> str | None:
    """Return the kind of spam, `test` or `advertising`, or None.

    Who speaks to one of the city's handles, or to one that begins like it, does not advertise.

    >>> spam_kind("prueba test"), spam_kind("Hay un bache en Goya")
    ('test', None)
    """
    if len(text) > MAX_CHARACTERS:
        return None
    words = [word.lower() for word in _WORD.findall(text)]
    if _is_test(text, words):
        return "test"
    return "advertising" if _is_advertising(text) and not _is_addressed(text, handles) else None


def _is_addressed(text: str, handles: Iterable[str]) -> bool:
    small = text.lower()
    return any(handle.lower() in small for handle in handles)


def _is_test(text: str, words: list[str]) -> bool:
    if words and set(words) <= _TRIAL_WORDS | _FILLING and not set(words).isdisjoint(_TRIAL_WORDS):
        return True
    if sum(word in FUNCTION_WORDS for word in words) >= SENTENCE:
        return False
    if _ATTACK.search(text):
        return True
    is_short = len(words) <= FEW_WORDS or _LONG_NUMBER.search(text) is not None
    return _TRIAL.search(text) is not None and _FORM.search(text) is not None and is_short


def _is_advertising(text: str) -> bool:
    if not _CONTACT.search(text) or _ABOUT_IT.search(text):
        return False
    return _OFFER.search(text) is not None or len({found.group().lower() for found in _SALE.finditer(text)}) >= SALES
