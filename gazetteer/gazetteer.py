"""Find the places of a city in a text, or resolve one."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from core.errors import ConfigurationError
from core.records.annotation import Place, PlaceKind
from core.runtime.one_filler import one_filler_property
from gazetteer.entry import Entry
from gazetteer.finding.candidates import Mention, find_mentions
from gazetteer.finding.disambiguation import candidates, choose
from gazetteer.finding.fuzzy import FuzzyIndex
from gazetteer.finding.scoring import MIN_PROBABILITY, probability
from gazetteer.finding.trie import Hit, TrieNode
from gazetteer.loading.points import load_landmarks, load_own_places, load_stops
from gazetteer.loading.streets import load_areas, load_streets
from gazetteer.names import fold, folded_words
from gazetteer.place_types import PlaceTypes, place_types_of
from gazetteer.reverse.areas import OutlinedAreas
from gazetteer.reverse.spot import Spot, SpotFinder
from gazetteer.towns import Towns


class Found(NamedTuple):
    """Hold a span of a text that may name a place."""

    start: int
    end: int
    place: Place
    """The likeliest place; its `text` is the exact span."""
    chance: float
    """Probability, 0..1, that the span names a place."""
    others: tuple[Place, ...] = ()
    """Other places it may be, surest first, with coordinates where known."""


class Gazetteer:
    """Hold the places of one city.

    Loaded once and immutable; searching is linear in the length of the text.
    """

    def __init__(
        self,
        entries: Collection[Entry],
        ordinary: frozenset[str],
        revision: str = "gazetteer@none",
        home: str = "",
        types: PlaceTypes | None = None,
        folder: Path | None = None,
    ) -> None:
        self.revision = revision
        """`gazetteer@` and a digest of its files, part of the label's model name."""
        self.tree = TrieNode({}, [])
        self._ordinary = ordinary
        self._types = types or place_types_of()
        self._towns = Towns([home, *(entry.name for entry in entries if entry.kind in ("district", "barrio"))])
        self.entries = entries
        """Every place."""
        self._folder = folder
        self.districts = [entry.name for entry in entries if entry.kind == "district"]
        """The names of its districts."""
        self.coverage = min(1.0, sum(entry.kind in ("street", "square") for entry in entries) / _ALL_STREETS) ** 2
        """Share of the city's streets that it is thought to have, 0..1: what it lacks is a place all the same."""
        for entry in entries:
            for name in entry.names:
                self.tree.add(entry, name)

    def __bool__(self) -> bool:
        """Tell whether the gazetteer has any place."""
        return bool(self.entries)

    @classmethod
    def load(cls, folder: Path, home: str = "") -> "Gazetteer":
        """Load the gazetteer of a city from its folder.

        Args:
            folder: holds the files of the gazetteer.
            home: the city's own name; every other town is elsewhere.

        Raises:
            ConfigurationError: a file is missing or cannot be parsed, or a row names a place that does not exist; the message says which.
        """
        areas = load_areas(folder)
        types = place_types_of(folder)
        official = [*areas, *load_streets(folder, areas), *load_landmarks(folder, types), *load_stops(folder)]
        return cls(
            load_own_places(folder, official, types), _ordinary_names(folder / "ordinary_names.txt"), _revision(folder), home, types, folder
        )

    @classmethod
    def empty(cls) -> "Gazetteer":
        """Return the gazetteer of a city without one: places stay text."""
        return cls((), frozenset())

    def find(self, text: str, hint_districts: Collection[str] = (), enough: float = MIN_PROBABILITY) -> list[Found]:
        """Return the places named in a text, in order.

        Only those with at least the probability `enough` of being places. An ambiguous name is looked for first in the districts hinted at
        (for instance by other posts of the thread) and in those of this text's unambiguous places.
        """
        hint_districts = {*hint_districts, *self.districts_of(text)} if "@" in text else hint_districts
        likely = [(mention, probability(mention)) for mention in self.mentions(text)]
        kept = [(mention, share) for mention, share in likely if share >= enough]
        first = [self._choose(mention, text, hint_districts) for mention, _ in kept]
        clear = [place for place, (_, share) in zip(first, kept, strict=True) if place.sure >= _NO_DOUBT and share >= MIN_PROBABILITY]
        near = {*hint_districts, *(place.district for place in clear if place.district)}
        found = []
        for (mention, share), place in zip(kept, first, strict=True):
            sure = place.sure >= _NO_DOUBT
            chosen = place if sure else self._choose(mention, text, near)
            others = () if sure and chosen.lat is not None else candidates(mention, chosen.text, chosen, near)
            found.append(Found(mention.start, mention.end, chosen, share, others))
        return found

    def resolve(self, text: str, hint_districts: Collection[str] = ()) -> Place:
        """Return the place that a span names.

        Its kind is `unresolved` when the gazetteer has no such place.
        """
        named = self.mentions(text)
        if not named:
            return Place(text=text)
        # `la zona del Retiro`, `la fuente junto a la Plaza Mayor`: the name with a type word before the longest bare one
        best = max(named, key=lambda mention: (bool(mention.group), bool(mention.hits), mention.end - mention.start))
        place = self._choose(best, text, hint_districts)
        named_share = (best.end - best.start) / len(text.strip())
        return place.model_copy(update={"text": text, "sure": round(place.sure * min(1.0, _UNNAMED + named_share), 4)})

    def at(self, lat: float, lon: float) -> Spot | None:
        """Describe a point: street near it, barrio, district.

        None: outside the city.
        """
        return self._spots.at(lat, lon)

    def fits(self, place: Place, lat: float, lon: float) -> bool | None:
        """Tell whether a place is near a point; None: unknown."""
        return self._spots.fits(place, lat, lon)

    def districts_of(self, text: str) -> set[str]:
        """Return the districts whose council a text addresses.

        `@JMVallecas` is one of two.
        """
        asked = {fold(match[1]) for match in _DISTRICT_HANDLE.finditer(text)}
        return {name for name in self.districts if any(word in "".join(folded_words(name)) for word in asked)}

    def mentions(self, text: str) -> list[Mention]:
        """Return every span that may name a place, the input of `find`."""
        return find_mentions(text, self.tree, self._ordinary, self._towns, self._types, self._near)

    def areas(self, kind: PlaceKind) -> list[Entry]:
        """Return the districts or barrios, in the order of their files."""
        return [entry for entry in self.entries if entry.kind == kind]

    def groups_of(self, key: str) -> frozenset[str]:
        """Return the groups of a place's type words (`colegio`, `hospital`).

        Empty for an unknown key.
        """
        entry = self._by_key.get(key)
        return frozenset() if entry is None else frozenset(name.group for name in entry.names if name.group)

    def name_of(self, key: str) -> str:
        """Return the official name of a place, or its unknown key."""
        entry = self._by_key.get(key)
        return key if entry is None else entry.name

    @one_filler_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    @one_filler_property
    def _spots(self) -> SpotFinder:
        """Build the index of points on first use; most runs need none."""
        return SpotFinder(self.entries, OutlinedAreas(self._folder, self.entries))

    @one_filler_property
    def _spelling(self) -> FuzzyIndex:
        """Build the index of misspellings on first use; most runs need none."""
        return FuzzyIndex(self.entries)

    def _near(self, group: str, words: tuple[str, ...]) -> tuple[Hit, ...]:
        return self._spelling.near(group, words)

    def _choose(self, mention: Mention, text: str, hint_districts: Collection[str]) -> Place:
        if not mention.hits:
            mention = mention._replace(hits=self._spelling.near(mention.group, mention.name))
            place = choose(mention, text[mention.start : mention.end], hint_districts)
            return place.model_copy(update={"sure": round(place.sure * _MISSPELT, 4)})
        return choose(mention, text[mention.start : mention.end], hint_districts)


_DISTRICT_HANDLE = re.compile(r"@(?:JMD?|Junta|Distrito)_?([^\W\d_]{4,30})", re.IGNORECASE)
_UNNAMED = 0.4
"""Share of the span that may be other words before the probability falls."""
_MISSPELT = 0.8
"""Maximum probability of a misspelt name."""
_ALL_STREETS = 2000
"""Number of streets from which a gazetteer counts as complete; towns with fewer lose nothing but a stricter bar."""
_NO_DOUBT = 0.8
"""Probability from which a place helps to locate the others of its post."""


def _ordinary_names(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot read this file of the gazetteer: {error}") from None


def _revision(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".json", ".toml", ".txt")):
        digest.update(path.read_bytes())
    return f"gazetteer@{digest.hexdigest()[:8]}"
