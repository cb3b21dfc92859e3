"""Load translations: English in the code, other languages in `locale/<language>/<room>.po`."""

from collections.abc import Callable
from gettext import NullTranslations

from babel.messages.pofile import read_po
from babel.support import Translations

from core.config.plugins import ROOT
from core.i18n.languages import SOURCE, interface_languages
from core.runtime.one_filler import one_filler

LANGUAGES = interface_languages()
FALLBACKS = dict.fromkeys(("ca", "eu", "gl"), "es")
"""Language of the texts that a language lacks: readers of a co-official language read Spanish; others get the English of the code."""


@one_filler(maxsize=64)
def translations(language: str, room: str) -> NullTranslations:
    """Return the catalogue of one room (`desk`, `reports`, `dashboards` ...).

    English is the source language and needs none. A text that a language lacks comes from `FALLBACKS`, else it stays English; this holds
    for single texts and for catalogues.
    """
    instead = translations(FALLBACKS.get(language, SOURCE), room) if language != SOURCE else NullTranslations()
    path = ROOT / "locale" / language / f"{room}.po"
    if not path.exists():
        return instead
    from io import BytesIO

    from babel.messages.mofile import write_mo

    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = Translations(compiled, domain=room)
    found.add_fallback(instead)
    return found


def translator(language: str, room: str) -> Callable[[str], str]:
    """Return the function that translates an English text into `language`."""
    return translations(language, room).gettext
