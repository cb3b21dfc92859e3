"""Load translations: English in the code, Spanish in `locale/es/<room>.po`."""

from collections.abc import Callable
from functools import lru_cache
from gettext import NullTranslations

from babel.messages.pofile import read_po
from babel.support import Translations

from core.config.plugins import ROOT
from core.i18n.languages import SOURCE, interface_languages

LANGUAGES = interface_languages()
FALLBACK = "es"
"""Language of the texts that a language of reports does not translate."""


@lru_cache(maxsize=32)
def translations(language: str, room: str) -> NullTranslations:
    """Return the catalogue of one room (`desk`, `reports`, `dashboards` ...).

    English is the source language and needs none; languages without a folder are shown in it. What a language with a folder does not
    translate is Spanish, which readers of a co-official language read too.
    """
    path = ROOT / "locale" / language / f"{room}.po"
    if language == SOURCE or not path.parent.is_dir():
        return NullTranslations()
    if not path.exists():
        return NullTranslations() if language == FALLBACK else translations(FALLBACK, room)
    from io import BytesIO

    from babel.messages.mofile import write_mo

    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    found = Translations(compiled, domain=room)
    if language != FALLBACK:
        found.add_fallback(translations(FALLBACK, room))
    return found


def translator(language: str, room: str) -> Callable[[str], str]:
    """Return the function that translates an English text into `language`."""
    return translations(language, room).gettext
