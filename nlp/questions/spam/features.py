"""Find the signs of spam in a text: tests of a platform's security or forms, and advertising."""

import re

MAX_CHARACTERS = 1500
"""A longer text is no test and no advertisement: it is not looked through."""
FEW_WORDS = 14
SPANISH = frozenset(
    "el la los las de del que y en un una por con no se su al es lo como más mas pero sus le ya este esta sí si porque entre cuando "
    "muy sin sobre también me hasta hay donde quien desde todo nos son para els les amb per que són unha para os das eta da".split()
)
"""Words of which a sentence of the peninsula has several."""
SENTENCE = 3
"""So many of them make a sentence."""
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
_TRIAL_WORDS = frozenset(
    "test tests testing testsia prueba pruebas probando asdf asdfg qwerty lorem ipsum dolor".split()
)
_FILLING = frozenset(
    "de la una un esto es hola mundo hello world título titulo texto mensaje post propuesta solo x".split()
)
_OFFER = re.compile(
    r"\bpr[eé]stamos? (?:r[aá]pid\w+|urgentes?|personales|de dinero|entre particulares|sin (?:aval|n[oó]mina))|"
    r"\bcr[eé]ditos? (?:r[aá]pid\w+|sin aval)|\bamarres? de amor|\bvidentes?\b|\btarot(?:ista)?\b|"
    r"\bviagra\b|\bcialis\b|\bcasinos? online\b|"
    r"\bgana (?:dinero|\d+ ?€)|\bingresos pasivos|\btrabaja desde casa|\b(?:compra|consigue) seguidores|\bcerrajeros? 24 ?h|"
    r"\binvierte en (?:bitcoin|cripto\w*|forex)|\bfast loans?\b|\bseo services?\b|\bbuy followers\b",
    re.I,
)
_SALE = re.compile(
    r"\bdescuentos?\b|\brebajas\b|\benv[ií]o gratis|\bdesde \d+ ?€|\bc[oó]digo promocional|\d{1,2} ?% (?:de )?(?:dto|descuento)|"
    r"\bcompra ya|\breserva (?:tu|ya)|\bmejores precios|\bpresupuesto sin compromiso",
    re.I,
)
SALES = 2
_CONTACT = re.compile(
    r"\[number\]|\[email\]|https?\b|\bwhats?app\b|\btelegram\b|\bll[aá]m[ae](?:nos|me)\b|\bescr[ií]b[ea]?(?:nos|me)\b|"
    r"\bcont[aá]ct[ae](?:nos|me)\b|\bpor privado\b",
    re.I,
)
_ABOUT_IT = re.compile(
    r"\bestafa|\bdenunci|\bproh[ií]b|\bpegatin|\bludopat|\bqueja|\bharto|\bno (?:más|mas|queremos)\b|\?|@(?:ayto|ayuntamiento|madrid)",
    re.I,
)
"""Who writes so speaks of advertising, or asks the council something."""


def spam_sign(text: str) -> str | None:
    """Return what makes a text spam, `test` or `advertising`; None: nothing does."""
    if len(text) > MAX_CHARACTERS:
        return None
    words = [word.lower() for word in _WORD.findall(text)]
    if _is_test(text, words):
        return "test"
    return "advertising" if _is_advertising(text) else None


def _is_test(text: str, words: list[str]) -> bool:
    if words and set(words) <= _TRIAL_WORDS | _FILLING and not set(words).isdisjoint(_TRIAL_WORDS):
        return True
    if sum(word in SPANISH for word in words) >= SENTENCE:
        return False
    if _ATTACK.search(text):
        return True
    is_short = len(words) <= FEW_WORDS or _LONG_NUMBER.search(text) is not None
    return _TRIAL.search(text) is not None and _FORM.search(text) is not None and is_short


def _is_advertising(text: str) -> bool:
    if not _CONTACT.search(text) or _ABOUT_IT.search(text):
        return False
    return _OFFER.search(text) is not None or len({found.group().lower() for found in _SALE.finditer(text)}) >= SALES
