"""Read the manifests of the parts: `part.toml` beside the code of each.

A part is a source, a question, a ticket system or a language of the interface. Whatever the rest of Escucha must know of it without loading
its code is here, and no other file names it: pages and lists that name all parts are generated (`python -m workshop.reference`).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from core.errors import ConfigurationError
from core.records import Record
from core.runtime.one_filler import one_filler

ROOT = Path(__file__).resolve().parents[1]
FILE = "part.toml"
Quality = Literal["real", "scripted", "measured", "read", "machine"]
"""How a part was tried, or who made it.

real: with the service itself, or its own software. scripted: with a server of ours, written from the published documentation. measured: on
labelled posts that no model was trained on. read: a language whose texts its speakers have reviewed; machine: not reviewed yet.
"""


class PartManifest(Record):
    """Hold what every part says of itself."""

    kind: str
    id: str = ""
    """What a profile calls it; empty: the name of its folder."""
    quality: Quality
    docs: str = ""
    """Page or section about it, from the root of the repository; empty: none."""
    name: dict[str, str]
    """Display name by language. English alone: a proper name, the same in all languages."""
    about: dict[str, str] = Field(default_factory=dict)
    """What it does, by language: its row of the README, in English and Spanish."""
    needs: dict[str, str] = Field(default_factory=dict)
    """What it needs to be set, by language; empty: nothing."""

    @model_validator(mode="after")
    def _check_languages(self) -> "PartManifest":
        if self.kind != "language":
            for key, least in (("name", {"en"}), ("about", {"en", "es"})):
                if missing := least - set(getattr(self, key)):
                    raise ValueError(f"[{key}] lacks {', '.join(sorted(missing))}")
        return self


class AuthorIds(Record):
    """Describe the author ids of a source: by them people are erased."""

    pattern: str = r".+"
    """Of the whole id. A wrong id would be no author's: nothing would be erased."""
    form: str
    """The form in words."""
    lower_case: bool = False
    """Ids are stored in lower case."""
    handle_is_unique: bool = False
    """Its name belongs to one account of the whole network, so the city's handles tell what the city wrote."""


class AnswerRules(Record):
    """Describe an answer on a network."""

    characters: int
    """Most characters of one answer."""
    counted: Literal["characters", "graphemes", "weights", "mentions"] = "characters"
    """How it counts: graphemes as readers see them; weights of X; a link as 23 and a mention without its server."""
    links_shown: int | None = None
    """Characters after which it cuts the links that it shows. None: it shows them whole."""


class Reads(Record):
    """Describe what is read of a source: its row in docs/reference/sources.md."""

    what: str
    price: str = "free"
    reach: str = "-"
    """How far back, and how much."""
    deletions: str = "-"
    """How deletions are found."""
    not_read: str = "-"


class Source(PartManifest):
    """Describe a collector."""

    kind: Literal["source"]
    style: Literal["network", "platform", "letter", "mixed"]
    """How its posts are written, by which thresholds are chosen. Letters are private; mixed: the text decides."""
    debates: bool = False
    """Comments under a proposal are opinions on it."""
    defaults: dict[str, Any]
    """Defaults of the keys that all sources share (`core.config.source_options`). A key that is left out is not offered."""
    author: AuthorIds
    answers: AnswerRules | None = None
    """None: the network states no limit."""
    reads: Reads
    libraries: tuple[str, ...] = ()
    """Client libraries of the network, which no other room may import."""


class Question(PartManifest):
    """Describe a question to every post."""

    kind: Literal["question"]


class TicketSystem(PartManifest):
    """Describe an outside system for cases."""

    kind: Literal["ticket_system"]


class Language(PartManifest):
    """Describe a language of the interface."""

    kind: Literal["language"]
    offered: frozenset[Literal["desk", "portal", "reports"]] = frozenset()
    """Rooms whose readers may choose it; tests require that nothing is missing there. Without them it is work in progress."""
    fallback: str = "en"
    """Language of the texts that it lacks."""


PLACES: Mapping[str, tuple[str, type[PartManifest]]] = {
    "collectors": ("collectors", Source),
    "nlp": ("nlp/questions", Question),
    "contact_centre": ("contact_centre", TicketSystem),
    "locale": ("locale", Language),
}
"""By room: the folder of its parts, and what their manifests hold."""
ManifestT = TypeVar("ManifestT", bound=PartManifest)


def folder_of(room: str, name: str) -> Path:
    """Return the folder of a part; KeyError if there is none."""
    return _found(room)[name][0]


def sources() -> dict[str, Source]:
    """Return the manifests of all sources, by name."""
    return _of(Source, "collectors")


def languages() -> dict[str, Language]:
    """Return the manifests of the languages that have a folder, by code."""
    return _of(Language, "locale")


def manifests(room: str) -> dict[str, PartManifest]:
    """Return the manifests of a room, by the names that profiles use.

    >>> sorted(manifests("contact_centre"))
    ['django_helpdesk', 'email', 'open311', 'rt', 'zammad']

    Raises:
        ConfigurationError: one cannot be read; names the file and the key.
    """
    return {name: manifest for name, (_, manifest) in _found(room).items()}


def load(path: Path, kind: type[ManifestT]) -> ManifestT:
    """Load one manifest.

    Raises:
        ConfigurationError: it is not TOML, has an unknown key or lacks one.
    """
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'table'}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(f"{path}: {found}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not TOML in UTF-8: {error}") from None


def _of(kind: type[ManifestT], room: str) -> dict[str, ManifestT]:
    return {name: one for name, (_, one) in _found(room).items() if isinstance(one, kind)}


@one_filler(maxsize=len(PLACES))
def _found(room: str) -> dict[str, tuple[Path, PartManifest]]:
    place, kind = PLACES[room]
    return parts_in(ROOT / place, kind)


def parts_in(place: Path, kind: type[PartManifest]) -> dict[str, tuple[Path, PartManifest]]:
    """Return folder and manifest of each part, by the names of profiles.

    Raises:
        ConfigurationError: one cannot be read, two have one name, or a language does not name itself or leads to no other.
    """
    found: dict[str, tuple[Path, PartManifest]] = {}
    loaded = [(path.parent, load(path, kind)) for path in sorted(place.glob(f"*/{FILE}"))]
    for folder, one in sorted(loaded, key=lambda both: both[1].id or both[0].name):
        name = one.id or folder.name
        if name in found:
            raise ConfigurationError(f"{folder / FILE}: {found[name][0]} is called '{name}' too: give one of them another id")
        found[name] = folder, one
    known = {name: one for name, (_, one) in found.items() if isinstance(one, Language)}
    for name, language in known.items():
        if name not in language.name:
            raise ConfigurationError(f"{found[name][0] / FILE}: [name] lacks {name}: what the language calls itself")
        if not _leads_to_english(language, known):
            raise ConfigurationError(f"{found[name][0] / FILE}: fallback: '{language.fallback}' leads to no language with all texts")
    return found


def _leads_to_english(one: Language, known: Mapping[str, Language]) -> bool:
    seen: set[str] = set()
    while one.fallback not in {"en", *seen} and one.fallback in known:
        seen.add(one.fallback)
        one = known[one.fallback]
    return one.fallback == "en"
