"""Measure on three cities whether streets stay and persons go.

`python -m workshop.redaction.cities` reads tests/gold/redaction_cities and prints how many streets are lost and how many persons are kept:
with the gazetteer of the city, and without one. `--misses` prints what comes out wrong in the half that may be read.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.privacy.in_city import places_in
from core.privacy.redaction.persons.lexicon import PARTICLES
from core.privacy.redaction.persons.place_names import NO_PLACES
from core.privacy.redaction.text import redact
from workshop.redaction.shares import wilson_share

ROOT = Path(__file__).parents[2]
CITIES = ROOT / "tests" / "gold" / "redaction_cities"
MADRID = ROOT / "cities" / "madrid"
FOLDERS = {
    "madrid": MADRID,
    "sevilla": CITIES / "sevilla",
    "frames": MADRID,
    "citizens_madrid": MADRID,
    "citizens_sevilla": CITIES / "sevilla",
    "citizens_zaragoza": CITIES / "zaragoza",
}
"""The sets of sentences, and where the places of each are; `tests/gold/redaction_cities/README.md` says who wrote them."""
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"@user|\[\w+\]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m workshop.redaction.cities", description="Measure redaction on three cities.")
    parser.add_argument("--misses", action="store_true", help="print what comes out wrong in the half `tune`; the other half stays unread")
    options = parser.parse_args(arguments)
    sys.stdout.write(format_cities())
    for name, folder in FOLDERS.items() if options.misses else ():
        for one in load_sentences(name):
            left = redact(one["text"], places=places_in(folder))
            if one["half"] == "tune" and is_wrong(one, left):
                sys.stdout.write(f"{one['id']} {one['kind']} {one['words']!r}: {one['text']!r} -> {left!r}\n")
    return 0


def load_sentences(name: str) -> list[dict[str, Any]]:
    """Load the sentences about streets and persons of a set."""
    lines = (CITIES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_wrong(sentence: dict[str, Any], left: str) -> bool:
    """Return True if a street was lost or a person kept.

    A person is kept when a word of the name is left more often than in the rest of the sentence.
    """
    words = sentence["words"]
    if sentence["kind"] == "place":
        return words not in left
    if words[0].isdigit():
        return words in left
    found = Counter(_words(_MARKS.sub(" ", left)))
    elsewhere = Counter(_words(sentence["text"].replace(words, " ", 1)))
    return any(found[word] > elsewhere[word] for word in _words(words) if len(word) > 2 and word not in PARTICLES)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def score_cities(gazetteer: bool = True) -> dict[tuple[str, str, str], Counter[bool]]:
    """Return by set, half and kind how many sentences came out wrong.

    Args:
        gazetteer: give redaction the places of the city.
    """
    counts: dict[tuple[str, str, str], Counter[bool]] = defaultdict(Counter)
    for name, folder in FOLDERS.items():
        places = places_in(folder) if gazetteer else NO_PLACES
        for one in load_sentences(name):
            kind = "streets lost" if one["kind"] == "place" else "persons kept"
            counts[name, one["half"], kind][is_wrong(one, redact(one["text"], places=places))] += 1
    return counts


def format_cities() -> str:
    """Format the figures of the cities as a table."""
    lines = ["set               | half    | kind         | wrong of    | share (95 %)        | without gazetteer"]
    without = score_cities(gazetteer=False)
    for group, count in sorted(score_cities().items()):
        name, half, kind = group
        one, other = wilson_share(count), wilson_share(without[group])
        shares = f"{one['share']:.3f} ({one['low']:.3f}-{one['high']:.3f})"
        lines.append(
            f"{name:<17} | {half:<7} | {kind} | {one['hits']:>3} of {one['of']:>4} | {shares} | {other['hits']:>3}, {other['share']:.3f}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
