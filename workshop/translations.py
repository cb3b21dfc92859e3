"""List the texts that a language lacks, or add them.

The Spanish catalogues are complete: tests compare them with the code. The other folders of locale/ are compared with them.

    make translations                          # each language and room: how many texts are translated, and what is wrong
    python -m workshop.translations ca            # the texts that Catalan lacks
    python -m workshop.translations ca --add      # the same, appended to its files with an empty translation, to be filled in
    python -m workshop.translations pt --add --room portal --room names        # begin a language, of the citizens' pages only

An empty translation is not used: the text is in the `fallback` of the language. A language can be chosen where its `part.toml` offers it.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from core.i18n.languages import SOURCE
from core.i18n.translate import names_of_parts
from core.parts import FILE, ROOT

LOCALE = ROOT / "locale"
MODEL = "es"
"""Language whose catalogues are complete."""
KEPT = re.compile(r"\{\w*\}|\bESCUCHA_[A-Z_]+")
"""What a translation must keep as it is: fields and names of the environment."""


def main() -> int:
    """List, and add if asked.

    Returns 1 if a translation is wrong, 2 for a language that does not exist.
    """
    parser = argparse.ArgumentParser(
        prog="python -m workshop.translations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("language", nargs="?", help="such as ca; without it: an overview of all languages")
    parser.add_argument("--add", action="store_true", help="append the missing texts to its files, untranslated")
    parser.add_argument("--room", action="append", choices=rooms(), help="only this catalogue; may be given several times")
    options = parser.parse_args()
    if options.add and not options.language:
        parser.error("--add needs a language")
    if options.language in (SOURCE, MODEL) or (options.language and not _exists(options.language)):
        parser.error(f"'{options.language}' is no language that can be added: give a code such as ca, eu or pt")
    failed = False
    for language in [options.language] if options.language else languages():
        for room in options.room or rooms():
            absent, faults = [_key(one) for one in missing(language, room)], list(wrong(language, room))
            _say(language, room, len(absent), faults, absent if options.language else [])
            failed = failed or bool(faults)
            if options.add and absent:
                add(language, room)
    return 1 if failed else 0


def languages() -> list[str]:
    """Return the languages that are compared with the Spanish one."""
    return sorted(path.name for path in LOCALE.iterdir() if path.is_dir() and path.name != MODEL)


def rooms() -> list[str]:
    """Return the names of all catalogues: `desk`, `names`, `portal` ..."""
    return sorted(path.stem for path in (LOCALE / MODEL).glob("*.po"))


def missing(language: str, room: str) -> list[Message]:
    """Return the Spanish entries that a language does not translate."""
    ours = load(language, room)
    return [one for one in load(MODEL, room) if one.id and not all(_forms(ours.get(_key(one))))]


def wrong(language: str, room: str) -> Iterator[str]:
    """Yield texts left over, changed fields and missing plural forms."""
    ours, model = load(language, room), {_key(one) for one in load(MODEL, room)}
    for one in ours:
        said = [text for text in _forms(one) if text]
        if not one.id or not said:
            continue
        if _key(one) not in model:
            yield f"left over, no text of Escucha: {_key(one)}"
        if one.pluralizable and len(said) != ours.num_plurals:
            yield f"needs {ours.num_plurals} plural forms: {_key(one)}"
        allowed = {_kept(text) for text in _ids(one)}
        if any(_kept(text) not in allowed for text in said):
            yield f"keep the fields as they are: {_key(one)}"


def add(language: str, room: str) -> None:
    """Append the missing texts, untranslated, to a catalogue or a new one."""
    path, absent = LOCALE / language / f"{room}.po", missing(language, room)
    known = {_key(one) for one in load(language, room)}
    plurals = Catalog(locale=language).plural_forms
    path.parent.mkdir(exist_ok=True)
    if not (manifest := path.with_name(FILE)).exists():
        name = (Locale.parse(language).get_display_name(language) or language).capitalize()
        manifest.write_text(f'kind = "language"\nquality = "machine"\noffered = []\n\n[name]\n{language} = "{name}"\n', encoding="utf-8")
    if not path.exists():
        path.write_text(
            f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plurals}\\n"\n',
            encoding="utf-8",
        )
    with path.open("a", encoding="utf-8") as file:
        for one in absent:
            if _key(one) not in known:
                file.write(_entry(one, load(language, room).num_plurals))


def load(language: str, room: str) -> Catalog:
    """Load a catalogue; an empty one where there is no file.

    The names of parts, which their manifests hold, are among `names`.
    """
    path, found = LOCALE / language / f"{room}.po", Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            found = read_po(file, locale=language)
    for english, name in names_of_parts(language).items() if room == "names" else ():
        if english not in found:
            found.add(english, name)
    return found


def _entry(one: Message, forms: int) -> str:
    if not one.pluralizable:
        return f'\nmsgid {_quoted(_key(one))}\nmsgstr ""\n'
    singular, plural = _ids(one)
    empty = "".join(f'msgstr[{number}] ""\n' for number in range(forms))
    return f"\nmsgid {_quoted(singular)}\nmsgid_plural {_quoted(plural)}\n{empty}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _key(one: Message) -> str:
    return _ids(one)[0]


def _ids(one: Message) -> tuple[str, ...]:
    """Return the English text; singular and plural where there are two."""
    return (one.id,) if isinstance(one.id, str) else tuple(one.id)


def _forms(one: Message | None) -> tuple[str, ...]:
    """Return the translated forms; one empty text where there is none."""
    said = one.string if one is not None and not one.fuzzy else ""
    return tuple(said) if isinstance(said, (tuple, list)) else (said or "",)


def _kept(text: str) -> tuple[str, ...]:
    return tuple(sorted(KEPT.findall(text)))


def _exists(language: str) -> bool:
    try:
        return bool(Locale.parse(language))
    except (UnknownLocaleError, ValueError):
        return False


def _say(language: str, room: str, absent: int, faults: list[str], texts: list[str]) -> None:
    of = sum(1 for one in load(MODEL, room) if one.id)
    sys.stdout.write(f"{Path(language) / room}.po: {of - absent} of {of} translated\n")
    for line in (*(f"wrong: {one}" for one in faults), *(f"missing: {one}" for one in texts)):
        sys.stdout.write(f"  {line}\n")


if __name__ == "__main__":
    sys.exit(main())
