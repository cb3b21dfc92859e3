"""Keep the Spanish of docs/ complete: merge new sentences into docs/locale/es, or check that none is missing.

`make docs` extracts the English sentences with Sphinx (build/docs/gettext/*.pot) and runs this with `--check`; `make docs-translations`
merges. A page is translated when it has a catalogue; a new page is added by naming it: `--add how-to/upgrade`. Sentences without Spanish
are printed; the site shows them in English. Where more than one in ten of a page is missing, the check fails.
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
LEAST = 0.9
"""Share of a page's sentences that must have Spanish: a changed number may wait for its translator, a page may not."""


def main() -> int:
    """Merge or check; exit 1 when a page has too little Spanish."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs_translations", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page has too little Spanish")
    parser.add_argument("--add", nargs="*", default=[], metavar="PAGE", help="begin the catalogue of this page")
    asked = parser.parse_args()
    if not TEMPLATES.is_dir():
        sys.stderr.write("docs_translations: no templates yet: run make docs-translations\n")
        return 2
    for page in asked.add:
        _write(CATALOGUES / f"{page}.po", Catalog(locale="es"), read(TEMPLATES / f"{page}.pot"))
    behind = []
    for path in sorted(CATALOGUES.rglob("*.po")):
        template = read(TEMPLATES / path.relative_to(CATALOGUES).with_suffix(".pot"))
        if not asked.check:
            _write(path, read(path), template)
        without = list(missing(read(path), template))
        for text in without:
            sys.stderr.write(f"{path.relative_to(ROOT)}: no Spanish for: {text[:90]}\n")
        if len(without) > (1 - LEAST) * len(template):
            behind.append(path)
    for path in behind:
        sys.stderr.write(
            f"{path.relative_to(ROOT)}: less than {LEAST:.0%} is translated: run make docs-translations, fill it in\n"
        )
    return 1 if behind and asked.check else 0


def read(path: Path) -> Catalog:
    """Return a catalogue.

    Raises:
        FileNotFoundError: the page is gone: remove its catalogue.
    """
    with path.open("rb") as file:
        return read_po(file, locale="es" if path.suffix == ".po" else None)


def missing(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Yield each sentence of the page that has no Spanish."""
    for one in template:
        text = str(one.id)
        found = catalogue.get(text)
        if _has_words(text) and (found is None or not found.string or found.fuzzy):
            yield text


def _has_words(text: str) -> bool:
    """Return True for a sentence; numbers and code read the same in every language."""
    return re.search(r"[A-Za-z]{2}", re.sub(r"`[^`]*`", "", text)) is not None


def _write(path: Path, catalogue: Catalog, template: Catalog) -> None:
    """Write the sentences of the page in its order, with the Spanish known so far."""
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
