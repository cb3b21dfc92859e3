"""Measure language detection: `python -m workshop.evaluation.language [--data ../shared/data]`.

Texts: tweets of UMSAB's `train` (Spanish, English, Portuguese, French, Italian, German), and the posts written for training
(workshop/training/written, our own, all nine). For Catalan, Galician and Basque also the translations in Debian's GTK packages
(libgtk-3-common and libgtk2.0-common, LGPL-2.1+): sentences of programs, not posts. The word weights in
nlp/questions/language/lexicon.py were fitted on half of these (`made`) and other texts; the half of a text is given by its hash, and
only the half `held` is a valid measurement.
"""

import argparse
import gettext
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config.plugins import ROOT
from core.records.annotation import UNDETERMINED
from core.runtime.stdio import set_up_stdio
from nlp.questions.language import LANGUAGES, Options, detect
from workshop.evaluation.places import load_rows

TWEETS = {"es": "spanish", "en": "english", "pt": "portuguese", "fr": "french", "it": "italian", "de": "german"}
CATALOGUES = ("gtk30", "gtk30-properties")
DEBIAN = Path("/usr/share/locale")
FOREIGN = ("nl", "sv", "da", "pl", "cs", "ro", "hu", "tr", "fi", "sq", "lt", "hr", "id", "vi", "oc", "ast", "an")
SHORT = ROOT / "tests" / "gold" / "languages.jsonl"
"""Short reports about a city in nine languages that are read and 42 others, written by us; weights were chosen with `fit` in view."""
SHORTEST, LONGEST = 25, 200
"""Characters of a translation that is measured: a sentence, not the text of a button."""
Text = tuple[str, str, str]
"""Source, language, text."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print accuracy by source and language, Spanish being the city's first."""
    set_up_stdio()
    parser = argparse.ArgumentParser(prog="python -m workshop.evaluation.language", description="Measures the question language.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the tweets")
    parser.add_argument("--errors", action="store_true", help="print errors in the half `made`")
    options = parser.parse_args(arguments)
    right: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for source, code, text in load_texts(options.data):
        found = detect(text, "es", None, Options())[0]
        right[source, half_of(text), code].append(found == code)
        if options.errors and found != code and half_of(text) == "made":
            print_line(f"{source} {code} detected as {found}: {text}")
    print_table(right)
    print_foreign()
    print_short()


def load_texts(data: Path) -> Iterator[Text]:
    """Yield all available texts; missing sources are skipped."""
    for code, name in TWEETS.items():
        path = data / "umsab" / f"{name}_train.jsonl"
        for row in load_rows(path) if path.exists() else ():
            yield "tweets", code, row["text"]
    for path in sorted((ROOT / "workshop" / "training" / "written").glob("*.jsonl")):
        for row in load_rows(path):
            if row["lang"] in LANGUAGES:
                yield "written", row["lang"], row["text"]
    for code in ("ca", "gl", "eu"):
        for name in CATALOGUES:
            path = DEBIAN / code / "LC_MESSAGES" / f"{name}.mo"
            for text in sorted(sentences(path)) if path.exists() else ():
                yield "debian", code, text


def print_foreign() -> None:
    """Print how many sentences in unsupported languages are labelled undetermined.

    Close relatives of Spanish and Catalan are hard.
    """
    for code in FOREIGN:
        paths = [DEBIAN / code / "LC_MESSAGES" / f"{name}.mo" for name in CATALOGUES]
        found = sorted({text for path in paths if path.exists() for text in sentences(path)})
        undetermined = [detect(text, "es", None, Options())[0] == UNDETERMINED for text in found]
        if undetermined:
            print_line(f"debian {code}: {sum(undetermined) / len(undetermined):.3f} of {len(undetermined)} labelled undetermined")


def print_short() -> None:
    """Print how short reports are read, by half of the gold file."""
    wrong: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for row in load_rows(SHORT):
        is_read = row["language"] in LANGUAGES
        is_undetermined = detect(row["text"], "es", None, Options())[0] == UNDETERMINED
        wrong[row["half"], is_read].append(is_undetermined == is_read)
    for (half, is_read), flags in sorted(wrong.items()):
        what = "in a language that is read, labelled undetermined" if is_read else "in other languages, labelled as one that is read"
        print_line(f"short {half}: {sum(flags)} of {len(flags)} {what}")


def sentences(path: Path) -> set[str]:
    """Return a catalogue's translations that are as long as a sentence."""
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    found = {catalogue.gettext(key) for key in catalogue._catalog if isinstance(key, str) and key}  # type: ignore[attr-defined]
    return {text for text in found if SHORTEST <= len(text) <= LONGEST and "\n" not in text}


def half_of(text: str) -> str:
    """Return the half of a text: `made` (fitting), `held` (measuring).

    >>> half_of("Bon dia")
    'made'
    """
    return "held" if hashlib.sha256(text.encode()).digest()[0] % 2 else "made"


def print_table(right: dict[tuple[str, str, str], list[bool]]) -> None:
    """Print every row, then the mean over the nine languages.

    The mean uses tweets where a language has any, else the written posts.
    """
    for (source, part, code), flags in sorted(right.items()):
        print_line(f"{source} {part} {code}: {sum(flags) / len(flags):.3f} of {len(flags)}")
    for part in ("made", "held"):
        shares = [right[source, part, code] for code in LANGUAGES for source in [best_source(right, part, code)] if source]
        mean = sum(sum(flags) / len(flags) for flags in shares) / len(shares)
        print_line(f"mean of {len(shares)} languages, {part} (tweets; ca, gl, eu: written posts): {mean:.4f}")


def best_source(right: dict[tuple[str, str, str], list[bool]], part: str, code: str) -> str | None:
    """Return the source of a language's posts: tweets if there are any."""
    return next((source for source in ("tweets", "written") if (source, part, code) in right), None)


def print_line(line: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
