"""Load translations: English in the code, Spanish in `locale/es/<room>.po`."""

from collections.abc import Callable
from functools import lru_cache
from gettext import NullTranslations

from babel.messages.pofile import read_po
from babel.support import Translations

from core.config.plugins import ROOT
from core.i18n.languages import SOURCE, interface_languages

LANGUAGES = interface_languages()


@lru_cache(maxsize=32)
def translations(language: str, room: str) -> NullTranslations:
    """Return the catalogue of one room (`desk`, `reports`, `dashboards` ...).

    English is the source language and needs none.
    """
    path = ROOT / "locale" / language / f"{room}.po"
    if language == SOURCE or not path.exists():
        return NullTranslations()
    from io import BytesIO

    from babel.messages.mofile import write_mo

    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=room)


def translator(language: str, room: str) -> Callable[[str], str]:
    """Return the function that translates an English text into `language`."""
    return translations(language, room).gettext
