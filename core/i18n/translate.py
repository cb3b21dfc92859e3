"""Load translations: English in the code, other languages in `locale/<language>/<room>.po`."""

from collections.abc import Callable
from gettext import NullTranslations

from babel.messages.pofile import read_po
from babel.support import Translations

from core.i18n.languages import SOURCE, interface_languages, requested_languages
from core.parts import ROOT, languages, manifests
from core.runtime.one_filler import one_filler

LANGUAGES = interface_languages()
NAMED_PARTS = ("collectors", "nlp", "contact_centre")
"""Rooms whose parts bring their own display names."""


@one_filler(maxsize=64)
def translations(language: str, room: str) -> NullTranslations:
    """Return the catalogue of one room (`desk`, `reports`, `dashboards` ...).

    English is the source language and needs none. A text that a language lacks comes from the `fallback` of its manifest: readers of a
    co-official language read Spanish, others the English of the code. This holds for single texts and for catalogues.
    """
    instead = translations(fallback_of(language), room) if language != SOURCE else NullTranslations()
    path = ROOT / "locale" / language / f"{room}.po"
    if not path.exists():
        return instead
    from io import BytesIO

    from babel.messages.mofile import write_mo

    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    if room == "names":
        for english, name in names_of_parts(language).items():
            if english not in catalogue:
                catalogue.add(english, name)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = Translations(compiled, domain=room)
    found.add_fallback(instead)
    return found


def wished_language(header: str) -> str:
    """Return the language of an `Accept-Language` header.

    English if it wishes for none of ours.

    >>> wished_language("xx, es;q=0.5"), wished_language("")
    ('es', 'en')
    """
    return next((one for one in requested_languages(header) if one in LANGUAGES), SOURCE)


def fallback_of(language: str) -> str:
    """Return the language of the texts that a language lacks."""
    known = languages().get(language)
    return SOURCE if known is None else known.fallback


def names_of_parts(language: str) -> dict[str, str]:
    """Return the names that manifests have in a language, by the English."""
    of_all = [one.name for room in NAMED_PARTS for one in manifests(room).values()]
    return {name["en"]: name[language] for name in of_all if language in name}


def translator(language: str, room: str) -> Callable[[str], str]:
    """Return the function that translates an English text into `language`."""
    return translations(language, room).gettext
