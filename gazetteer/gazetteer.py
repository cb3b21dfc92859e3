"""All places of a city, found by name: in a text, or one by one."""

import hashlib
import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from core.annotation import Place
from core.errors import ConfigurationError
from gazetteer.candidates import Mention, mentions
from gazetteer.disambiguation import candidates, choose
from gazetteer.entry import Entry
from gazetteer.fuzzy import FuzzyIndex
from gazetteer.loading.points import read_landmarks, read_own, read_stops
from gazetteer.loading.streets import read_areas, read_streets
from gazetteer.names import fold, folded_words
from gazetteer.scoring import ENOUGH, probability
from gazetteer.towns import Towns
from gazetteer.trie import TrieNode


class Found(NamedTuple):
    """Words of a text that look like a place's name."""

    start: int
    end: int
    place: Place
    """What the gazetteer makes of them; `text` holds the exact words."""
    chance: float
    """0..1: how likely they name a place at all."""
    others: tuple[Place, ...] = ()
    """Where else it may be, surest first: with coordinates where there are any."""


class Gazetteer:
    """The places of one city. Loaded once, never changed; finding is linear in the length of the text."""

    def __init__(
        self, entries: Collection[Entry], ordinary: frozenset[str], revision: str = "gazetteer@none", home: str = ""
    ) -> None:
        self.revision = revision
        """`gazetteer@` and a digest of its files: a place resolved by another gazetteer is another answer."""
        self.tree = TrieNode({}, [])
        self._ordinary = ordinary
        self._towns = Towns([home, *(entry.name for entry in entries if entry.kind in ("district", "barrio"))])
        self._entries = entries
        self._districts = [entry.name for entry in entries if entry.kind == "district"]
        for entry in entries:
            for name in entry.names:
                self.tree.add(entry, name)

    def __bool__(self) -> bool:
        """True when it knows any place."""
        return bool(self._entries)

    @classmethod
    def load(cls, folder: Path, home: str = "") -> "Gazetteer":
        """Read the gazetteer of a city from its folder.

        Args:
            folder: holds the files of the gazetteer.
            home: the city's own name; every other town is elsewhere.

        Raises:
            ConfigurationError: a file is missing or cannot be read, or a row names a place there is not; says which.
        """
        areas = read_areas(folder)
        official = [*areas, *read_streets(folder, areas), *read_landmarks(folder), *read_stops(folder)]
        return cls(read_own(folder, official), _ordinary_names(folder / "ordinary_names.txt"), _revision(folder), home)

    @classmethod
    def empty(cls) -> "Gazetteer":
        """A city without a gazetteer: places stay text."""
        return cls((), frozenset())

    def find(self, text: str, hint_districts: Collection[str] = (), enough: float = ENOUGH) -> list[Found]:
        """The places named in a text, in its order; only those with at least this chance to be places.

        A place of which there are several is looked for in the districts hinted at (say, by other posts of the thread)
        and in those of the places of this text that leave no doubt.
        """
        hint_districts = {*hint_districts, *self.districts_of(text)} if "@" in text else hint_districts
        likely = [(mention, probability(mention)) for mention in self.mentions(text)]
        kept = [(mention, share) for mention, share in likely if share >= enough]
        first = [self._choose(mention, text, hint_districts) for mention, _ in kept]
        clear = [
            place for place, (_, share) in zip(first, kept, strict=True) if place.sure >= _NO_DOUBT and share >= ENOUGH
        ]
        near = {*hint_districts, *(place.district for place in clear if place.district)}
        found = []
        for (mention, share), place in zip(kept, first, strict=True):
            sure = place.sure >= _NO_DOUBT
            chosen = place if sure else self._choose(mention, text, near)
            others = () if sure and chosen.lat is not None else candidates(mention, chosen.text, chosen, near)
            found.append(Found(mention.start, mention.end, chosen, share, others))
        return found

    def resolve(self, text: str, hint_districts: Collection[str] = ()) -> Place:
        """What the gazetteer makes of the words of one place; kind `unresolved` when it knows no such place."""
        named = self.mentions(text)
        if not named:
            return Place(text=text)
        # `la zona del Retiro`, `la fuente junto a la Plaza Mayor`: the name with a type word before the longest bare one
        best = max(named, key=lambda mention: (bool(mention.group), bool(mention.hits), mention.end - mention.start))
        place = self._choose(best, text, hint_districts)
        named_share = (best.end - best.start) / len(text.strip())
        return place.model_copy(update={"text": text, "sure": round(place.sure * min(1.0, _UNNAMED + named_share), 4)})

    def districts_of(self, text: str) -> set[str]:
        """The districts whose council a text turns to: `@JMVallecas` is one of two."""
        asked = {fold(match[1]) for match in _DISTRICT_HANDLE.finditer(text)}
        return {name for name in self._districts if any(word in "".join(folded_words(name)) for word in asked)}

    def mentions(self, text: str) -> list[Mention]:
        """Every stretch of a text that may name a place, however unlikely: what `find` judges."""
        return mentions(text, self.tree, self._ordinary, self._towns)

    @cached_property
    def _spelling(self) -> FuzzyIndex:
        """Made when first needed: most runs of the command never do."""
        return FuzzyIndex(self._entries)

    def _choose(self, mention: Mention, text: str, hint_districts: Collection[str]) -> Place:
        if not mention.hits:
            mention = mention._replace(hits=self._spelling.near(mention.group, mention.name))
            place = choose(mention, text[mention.start : mention.end], hint_districts)
            return place.model_copy(update={"sure": round(place.sure * _MISSPELT, 4)})
        return choose(mention, text[mention.start : mention.end], hint_districts)


_DISTRICT_HANDLE = re.compile(r"@(?:JMD?|Junta|Distrito)_?([^\W\d_]{4,30})", re.IGNORECASE)
_UNNAMED = 0.4
"""How much of the words may be about something else before the place is less sure."""
_MISSPELT = 0.8
"""How sure a name one letter off can be."""
_NO_DOUBT = 0.8
"""From this sureness on a place says where the others of its post lie."""


def _ordinary_names(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot read this file of the gazetteer: {error}") from None


def _revision(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".json", ".txt")):
        digest.update(path.read_bytes())
    return f"gazetteer@{digest.hexdigest()[:8]}"
