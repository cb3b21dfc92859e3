"""Read from a post what kind of question it asks.

One with a known answer, or one about an earlier request of its author, a reason, a number, plans. Each sign is 0 or 1 and has a
name, so that the reason for leaving a post alone can be read. The phrases are in `phrases.toml`; their weights are
trained (`make train-answers`).
"""

import re
import tomllib
from pathlib import Path

from core.config.city import City
from core.runtime.one_filler import one_filler
from nlp.known_answers.towns import TOWNS
from nlp.known_answers.words import plain
from nlp.text.lexicon import Lexicon, fold_text, look_up

_PHRASES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
PATTERNS = {name: re.compile("|".join(rf"\b(?:{phrases})\b" for phrases in some)) for name, some in _PHRASES.items()}
_AND = re.compile(r"(?:[¿?!.]|^)\s*y (?!donde|como|a quien|cuando|si|que hago|cuanto|por donde)")
"""`¿Y los pisos vacíos?`: an objection more often than a question."""
_ORIGIN = re.compile(
    r"\b(?:desde|des de|from|vengo de|venimos de|vinc de|veno de|llegue de|llegad[oa] de|me mude de|"
    r"(?:primos|amigos|hermano|hermana|familia|padres|suegros) de)\s+(?:la |el |l )?\w+"
)
_PROPER = re.compile(r"\b(?!(?:En|De|A|Na|Soy|Vivo|Hola|Desde|Para|Y|O|Bon|Ola)\b)[A-ZÁÉÍÓÚÑ]\w+(?:\s+[A-ZÁÉÍÓÚÑ]\w+)+")
"""Capitalised words together: in `Arturo Soria` no town is meant, unless they are the name of one."""
_NAMES_OF_TOWNS = frozenset(fold_text(town) for town in TOWNS)
_COUNCIL_HANDLE = re.compile(r"@(?:\w*(?:ayto|ayunt|ajunt|concello|udala|concejo)\w*|aj[a-z]+|aj_\w+)")
_TOWN = "elsewhere"
"""The kind of list whose names do not count after `calle` and the like (`nlp.text.lexicon`)."""
NAMES = (*PATTERNS, "asks_nothing", "objects", "question_mark", "long")
"""The names of all signs, in the order of their weights."""
_LONG = 45
"""Words from which on a question is a story."""


def read_signs(text: str) -> dict[str, float]:
    """Return the signs of a post by name, each 0 or 1.

    The order is that of `NAMES`.
    """
    said = plain(text)
    found = {name: float(pattern.search(said) is not None) for name, pattern in PATTERNS.items()}
    asked = any(found[name] for name in PATTERNS if name.startswith("asks_"))
    found["asks_nothing"] = float(not asked)
    found["objects"] = float(_AND.search(fold_text(text)) is not None)
    found["question_mark"] = float("?" in text)
    found["long"] = float(said.count(" ") >= _LONG)
    return found


def other_city(city: City, text: str) -> str | None:
    """Return why a post is another city's matter; None: nothing says so.

    It names another town and not ours, or is addressed to another council and not to ours; where people come from does not count.
    """
    folded = fold_text(text)
    own = {fold_text(handle) for handle in city.handles}
    lexicon = _lexicon(city.name)
    if look_up(lexicon, folded)["ours"]:
        return None
    if set(_COUNCIL_HANDLE.findall(folded)) - own and not any(handle in folded for handle in own):
        return "is addressed to another council"
    rest = _ORIGIN.sub(" ", fold_text(_PROPER.sub(_town_or_nothing, text)))
    return "names another town" if look_up(lexicon, rest)[_TOWN] else None


def _town_or_nothing(words: re.Match[str]) -> str:
    return words[0] if fold_text(words[0]) in _NAMES_OF_TOWNS else " "


@one_filler(maxsize=16)
def _lexicon(name: str) -> Lexicon:
    """Return the lexicon of a city's own name and of other towns."""
    towns = [town for town in TOWNS if fold_text(town) != fold_text(name)]
    return Lexicon.of({"ours": [name], _TOWN: towns})
