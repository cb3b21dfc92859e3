"""Writes a post the way people in a hurry write: with slips, without accents, in capitals, with emoji, shortened, in two languages."""

import random
import re
import unicodedata
from collections.abc import Callable

SLIPS = 0.3
"""Share of the longer words that get a slip of the pen."""
MIXED = 0.6
"""Share of the known words that are said in the neighbours' language."""
_WORD = re.compile(r"(?<![@#\w])[^\W\d_]+(?!\w)")
_NEAR = {
    "a": "s", "s": "a", "d": "f", "e": "r", "r": "t", "t": "r", "o": "p", "i": "u", "u": "i", "n": "m", "m": "n", "l": "k", "c": "x",
}  # fmt: skip
_SOUNDS = (
    ("v", "b"),
    ("b", "v"),
    ("ll", "y"),
    ("y", "ll"),
    ("ge", "je"),
    ("gi", "ji"),
    ("h", ""),
    ("z", "s"),
    ("qu", "k"),
)
"""What Spanish speakers confuse, because it sounds alike."""
_KEPT = {"ñ", "ç", "Ñ", "Ç"}
_NEUTRAL_EMOJI = ("📍", "🚧", "👀", "📢", "🏙️", "➡️", "🕐", "📷", "🇪🇸", "☝️", "🔵", "🗣️")
"""They say nothing about how the writer feels, so that the labels stay."""
_SHORT = {
    "que": "q", "qué": "q", "porque": "xq", "también": "tb", "por": "x", "para": "xa", "donde": "dnd", "dónde": "dnd",
    "cuando": "cnd", "cuándo": "cnd", "bien": "bn", "más": "+", "gracias": "grax", "de": "d", "está": "sta", "están": "stan",
    "siempre": "smp", "mucho": "mxo", "mucha": "mxa", "hacer": "acer", "hay": "ai", "aquí": "aki", "todo": "to", "nada": "na",
    "tiene": "tne",
    "buenas": "wenas", "bueno": "weno", "hasta": "asta", "mañana": "mñn", "semana": "sem", "calle": "c/", "avenida": "avda",
    "plaza": "pza", "perquè": "xq", "també": "tmb", "però": "pro", "tamén": "tmn", "pero": "xo", "quien": "kien", "quién": "kien",
}  # fmt: skip
"""Also for Catalan and Galician: they share `que` and `per`, and have their own short forms of the others."""
_NEIGHBOURS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "ca": (
        ("Bon dia, us escric per això:", "Escolteu,", "A veure,", "Us ho explico:"),
        ("ja m'enteneu", "us ho dic de debò", "i això és tot", "ja em direu alguna cosa"),
        {
            "calle": "carrer", "noche": "nit", "basura": "brossa", "agua": "aigua", "luz": "llum", "niños": "nens", "parque": "parc",
            "semana": "setmana", "gracias": "gràcies", "ayer": "ahir", "hoy": "avui", "mañana": "demà", "gente": "gent", "acera": "vorera",
            "siempre": "sempre", "nuevo": "nou", "madre": "mare", "ruido": "soroll", "coches": "cotxes", "días": "dies", "está": "és",
        },
    ),
    "gl": (
        ("Bos días, escríbovos por isto:", "Mirade,", "A ver,", "Cóntovos:"),
        ("xa me entendedes", "dígovolo de verdade", "e iso é todo", "xa me diredes algo"),
        {
            "calle": "rúa", "noche": "noite", "basura": "lixo", "agua": "auga", "niños": "nenos", "plaza": "praza", "gracias": "grazas",
            "ayer": "onte", "hoy": "hoxe", "mañana": "mañá", "gente": "xente", "acera": "beirarrúa", "siempre": "sempre", "nuevo": "novo",
            "madre": "nai", "ruido": "ruído", "coches": "coches", "una": "unha", "hay": "hai", "no": "non", "muy": "moi",
        },
    ),
}  # fmt: skip


def misspell(text: str, dice: random.Random) -> str:
    """Slips of the fingers and of the ear in some of the longer words."""
    return _WORD.sub(lambda found: _slip(found[0], dice), text)


def _slip(word: str, dice: random.Random) -> str:
    if len(word) < 4 or dice.random() > SLIPS:
        return word
    at = dice.randrange(1, len(word) - 1)
    kind = dice.choice(("sound", "sound", "swap", "drop", "double", "near"))
    sounds = [pair for pair in _SOUNDS if pair[0] in word.lower()]
    if kind == "sound" and sounds:
        heard, written = dice.choice(sounds)
        return re.sub(heard, written, word, count=1, flags=re.IGNORECASE)
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    if kind == "near":
        return word[:at] + _NEAR.get(word[at], word[at]) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def strip_accents(text: str, _dice: random.Random) -> str:
    """Without accents and opening marks; ñ and ç stay, as most people leave them."""
    parts = (letter if letter in _KEPT else unicodedata.normalize("NFD", letter) for letter in text)
    plain = "".join(mark for part in parts for mark in part if unicodedata.category(mark) != "Mn")
    return plain.replace("¿", "").replace("¡", "")


def add_emoji(text: str, dice: random.Random) -> str:
    """Two to five emoji between the words, all of them neutral."""
    words = text.split(" ")
    for _ in range(dice.randint(2, 5)):
        words.insert(dice.randint(0, len(words)), dice.choice(_NEUTRAL_EMOJI))
    return " ".join(words)


def shout(text: str, _dice: random.Random) -> str:
    """ALL IN CAPITALS, handles too."""
    return text.upper()


def shorten(text: str, _dice: random.Random) -> str:
    """As on a small keyboard: q, xq, tb, x, d."""
    text = re.sub(r"¿?\bpor qué\b", "xq", text, flags=re.IGNORECASE)
    return _WORD.sub(lambda found: _SHORT.get(found[0].lower(), found[0]), text).replace("¿", "").replace("¡", "")


def mix(text: str, dice: random.Random) -> str:
    """A Spanish post with words and phrases in Catalan or Galician."""
    opening, closing, words = _NEIGHBOURS[dice.choice(sorted(_NEIGHBOURS))]
    mixed = _WORD.sub(lambda found: _say(found[0], words, dice), text)
    if dice.random() < 0.5:
        return f"{dice.choice(opening)} {mixed}"
    return f"{mixed.rstrip('. ')}, {dice.choice(closing)}"


def _say(word: str, words: dict[str, str], dice: random.Random) -> str:
    return words[word] if word in words and dice.random() < MIXED else word


EDITS: dict[str, tuple[Callable[[str, random.Random], str], frozenset[str] | None]] = {
    "misspelling": (misspell, None),
    "no_accents": (strip_accents, None),
    "emoji": (add_emoji, None),
    "capitals": (shout, None),
    "q_xq_tb": (shorten, frozenset({"es", "ca", "gl"})),
    "catalan_galician_mixed_in": (mix, frozenset({"es"})),
}
"""By slice: what is done, and to posts of which languages (None: all)."""
