"""Compute the features of relevance; each has a name, for inspection."""

import re
from functools import lru_cache

from core.config.city import City
from core.records.post import Post
from gazetteer import gazetteer_of
from nlp.inference.model_output import ModelOutput, softmax
from nlp.questions import language
from nlp.questions.places import candidates_of
from nlp.questions.relevance.lexicon import (
    COUNCIL,
    FORENAMES,
    LANDS,
    LIFE,
    PASSING,
    PROBLEM,
    REGIONS_OF,
    SERVICES,
    SPORT,
    STATE,
    TOWNS,
    TRADE,
)
from nlp.text.lexicon import Lexicon, fold_text, look_up

RESULT = re.compile(r"(?<![\w/-])\d{1,3} ?- ?\d{1,3}(?![\w/-])")
FROM_PRICE = re.compile(
    r"(?<!\w)(?:desde|por solo|from|ab|a partir de|des de|a partire da) (?:solo )?[£$€]? ?\d+(?:[.,]\d+)? ?(?:€|eur|euro)?"
)
TOPICAL = {
    "services": SERVICES,
    "council": COUNCIL,
    "life": LIFE,
    "problem": PROBLEM,
    "sport": SPORT,
    "trade": TRADE,
    "state": STATE,
    "passing": PASSING,
    "lands": LANDS,
}
CIVIC = ("services", "council", "life", "problem")
TIES = ("name", "handle", "near", "misspelt", "place")
OFF = (*("sport", "trade", "state", "passing", "lands", "not", "elsewhere"), *("club", "around", "surname", "another"))
ONCE = ("handle", "elsewhere")
HEADS = {"topic": ("other", "culture_sports_events"), "intent": ("news", "other"), "actionable": ("true",)}
MIN_PLACE = 0.3
"""Minimum probability of a place that ties a post to the city."""
MAX_COUNT = 2.0
"""Cap on the count of words of one kind."""
CODES = ("ny", "nm", "ia", "ne", "mo", "meta")
"""Codes of states, which count only after a town's name."""
CLUBS = r"(?:real|atletico|atleti|atl|rayo|deportivo|sporting|racing|club|cd|cf|ud|ad|hala|ala|aupa|forca|fc|sd|cb|basket)"
AROUND = (
    r"(?:comunidad|comunitat|provincia|region|sierra|costa|comarca|asamblea|parlamento|regional|castilla|universidad|politecnica|"
    r"autonoma|complutense|new|nuevo|nueva|puerto|rozas|boadilla)"
)


def text_features(city: City, names: tuple[str, ...], near: tuple[str, ...], not_: tuple[str, ...], text: str) -> dict[str, float]:
    """Return the features found in the words of a text, by name."""
    folded = fold_text(text)
    found = {kind: float(number) for kind, number in look_up(lexicon(names, city.handles, near, not_), folded).items()}
    found.update(name_features(names, text, folded))
    for kind, pattern in (("sport", RESULT), ("trade", FROM_PRICE)):
        found[kind] = found.get(kind, 0.0) + bool(pattern.search(folded))
    return {kind: min(value, 1.0 if kind in ONCE else MAX_COUNT) for kind, value in found.items() if value}


@lru_cache(maxsize=16)
def lexicon(names: tuple[str, ...], handles: tuple[str, ...], near: tuple[str, ...], not_: tuple[str, ...]) -> Lexicon:
    """Index all words of a city: its profile's and the general lists."""
    own = {fold_text(name) for name in names}
    towns = tuple(town for town in TOWNS if fold_text(town) not in own)
    return Lexicon.of({**TOPICAL, "handle": handles, "near": near, "not": not_, "elsewhere": towns})


def name_features(names: tuple[str, ...], written: str, text: str) -> dict[str, float]:
    """Return how the city's name is used in the text.

    Alone, as a club, as a surname, within the name of a region or of another place, or misspelt.
    """
    total = len(name_patterns(names)["any"].findall(text))
    if not total:
        return {"misspelt": float(bool(misspelt_pattern(names).search(phonetic(text))))}
    kinds = {kind: len(pattern.findall(text)) for kind, pattern in name_patterns(names).items() if kind != "any"}
    surname = sum(len(pattern.findall(written)) for pattern in surname_patterns(names))
    lower = any(letter.isupper() for letter in written) and not re.search(
        "|".join(rf"(?<!\w){re.escape(name[:1].upper())}(?i:{re.escape(name[1:])})" for name in names), written
    )
    free = total > sum(kinds.values()) + surname
    return {"name": float(free), "surname": float(surname > 0), "small": float(lower)} | {
        kind: float(number > 0) for kind, number in kinds.items()
    }


def combined_features(found: dict[str, float]) -> dict[str, float]:
    """Return features of combinations of others.

    A complaint tied to the city, a post tied to nothing, one with only sport or trade in it.
    """
    ours = sum(found.get(name, 0.0) for name in CIVIC)
    tied = is_tied(found)
    off = any(found.get(name) for name in OFF)
    joint = {"ours_and_tied": min(ours, 3.0) * tied, "untied": float(not tied), "only_off": float(off and not ours)}
    return {name: value for name, value in joint.items() if value}


