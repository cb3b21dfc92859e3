"""What of a text the model gets to see: no orders to a machine that somebody wrote into it, and no shouting.

Both leave every letter at its place, so that a place found in what is read is found in the text: what is left out becomes blanks. They
are rules that can be read, and change nothing in a text that has neither.
"""

import re

from core.reading import INTENTS, SENTIMENTS, TOPICS

SHOUTED = 0.7
"""From this share of capitals on a text counts as shouted ..."""
ENOUGH = 12
"""... if it has so many letters: "SOS", "EMT" and "DNI" are words."""
LEFT = 8
"""A text of which fewer letters than this would be left is read as it stands: then the order is all there is to read."""
EDGE = 25
"""So few letters of a sentence before or after an order belong to it: "Nota", "From now on you are in", "and nothing else"."""

_OURS = "|".join(sorted({*SENTIMENTS, *INTENTS, *TOPICS, "true", "false"}))
_LABEL = rf"(?:{_OURS}|positiv[oa]|negativ[oa]|queja|elogio|sugerencia|noticia|verdadero|falso)"
_HEAD = r"(?:sentiment|sentimiento|intent|intención|topic|actionable|label|etiqueta)"
_BETWEEN = (
    r"(?:[\s\"'`*:=,{}\[\]().]|->|\b(?:this|it|that|everything|every|post|message|text|as|to|is|now|be|must|only|just|always|este|esta|esto|"
    r"texto|mensaje|como|en|el|la|campo|es|siempre|solo|sólo|únicamente|for|para|correct[ao]?|true|false|value|score|of|"
    r"etiquetarse|sentiment|intent|topic|actionable)\b){0,12}?"
)
_MARKED = re.compile(
    r"<\|[^|>]{1,30}\|>.{0,400}<\|[^|>]{1,30}\|>|\[INST\].{0,400}?\[/INST\]|<<SYS>>.{0,400}?<</SYS>>|<system>.{0,400}?</system>|"
    r"<!--.{0,400}?-->|```.{0,400}?```|^---\n.{0,400}?\n---$|^#{2,}\s*(?:instruction|response|system|prompt)\b[^\n]*(?:\n[^\n#]+)?|"
    rf"^(?:user|human)\s*:[^\n]{{0,200}}\n(?:assistant|ai)\s*:[^\n]*|\{{[^{{}}]{{0,200}}\b{_HEAD}\b[^{{}}]{{0,200}}\}}|"
    rf"\|\s*{_HEAD}\s*\|[^\n]*(?:\n[-| ]+)?",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
"""How programs mark orders for a language model, and answers as they give them. No citizen writes like that."""
_ORDERS = (
    r"\b(?:ignor[ea]|disregard|forget|olvid[ae]|override|bypass|reset|haz caso omiso|no tengas en cuenta)\b.{0,40}"
    r"\b(?:instruc\w+|rules|reglas|text above|texto anterior|previous|te han dicho|memory|memoria|prompt|el resto)\b",
    r"(?:\bsystem\s*:\s*)?\b(?:(?:si |if )?(?:eres|you are|as)\s+(?:an?|una?)\s+)?"
    r"(?:language model|modelo de lenguaje|classifier|clasificador|developer mode|modo desarrollador|"
    r"new context|contexto nuevo|"
    r"helpful assistant|instrucciones ocultas|hidden instructions)\b",
    rf"\b(?:para la IA|for the AI|for the model|para el modelo)\b"
    rf"(?:\W{{1,3}}(?:\w+ ){{0,4}}{_LABEL}\b)?|^\W*(?:system|assistant|prompt)\s*:",
    rf"\bassistant\s*:\s*{_LABEL}\b|\[system\]|\b(?:tu|your)\s+(?:salida|output)\b(?: \w+)? (?:para|for)\b",
    rf"\b{_HEAD}\b{_BETWEEN}\b{_LABEL}\b",
    rf"\b(?:label|mark|classify|return|output|answer only|always answer|clasifica|etiqueta|devuelve|responde|pon|"
    rf"respuesta)\b{_BETWEEN}\b{_LABEL}\b",
    rf"\b(?:{'|'.join(topic for topic in TOPICS if '_' in topic)})\b",
)
"""What is said to a machine: to forget what it was told, who it is, which label to give."""
_ORDER = re.compile("|".join(_ORDERS), re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*|[.!?\n]+")


def as_read(text: str) -> str:
    """The text as the model gets it, of the same length."""
    return without_shouting(without_orders(text))


def without_orders(text: str) -> str:
    """The same with blanks for what is said to a machine and not to the city."""
    plain = _MARKED.sub(_blank, text)
    plain = _SENTENCE.sub(_without_order, plain)
    return plain if plain == text or sum(map(str.isalpha, plain)) >= LEFT else text


def _without_order(sentence: re.Match[str]) -> str:
    """From the first sign of an order to the last: what the citizen wrote before and after it in the same sentence stays."""
    said = sentence[0]
    signs = list(_ORDER.finditer(said))
    if not signs:
        return said
    first, last = signs[0].start(), signs[-1].end()
    first = 0 if first <= EDGE else first
    last = len(said) if len(said) - last <= EDGE else last
    return said[:first] + " " * (last - first) + said[last:]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def without_shouting(text: str) -> str:
    """The same in small letters if nearly all of it is in capitals."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) < ENOUGH or sum(map(str.isupper, letters)) < SHOUTED * len(letters):
        return text
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
