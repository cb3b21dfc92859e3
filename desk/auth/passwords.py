"""Refuse passwords that are easy to guess, with the reason.

zxcvbn knows common passwords, keyboard rows, dates and repeats, and English words; typical choices at a Spanish council are added here.
"""

import re

from zxcvbn import zxcvbn

MIN_LENGTH = 12
MAX_LENGTH = 200
"""More is no safer and takes longer to hash."""
MIN_GUESSES = 1e10
"""Smallest accepted number of guesses; zxcvbn rates fewer as guessable offline, even with slow hashes."""
RATED_LENGTH = 72
"""Characters that are rated: zxcvbn's time grows with the square of the length, and more only make a password stronger."""

TOO_SHORT = "The password is too short: use at least 12 characters, such as four unrelated words."
TOO_LONG = "The password is too long: 200 characters at most."
NAMED = "The password is little more than your name or the city's, which an attacker would try first."
COMMON = "The password is a common one, or close to one."
PATTERN = "The password is a pattern (repeats, a row of keys, a sequence or a date): choose unpredictable words."
WEAK = "The password is too easy to guess: add one or two unpredictable words."
EXPECTED = re.compile(
    r"ayuntamiento|ayto|ajuntament|concello|udala?|alcaldia|policia|local|municipal|escucha|contrasena|contraseña|clave|acceso|bienvenid[oa]s?"
    r"|oficina|trabajo|admin(?:istrador)?|root|user|usuario|password|hola|cambiame|temporal|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre|lunes|martes|miercoles|jueves|viernes|sabado|domingo|primavera|verano|otoño|invierno"
)
"""Words that a council's staff choose first, with names, years and signs: the remaining letters must suffice."""
SMALL_WORDS = frozenset("a al de del el en la las los para por un una y".split())
MIN_REMAINING = 5
REASONS = (TOO_SHORT, TOO_LONG, NAMED, COMMON, PATTERN, WEAK)

SPANISH = tuple(
    """
    contraseña contrasena clave acceso ayuntamiento concejo municipio ciudad alcalde alcaldia escucha usuario
    administrador admin hola buenosdias españa espana madrid barcelona valencia sevilla bilbao realmadrid atletico
    barça futbol teamo tequiero amor familia verano invierno primavera otoño enero febrero marzo abril mayo junio
    julio agosto septiembre octubre noviembre diciembre lunes martes miercoles jueves viernes sabado domingo maria
    jose antonio carmen manuel francisco juan laura lucia david javier carlos garcia fernandez gonzalez rodriguez
    lopez martinez sanchez perez gomez secreto prueba trabajo oficina temporal cambiame bienvenido bienvenida
    """.split()
)


def refusal(password: str, *names: str) -> str | None:
    """Return why this password is refused; None when it is accepted.

    `names` are the user's and the city's.

    >>> refusal("ayuntamiento2026", "ana", "Madrid") == COMMON
    True
    >>> refusal("farola tuerca nube martillo", "ana", "Madrid") is None
    True
    """
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password) > MAX_LENGTH:
        return TOO_LONG
    own_words = [word for name in names for word in (name, *re.split(r"[\W_]+", name)) if len(word) > 2]
    remaining = _unexpected(password, own_words)
    if remaining is not None and len(remaining) < MIN_REMAINING:
        return NAMED if any(word.lower() in password.lower() for word in own_words) else COMMON
    found = zxcvbn(password[:RATED_LENGTH], user_inputs=[*own_words, *SPANISH])
    if found["guesses"] >= MIN_GUESSES:
        return None
    if any(word.lower() in password.lower() for word in own_words):
        return NAMED
    return _reason(found["sequence"])


def _unexpected(password: str, names: list[str]) -> str | None:
    """Return the letters left without names, expected and small words.

    None when the password contains no such word.
    """
    remaining = password.lower()
    for name in sorted(names, key=len, reverse=True):
        remaining = remaining.replace(name.lower(), " ")
    remaining = EXPECTED.sub(" ", remaining)
    if remaining == password.lower():
        return None
    words = re.split(r"[\W\d_]+", remaining)
    return "".join(word for word in words if word not in SMALL_WORDS)


def _reason(sequence: list[dict[str, object]]) -> str:
    """Return the reason for the longest pattern that zxcvbn recognised."""
    longest = max(sequence, key=lambda piece: len(str(piece["token"])))
    if longest["pattern"] == "dictionary":
        return COMMON
    return WEAK if longest["pattern"] == "bruteforce" else PATTERN
