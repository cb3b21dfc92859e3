"""Redact the names of private persons, by name lists and context.

A name is redacted when its owner gives it, when it signs, when it is greeted or called a neighbour, a relative or a `señora`, when it is
written in full, and when a first name is alone. Streets, schools, saints, historical persons and office holders stay.
"""

from collections.abc import Callable, Iterator

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.persons.addressed import greeted, titled
from core.privacy.redaction.persons.context import OF_PERSONS
from core.privacy.redaction.persons.cued import CUES, cued
from core.privacy.redaction.persons.lexicon import CLOSINGS, FIRST, GREETINGS, LAST, ORDINARY, RELATIVES, SIGNED, TITLES
from core.privacy.redaction.persons.mentioned import and_another, in_full, namesake
from core.privacy.redaction.persons.place_names import NO_PLACES, PlaceNames
from core.privacy.redaction.persons.related import related
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.self_named import SELF, introduced
from core.privacy.redaction.persons.signed import after_closing, signature, signed
from core.privacy.redaction.persons.surnames import surnames
from core.privacy.redaction.spelled_out.names import without_spelt_names

MARK = "[name]"
_RULES: tuple[tuple[frozenset[str], Callable[[Scan, int], NameRun | None]], ...] = (
    (frozenset(SELF) | {"naiz"}, introduced),
    (SIGNED | {"parte", "nombre"}, signed),
    (CLOSINGS, after_closing),
    (GREETINGS, greeted),
    (RELATIVES, related),
    (TITLES, titled),
    (CUES, cued),
)
_TRIGGERS = frozenset().union(*(words for words, _ in _RULES))
_RULES_OF = {word: tuple(rule for words, rule in _RULES if word in words) for word in _TRIGGERS}
"""Announcing word -> rules that start with it."""
_SURE = (FIRST | LAST) - ORDINARY
_STARTS = _TRIGGERS | FIRST


def without_names(text: str, seen: Glance, places: PlaceNames = NO_PLACES) -> str:
    """Return the text with `[name]` for each name of a private person."""
    text = without_spelt_names(text, seen)
    if not seen.has(_SURE) and not seen.has(_TRIGGERS) and not (seen.has(FIRST) and ("[" in text or seen.has(OF_PERSONS))):
        return text
    scan = Scan(text, seen, places)
    spans = sorted({(scan.starts[run.first], scan.ends[run.last - 1]) for run in _names(scan)})
    made, done = [], 0
    for start, end in spans:
        if start >= done:
            made += [text[done:start], MARK]
            done = end
            if text[end : end + 1] == "." and text[end - 2 : end - 1] in (" ", ".") and text[end - 1].isupper():
                done = end + 1  # the full stop of an initial
    return "".join(made) + text[done:] if made else text


def _names(scan: Scan) -> Iterator[NameRun]:
    done = 0
    for at, word in enumerate(scan.words):
        if at < done:
            continue
        if word not in _STARTS:
            if scan.places.names and (other := namesake(scan, at)) is not None:
                yield other
                done = other.last
            continue
        found = next((run for rule in _RULES_OF.get(word, ()) if (run := rule(scan, at)) is not None), None)
        if found is None and word in FIRST and scan.given(at):
            found, done = in_full(scan, at)
        if found is not None:
            yield found
            done = max(found.last, at + 1)
            yield from and_another(scan, found)
    yield from surnames(scan)
    yield from signature(scan)
