"""Read a typed search into parameters and words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches

from core.periods import FIRST_YEAR, LAST_YEAR
from core.records.area import Area
from core.text import BIDI, ZERO_WIDTH, one_line, sanitise
from search.queries.typed.fields import DAYS, Vocabulary
from search.queries.typed.problems import SearchProblem, TypedSearchError, shown
from search.queries.typed.writing import quoted
from search.queries.words import MAX_CLAUSES, MAX_INPUT

MOST_CHARACTERS = 2_000
MOST_PROBLEMS = 5
"""Told at once: the first ones are mended first."""
LONGEST_NAME = 6
"""Words of a name that is typed without quotes: `distrito:Puente de Vallecas`."""
_PART = re.compile(
    r'(?P<minus>-)?(?P<name>[^\W\d_]+):(?!//)(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"|]*))'
    r'|(?P<either>\||OR(?![^\s"|]))'
    r'|(?P<words>-?"[^"]*"?|[^\s"|]+)'
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OTHER_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)


@dataclass(frozen=True)
class TypedSearch:
    """Hold what a typed search asks for."""

    parameters: dict[str, str]
    """Of an address: those that its fields stand for."""
    words: str
    """What is left, as `search.queries.words` reads it."""


@dataclass
class _Reader:
    """Read the parts of a text in turn."""

    text: str
    known: Vocabulary
    parts: Sequence[re.Match[str]]
    at: int = 0
    found: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    problems: list[SearchProblem] = field(default_factory=list)

    def note(self, code: str, start: int, end: int, instead: Sequence[str] = (), **values: str | int) -> None:
        """Keep a problem of a part of the text."""
        self.problems.append(SearchProblem(code, start, end, values, instead))

    def run(self) -> None:
        """Read all parts."""
        while self.at < len(self.parts) and len(self.problems) < MOST_PROBLEMS:
            part = self.parts[self.at]
            self.at += 1
            if part["name"] and self._is_field(part):
                self._read_field(part)
            else:
                self.words.append(part[0])

    def _is_field(self, part: re.Match[str]) -> bool:
        """Tell a field from a word such as `Aviso:` or `ojo:)`."""
        value = part["plain"] if part["quoted"] is None else "x"
        return self.known.field_of(part["name"]) is not None or value[:1].isalnum()

    def _read_field(self, part: re.Match[str]) -> None:
        name, typed, start, end = self.known.field_of(part["name"]), part["name"], part.start(), part.end()
        if name is None:
            self._note_field(part)
            return
        either = self.at > 1 and self.parts[self.at - 2]["either"]
        value = part["plain"] if part["quoted"] is None else part["quoted"]
        following = self.parts[self.at] if self.at < len(self.parts) else None
        if not value and part["quoted"] is None and following and following["words"] and not following[0].startswith("-"):
            value, end = following[0].strip('"'), following.end()  # `distrito: Centro`
            self.at += 1
        if part["minus"]:
            self.note("excluded", start, end, [self.text[start + 1 : end]], field=typed)
        elif not value.strip():
            self.note("empty", start, end, field=typed)
        elif name in DAYS:
            self._read_day(name, typed, value, start, end)
        else:
            self._read_value(name, typed, value, start, end)
        if either or (self.at < len(self.parts) and self.parts[self.at]["either"]):
            self.note("either", start, end, field=typed)

    def _note_field(self, part: re.Match[str]) -> None:
        names = [self.known.name_of(one) for one in self.known.fields]
        minus, rest = part["minus"] or "", part[0].removeprefix("-")
        instead = [f"{minus}{one}{rest[len(part['name']) :]}" for one in get_close_matches(part["name"].casefold(), names, 1)]
        instead.append('{}"{}"'.format(minus, rest.replace('"', "")))
        self.note("field", part.start(), part.end(), instead, typed=shown(part["name"]), fields=", ".join(names))

    def _read_day(self, name: str, typed: str, value: str, start: int, end: int) -> None:
        bounds = _bounds(name, value)
        if bounds is None:
            other = _OTHER_DAY.fullmatch(value.strip())
            turned = f"{other[3]}-{other[2]:0>2}-{other[1]:0>2}" if other else ""
            self.note("day", start, end, [f"{typed}:{turned}"] if _bounds(name, turned) else [], field=typed, typed=shown(value))
        elif bounds.keys() & self.days.keys():
            self.note("twice", start, end, field=typed)
        elif "period" in self.found:
            self.note("period", start, end, field=typed)
        else:
            self.days |= bounds
            if self.days.get("first", date.min) > self.days.get("last", date.max):
                self.note("range", start, end, field=typed)

    def _read_value(self, name: str, typed: str, value: str, start: int, end: int) -> None:
        code, end = self._code(name, value, end)
        parameter = self.known.parameters[name]
        if code is None:
            self._note_value(name, typed, value, start, end)
        elif parameter in self.found:
            self.note("twice", start, end, field=typed)
        elif name == "period" and self.days:
            self.note("period", start, end, field=typed)
        else:
            self.found[parameter] = code

    def _code(self, name: str, value: str, end: int) -> tuple[str | None, int]:
        """Return the value that is meant, and where it ends."""
        if name == "area":
            return _area(value), end
        code = self.known.value_of(name, value)
        following = list(self.parts[self.at : self.at + LONGEST_NAME - 1])
        while code is None and following:
            joined = f"{value} {' '.join(one[0] for one in following)}"
            longer = self.known.value_of(name, joined) if all(one["words"] for one in following) and '"' not in joined else None
            if longer is not None:
                self.at += len(following)
                return longer, following[-1].end()
            following.pop()
        with_words = self.known.values_with(name, value)
        return code or (with_words[0] if len(with_words) == 1 else None), end

    def _note_value(self, name: str, typed: str, value: str, start: int, end: int) -> None:
        if name == "area":
            self.note("area", start, end, field=typed, typed=shown(value))
            return
        nearest = self.known.nearest(name, value)
        code = "several" if len(self.known.values_with(name, value)) > 1 else "value" if nearest else "no_value"
        instead = [f"{typed}:{quoted(one)}" for one in nearest]
        self.note(code, start, end, instead, field=typed, typed=shown(value), nearest=", ".join(nearest))


def read_typed(text: str, known: Vocabulary) -> TypedSearch:
    """Read a typed search.

    Raises:
        TypedSearchError: something in it cannot be read; each problem says what to do.
    """
    if len(text) > MOST_CHARACTERS:
        raise TypedSearchError(text, [SearchProblem("long", values={"length": len(text), "most": MOST_CHARACTERS})])
    text = one_line(sanitise(text, remove=BIDI | ZERO_WIDTH))
    reader = _Reader(text, known, list(_PART.finditer(text)))
    reader.run()
    words = " ".join(reader.words)
    problems = reader.problems or _problems_of_words(words, reader.words, known)
    if problems:
        raise TypedSearchError(text, problems)
    days = {name: day.isoformat() for name, day in reader.days.items()}
    return TypedSearch(reader.found | days, words)


def _problems_of_words(words: str, parts: Sequence[str], known: Vocabulary) -> list[SearchProblem]:
    if len(words) > MAX_INPUT:
        return [SearchProblem("long", values={"length": len(words), "most": MAX_INPUT})]
    if len(parts) > MAX_CLAUSES:
        return [SearchProblem("many", values={"length": len(parts), "most": MAX_CLAUSES})]
    if words and known.words == "none":
        return [SearchProblem("words", values={"typed": shown(words)})]
    excluded = next((one for one in parts if one[0] == "-" and len(one) > 1), None)
    if excluded and known.words == "title":
        return [SearchProblem("title", values={"typed": shown(excluded)})]
    return []


def _bounds(name: str, text: str) -> dict[str, date] | None:
    """Return the days that a field gives; None: it is no day."""
    try:
        day = date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else date.min
    except ValueError:
        day = date.min
    last = day - timedelta(days=1) if name == "before" and day > date.min else day
    found = {"after": {"first": day}, "on": {"first": day, "last": day}}.get(name, {"last": last})
    return found if all(FIRST_YEAR <= one.year <= LAST_YEAR for one in found.values()) else None


def _area(text: str) -> str | None:
    try:
        return Area.read(text).text
    except ValueError:
        return None
