"""Edit a post the way people in a hurry write.

Edits: typing errors, no accents, capitals, emoji, abbreviations, mixed languages.
"""

import random
import re
import unicodedata
from collections.abc import Callable

MISSPELT_SHARE = 0.3
"""Share of the longer words that get misspelt."""
MIXED_SHARE = 0.6
"""Share of the known words that are replaced by Catalan or Galician ones."""
_WORD = re.compile(r"(?<![@#\w])[^\W\d_]+(?!\w)")
_NEIGHBOUR_KEYS = {
    "a": "s",
    "s": "a",
    "d": "f",
    "e": "r",
    "r": "t",
    "t": "r",
    "o": "p",
    "i": "u",
    "u": "i",
    "n": "m",
    "m": "n",
    "l": "k",
    "c": "x",
}
_SOUNDS = (("v", "b"), ("b", "v"), ("ll", "y"), ("y", "ll"), ("ge", "je"), ("gi", "ji"), ("h", ""), ("z", "s"), ("qu", "k"))
"""Spellings that Spanish speakers confuse, because they sound alike."""
_KEPT_LETTERS = {"ñ", "ç", "Ñ", "Ç"}
_NEUTRAL_EMOJI = ("📍", "🚧", "👀", "📢", "🏙️", "➡️", "🕐", "📷", "🇪🇸", "☝️", "🔵", "🗣️")
"""Without sentiment, so that the labels stay right."""
_SHORT = {
    "que": "q",
    "qué": "q",
    "porque": "xq",
    "también": "tb",
    "por": "x",
    "para": "xa",
    "donde": "dnd",
    "dónde": "dnd",
    "cuando": "cnd",
    "cuándo": "cnd",
    "bien": "bn",
    "más": "+",
    "gracias": "grax",
    "de": "d",
    "está": "sta",
    "están": "stan",
    "siempre": "smp",
    "mucho": "mxo",
    "mucha": "mxa",
    "hacer": "acer",
    "hay": "ai",
    "aquí": "aki",
    "todo": "to",
    "nada": "na",
    "tiene": "tne",
    "buenas": "wenas",
    "bueno": "weno",
    "hasta": "asta",
    "mañana": "mñn",
    "semana": "sem",
    "calle": "c/",
    "avenida": "avda",
    "plaza": "pza",
    "perquè": "xq",
    "també": "tmb",
    "però": "pro",
    "tamén": "tmn",
    "pero": "xo",
    "quien": "kien",
    "quién": "kien",
}
"""Also for Catalan and Galician, which share `que` and `per` and have other short forms for the rest."""
_NEIGHBOURS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "ca": (
        ("Bon dia, us escric per això:", "Escolteu,", "A veure,", "Us ho explico:"),
        ("ja m'enteneu", "us ho dic de debò", "i això és tot", "ja em direu alguna cosa"),
        {
            "calle": "carrer",
            "noche": "nit",
            "basura": "brossa",
            "agua": "aigua",
            "luz": "llum",
            "niños": "nens",
            "parque": "parc",
            "semana": "setmana",
            "gracias": "gràcies",
            "ayer": "ahir",
            "hoy": "avui",
            "mañana": "demà",
            "gente": "gent",
            "acera": "vorera",
            "siempre": "sempre",
            "nuevo": "nou",
            "madre": "mare",
            "ruido": "soroll",
            "coches": "cotxes",
            "días": "dies",
            "está": "és",
        },
    ),
    "gl": (
        ("Bos días, escríbovos por isto:", "Mirade,", "A ver,", "Cóntovos:"),
        ("xa me entendedes", "dígovolo de verdade", "e iso é todo", "xa me diredes algo"),
        {
            "calle": "rúa",
            "noche": "noite",
            "basura": "lixo",
            "agua": "auga",
            "niños": "nenos",
            "plaza": "praza",
            "gracias": "grazas",
            "ayer": "onte",
            "hoy": "hoxe",
            "mañana": "mañá",
            "gente": "xente",
            "acera": "beirarrúa",
            "siempre": "sempre",
            "nuevo": "novo",
            "madre": "nai",
            "ruido": "ruído",
            "coches": "coches",
            "una": "unha",
            "hay": "hai",
            "no": "non",
            "muy": "moi",
        },
    ),
}


def misspell(text: str, rng: random.Random) -> str:
    """Misspell some of the longer words, by typing errors or by sound."""
    return _WORD.sub(lambda found: _misspell_word(found[0], rng), text)


def _misspell_word(word: str, rng: random.Random) -> str:
    if len(word) < 4 or rng.random() > MISSPELT_SHARE:
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("sound", "sound", "swap", "drop", "double", "near"))
    sounds = [pair for pair in _SOUNDS if pair[0] in word.lower()]
    if kind == "sound" and sounds:
        heard, written = rng.choice(sounds)
        return re.sub(heard, written, word, count=1, flags=re.IGNORECASE)
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    if kind == "near":
        return word[:at] + _NEIGHBOUR_KEYS.get(word[at], word[at]) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def strip_accents(text: str, _dice: random.Random) -> str:
    """Remove accents and opening marks; keep ñ and ç.

    Most people keep these two.

    >>> strip_accents("¿Cuándo arreglarán el baño?", random.Random(0))
    'Cuando arreglaran el baño?'
    """
    parts = (letter if letter in _KEPT_LETTERS else unicodedata.normalize("NFD", letter) for letter in text)
    plain = "".join(mark for part in parts for mark in part if unicodedata.category(mark) != "Mn")
    return plain.replace("¿", "").replace("¡", "")


def add_emoji(text: str, rng: random.Random) -> str:
    """Insert two to five neutral emoji between the words."""
    words = text.split(" ")
    for _ in range(rng.randint(2, 5)):
        words.insert(rng.randint(0, len(words)), rng.choice(_NEUTRAL_EMOJI))
    return " ".join(words)


def capitalise(text: str, _dice: random.Random) -> str:
    """Convert to capitals, handles too."""
    return text.upper()


def abbreviate(text: str, _dice: random.Random) -> str:
    """Abbreviate as on a small keyboard: q, xq, tb, x, d.

    >>> abbreviate("¿Por qué está la calle sin luz?", random.Random(0))
    'xq sta la c/ sin luz?'
    """
    text = re.sub(r"¿?\bpor qué\b", "xq", text, flags=re.IGNORECASE)
    return _WORD.sub(lambda found: _SHORT.get(found[0].lower(), found[0]), text).replace("¿", "").replace("¡", "")


def mix_languages(text: str, rng: random.Random) -> str:
    """Mix Catalan or Galician words and phrases into a Spanish post."""
    opening, closing, words = _NEIGHBOURS[rng.choice(sorted(_NEIGHBOURS))]
    mixed = _WORD.sub(lambda found: _replace_word(found[0], words, rng), text)
    if rng.random() < 0.5:
        return f"{rng.choice(opening)} {mixed}"
    return f"{mixed.rstrip('. ')}, {rng.choice(closing)}"


def _replace_word(word: str, words: dict[str, str], rng: random.Random) -> str:
    return words[word] if word in words and rng.random() < MIXED_SHARE else word


EDITS: dict[str, tuple[Callable[[str, random.Random], str], frozenset[str] | None]] = {
    "misspelling": (misspell, None),
    "no_accents": (strip_accents, None),
    "emoji": (add_emoji, None),
    "capitals": (capitalise, None),
    "q_xq_tb": (abbreviate, frozenset({"es", "ca", "gl"})),
    "catalan_galician_mixed_in": (mix_languages, frozenset({"es"})),
}
"""By slice: the edit, and the languages it is applied to (None: all)."""
