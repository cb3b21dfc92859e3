"""Keep the Spanish of docs/ complete: merge new sentences, or check.

`make docs` extracts the English sentences with Sphinx (build/docs/gettext/*.pot) and runs this with `--check`; `make docs-translations`
merges them into docs/locale/es. A page is translated if it has a catalogue; `--add how-to/upgrade` creates that of a new page. Sentences
without Spanish are printed; the site shows them in English. The check fails if more than one in ten of a page is missing.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "build" / "docs" / "gettext"
CATALOGUES = ROOT / "docs" / "locale" / "es" / "LC_MESSAGES"
THEME = "sphinx"
"""Catalogue of the words around a page (Next, Back to top), which the theme has in English alone."""
MIN_TRANSLATED = 0.9
"""Minimum share of a page's sentences with Spanish: single changed sentences may wait for the translator."""


def main() -> int:
    """Merge or check; return 1 if a page has too little Spanish."""
    parser = argparse.ArgumentParser(prog="python -m workshop.docs_translations", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page has too little Spanish")
    parser.add_argument("--add", nargs="*", default=[], metavar="PAGE", help="create the catalogue of this page")
    options = parser.parse_args()
    if not TEMPLATES.is_dir():
        sys.stderr.write("docs_translations: build/docs/gettext is missing: run make docs-translations\n")
        return 2
    for page in options.add:
        _write(CATALOGUES / f"{page}.po", Catalog(locale="es"), load_catalogue(TEMPLATES / f"{page}.pot"))
    behind = []
    for path in sorted(path for path in CATALOGUES.rglob("*.po") if path.stem != THEME):
        template = load_catalogue(TEMPLATES / path.relative_to(CATALOGUES).with_suffix(".pot"))
        if not options.check:
            _write(path, load_catalogue(path), template)
        without = list(find_missing(load_catalogue(path), template))
        for text in without:
            sys.stderr.write(f"{path.relative_to(ROOT)}: no Spanish for: {text[:90]}\n")
        if len(without) > (1 - MIN_TRANSLATED) * len(template):
            behind.append(path)
    for path in behind:
        sys.stderr.write(
            f"{path.relative_to(ROOT)}: less than {MIN_TRANSLATED:.0%} is translated: run make docs-translations and add the Spanish\n"
        )
    return 1 if behind and options.check else 0


def load_catalogue(path: Path) -> Catalog:
    """Load a catalogue.

    Raises:
        FileNotFoundError: the page does not exist any more; remove its catalogue.
    """
    with path.open("rb") as file:
        return read_po(file, locale="es" if path.suffix == ".po" else None)


def find_missing(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Yield the sentences of a page that have no Spanish."""
    for one in template:
        text = str(one.id)
        found = catalogue.get(text)
        if _has_words(text) and (found is None or not found.string or found.fuzzy):
            yield text


def _has_words(text: str) -> bool:
    """Return True for a sentence; numbers and code need no translation."""
    return re.search(r"[A-Za-z]{2}", re.sub(r"`[^`]*`", "", text)) is not None


def _write(path: Path, catalogue: Catalog, template: Catalog) -> None:
    """Write the sentences in page order with their known translations."""
    fresh = Catalog(locale="es", fuzzy=False)
    for one in template:
        if one.id:
            known = catalogue.get(str(one.id))
            fresh.add(str(one.id), known.string if known is not None else "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, omit_header=True, width=0)


if __name__ == "__main__":
    sys.exit(main())
