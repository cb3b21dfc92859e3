"""Which passwords are refused for being easy to guess, and why, in words.

zxcvbn knows common passwords, keyboard rows, dates and repeats, and English words; what a Spanish council would choose is added here.
"""

import re

from zxcvbn import zxcvbn

MIN_LENGTH = 12
MAX_LENGTH = 200
"""More is no safer, and costs work."""
ENOUGH = 1e10
"""Guesses; below, zxcvbn calls a password guessable by somebody who has stolen the hashes and knows the slow ones."""
MEASURED = 72
"""zxcvbn's time grows with the square of the length; more signs than these only make it harder to guess."""

TOO_SHORT = (
    "The password is too short: use at least 12 characters, such as four words that have nothing to do with each other."
)
TOO_LONG = "The password is too long: 200 characters at most."
NAMED = "The password is made of your name or the city's: anybody would try these first."
COMMON = "The password is one of those that everybody tries first, or close to one."
PATTERN = (
    "The password is a pattern (repeats, a row of keys, a sequence or a date): choose words that nobody can foresee."
)
WEAK = "The password is too easy to guess: add another word or two that nobody can foresee."
EXPECTED = re.compile(
    r"ayuntamiento|ayto|ajuntament|concello|udala?|alcaldia|policia|local|municipal|escucha|contrasena|contraseña|clave|acceso|bienvenid[oa]s?"
    r"|oficina|trabajo|admin(?:istrador)?|root|user|usuario|password|hola|cambiame|temporal|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre|lunes|martes|miercoles|jueves|viernes|sabado|domingo|primavera|verano|otoño|invierno"
)
"""What a council's staff choose first, together with names, years and signs: what is left without them must do by itself."""
SMALL = frozenset("a al de del el en la las los para por un una y".split())
LEFT = 5
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
    """Say why this password is refused; None when it does. `names` are the user's and the city's."""
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password) > MAX_LENGTH:
        return TOO_LONG
    told = [word for name in names for word in (name, *re.split(r"[\W_]+", name)) if len(word) > 2]
    rest = _unexpected(password, told)
    if rest is not None and len(rest) < LEFT:
        return NAMED if any(word.lower() in password.lower() for word in told) else COMMON
    found = zxcvbn(password[:MEASURED], user_inputs=[*told, *SPANISH])
    if found["guesses"] >= ENOUGH:
        return None
    if any(word.lower() in password.lower() for word in told):
        return NAMED
    return _reason(found["sequence"])


def _unexpected(password: str, names: list[str]) -> str | None:
    """Return the letters left without names, expected and small words; None when there are none of these."""
    rest = password.lower()
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name.lower(), " ")
    rest = EXPECTED.sub(" ", rest)
    if rest == password.lower():
        return None
    words = re.split(r"[\W\d_]+", rest)
    return "".join(word for word in words if word not in SMALL)


def _reason(sequence: list[dict[str, object]]) -> str:
    """The reason lies in the longest piece that zxcvbn recognised."""
    longest = max(sequence, key=lambda piece: len(str(piece["token"])))
    if longest["pattern"] == "dictionary":
        return COMMON
    return WEAK if longest["pattern"] == "bruteforce" else PATTERN