def head_features(encoded: ModelOutput, at: int) -> dict[str, float]:
    """Return features of the heads: a municipal topic, intent, actionable."""
    found: dict[str, float] = {}
    for head, wanted in HEADS.items():
        if head in encoded.logits:
            chances = dict(zip(encoded.labels[head], softmax(encoded.logits[head][at]), strict=True))
            found |= {f"{head}_{label}": float(chances[label]) for label in wanted}
    return found


def place_probability(city: City, post: Post, encoded: ModelOutput, at: int) -> float:
    """Return the probability that the post names a place of the gazetteer."""
    found = candidates_of(gazetteer_of(city), post, encoded, at)
    return max((each.chance * each.place.sure for each in found if each.place.key), default=0.0)


def is_tied(found: dict[str, float]) -> bool:
    """Return whether anything in the post ties it to the city."""
    return any(found.get(name, 0.0) >= MIN_PLACE for name in TIES)


def elsewhere_features(city: City, post: Post, encoded: ModelOutput, at: int) -> dict[str, float]:
    """Return what places an untied post elsewhere, with its probability.

    A place that the gazetteer lacks, for as much as it has the city's streets; a language that is spoken in other regions only, where the
    profile names its region.
    """
    gazetteer, hours = gazetteer_of(city), city.working_hours
    unknown = max((each.chance for each in candidates_of(gazetteer, post, encoded, at) if not each.place.key), default=0.0)
    found = {"unknown_place": gazetteer.coverage * unknown}
    if hours.region is not None and hours.country == "ES":
        options = language.Options.model_validate(city.questions.get("language", {}))
        spoken, sure = language.language_of(city, options, post, encoded, at)
        found["other_language"] = 0.0 if hours.region in REGIONS_OF.get(spoken, (hours.region,)) else sure
    return {name: value for name, value in found.items() if value}


@lru_cache(maxsize=64)
def name_patterns(names: tuple[str, ...]) -> dict[str, re.Pattern[str]]:
    """Compile patterns in which the name is not the city itself.

    Each consumes one occurrence of the name.
    """
    name = "(?:" + "|".join(re.escape(fold_text(name)) for name in names) + ")"
    lands = "|".join(re.escape(land).replace(r"\-", r"[\s-]").replace(r"\*", r"\w*") for land in (*LANDS, *CODES))
    return {
        "any": re.compile(rf"(?<!\w){name}(?!\w)"),
        # `el Valencia` is the club, `el Valencia de mi infancia` is not
        "club": re.compile(
            rf"(?<!\w)(?:{CLUBS}\s+(?:de\s+)?{name}|{name}\s+(?:cf|fc|cff|sad|basket|baloncesto|femenino|open)|"
            rf"(?:el|al|del|o|ao|do|il|contra)\s+{name}(?!\s+(?:de|del|que|mas|central)\b))(?!\w)"
        ),
        "around": re.compile(
            rf"(?<!\w)(?:{AROUND}\s+(?:(?:de|del|of|y|autonoma|autonomica|\w+)\s+){{0,2}}{name}|{name}\s+(?:county|province|region))(?!\w)"
        ),
        "another": re.compile(rf"(?<!\w){name}\s*[,(]?\s*(?<!\w)(?:{lands})(?!\w)"),
    }


@lru_cache(maxsize=64)
def surname_patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile patterns of the name as a surname.

    For instance `Ana Toledo`, `la doctora Toledo`, `de la Toledo`.
    """
    name = "(?:" + "|".join(re.escape(name) for name in names) + ")"
    fore = "|".join(sorted(FORENAMES, key=len, reverse=True))
    accents = str.maketrans({"a": "[aá]", "e": "[eé]", "i": "[ií]", "o": "[oó]", "u": "[uú]"})
    return (
        re.compile(rf"(?<!\w)(?i:{fore.translate(accents)})\s+(?:de\s+(?:la\s+)?)?{name}(?!\w)"),
        re.compile(rf"(?<!\w)[Dd]e la {name}(?!\w)"),
    )


def phonetic(text: str) -> str:
    """Return a folded text as it sounds in Spanish, roughly.

    >>> phonetic("valensia") == phonetic("valencia")
    True
    """
    for letters, same in (("qu", "k"), ("ce", "se"), ("ci", "si"), ("c", "k"), ("z", "s"), ("v", "b"), ("h", "")):
        text = text.replace(letters, same)
    return text


@lru_cache(maxsize=64)
def misspelt_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Compile a pattern of the name with one slip.

    Two letters swapped, one doubled or missing, or the last one wrong. Names under six letters have too many neighbours.
    """
    forms: set[str] = set()
    for name in (phonetic(fold_text(name)) for name in names):
        if len(name) < 6:
            forms.add(re.escape(name))
            continue
        forms |= {re.escape(name[:at] + name[at + 1] + name[at] + name[at + 2 :]) for at in range(1, len(name) - 1)}
        forms |= {re.escape(name[:at] + name[at] + name[at:]) for at in range(len(name))}
        forms |= {re.escape(name[:at] + name[at + 1 :]) for at in range(3, len(name))} | {re.escape(name[:-1]) + r"\w"}
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(forms))})(?!\w)")
