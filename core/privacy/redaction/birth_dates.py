"""Redact birth dates: in figures, with a month's name, spelt out.

Also the year alone (`soy del 85`).
"""

import re

from core.config.word_lists import locale_words
from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import Glance
from core.privacy.redaction.words import word_set

_BIRTH = (
    r"nac[ií]|nacid[oa]s?|nacimiento|naciste|naci[oó]|f\.?\s?nac\.?|fecha\snac\.?|f\.?\s?n\.|cumplea[nñ]os|cumplo"
    r"|born|birth(?:day|date)?|d\.?o\.?b|naixement|nascut|nascuda|nat|n[eé]ixer|nacemento|nacín|nacim"
    r"|nascimento|nascid[oa]|nasci|jaio(?:a|nintzen|tze)?|jaiotze(?:\s?data)?|jaioteguna|jaiotzadata|n[eé]e?\sle|naissance|nat[oa]\sil"
    r"|nascita|geboren|geburtsdatum|aniversari|vaig\sn[eé]ixer"
)
_MONTH = (
    r"(?:ene|enero|feb|febrero|mar|marzo|abr|abril|may|mayo|jun|junio|jul|julio|ago|agosto|sep"
    r"|sept|septiembre|setiembre|oct|octubre|nov|noviembre|dic|diciembre"
    r"|gener|febrer|març|maig|juny|juliol|agost|setembre|octubre|novembre|desembre|xaneiro|febreiro"
    r"|maio|xuño|xullo|setembro|outubro|novembro|decembro|janeiro|fevereiro|março|junho|julho|dezembro|abril"
    r"|urtarrilaren|otsailaren|martxoaren|apirilaren|maiatzaren|ekainaren|uztailaren|abuztuaren|irailaren|urriaren|azaroaren|abenduaren"
    r"|january|february|march|april|june|july|august|september|october|november|december|jan|apr|aug|dec|janvier"
    r"|février|mars|avril|mai|juin|juillet|août|septembre|octobre|décembre|januar|februar|märz|juni|juli|oktober|dezember"
    r"|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre)"
)
_DAY = (
    r"(?:uno|primero|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete"
    r"|dieciocho|diecinueve|veinte|veinti\w{2,6}|treinta(?:\sy\suno)?|\d{1,2})"
)
_TENS = r"(?:diez|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|\w{3,5}cientos)"
_YEAR = (
    rf"(?:(?:19|20)\d{{2}}|['’]?\d{{2}}|mil\snovecientos(?:\s{_TENS}(?:\sy\s\w{{3,6}})?|\s\w{{3,10}})?"
    rf"|dos\smil(?:\s\w{{3,10}})?|{_TENS}(?:\sy\s\w{{3,6}})?)"
)
_NO_MORE = r"(?!\w)"
_DATE = (
    rf"(?:\d{{4}}\s?[\-/.]\s?\d{{1,2}}\s?[\-/.]\s?\d{{1,2}}|\d{{1,2}}\s?[/\-. ]\s?(?:\d{{1,2}}|{_MONTH})\s?[/\-. ]\s?(?:\d{{4}}|\d{{2}})"
    rf"|\d{{4}}ko\s{_MONTH}\s\d{{1,2}}\w{{0,3}}"
    rf"|{_DAY}(?:st|nd|rd|th|er|\.|º)?\s?(?:(?:de|d|do|of|di)[\s'’]{{1,2}})?{_MONTH}(?:,?\s(?:(?:del?|do|of|di)\s)?(?:a[ñn]o\s)?{_YEAR})?"
    rf"|{_DAY}\sdel?\s{_DAY}\sdel?\s(?:año\s)?{_YEAR}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}|\d{{1,2}}\s(?:de|del)\s\d{{1,2}}\s(?:de|del)\s\d{{2,4}}|\d{{8}}){_NO_MORE}"
)
_TOWNS = "|".join(sorted({form for town in locale_words("name_boundaries")["capitals"] for form in (town, fold_characters(town))}))
"""Where people were born: the capitals of provinces."""
_BETWEEN = (
    r"(?:[\s:.,(=\-]|\b(?:el|d[ií]a|en|a|on|of|le|la|de|del|fue|es|is|date|data|il|am|mi|yo|años|anos|anys|hija|hijo|su|o|os"
    r"|fecha|da|és|é|was|my|um|no|vaig|em|me|pasado|próximo"
    rf"|{_TOWNS})\b){{1,12}}"
)
_BORN = re.compile(rf"(?<!\w)(?P<say>(?:{_BIRTH}){_BETWEEN})(?P<date>{_DATE})", re.IGNORECASE)
_BORN_YEAR = re.compile(
    r"(?<!\w)((?:(?:yo|mi\s\w{3,10})\s)?(?:nac[ií]|nacid[oa]s?|nascut|nascuda|nascid[oa]|born|naixement|nacimiento)"
    r"(?:\s(?:in|el|en|año|a|de|del|l'any|any|any\sdel?|do|no|in)|:){1,4}\s?)(?:(?:19|20)\d{2}|['’]?\d{2}(?!\s(?:de"
    r"|d')))(?!\w|[/.\-]\d|\s?años)",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(
    r"(?<!\w)((?:soy|sóc|son|quinta|nacid[oa]s?|mi\s(?:hij[oa]|padre|madre|mujer|marido|abuel[oa]|herman[oa]"
    r"|ti[oa])\ses)\s(?:de\s(?:la\squinta\s)?)?(?:del|d'el)\s(?:año\s)?)"
    r"(?:\d{1,2}[/\-.]\d{1,2}[/\-.](?:19|20)?\d{2}|['’]?[3-9]\d|19[2-9]\d|200\d|201\d)(?!\w|[/.\-,]\d|\s?(?:%|[º°ª]))",
    re.IGNORECASE,
)
_FIGURES = _DATE.removesuffix(_NO_MORE)
_BEFORE = re.compile(
    rf"(?<![\w/\-.])({_FIGURES}(?:an|ean)?)(?!\w)(?=\s?\(?(?:,\s)?(?:jaio|nac[ií](?!\w)|nac[ií]n|nascut|nascuda|i\swas\sborn|fecha\sde\snacimiento|de\snacimiento|f\.?\s?nac|data\sde\snaixement|date\sof\sbirth))",
    re.IGNORECASE,
)
_WORDS = word_set("birth_dates", "words")
_NAMED_BIRTH = word_set("birth_dates", "named_birth")
_OF_WORDS = word_set("birth_dates", "of_words")


def without_birth_dates(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for each birth date."""
    if seen.has(_WORDS):
        text = _BORN_YEAR.sub(r"\1[number]", _BORN.sub(r"\g<say>[number]", text))
        if seen.has(_NAMED_BIRTH):
            text = _BEFORE.sub("[number]", text)
    return _OF_YEAR.sub(r"\1[number]", text) if seen.has(_OF_WORDS) else text
