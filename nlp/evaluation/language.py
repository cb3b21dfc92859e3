"""Measures how well the language of a post is told: `python -m nlp.evaluation.language [--data ../shared/data]`.

Posts: tweets of UMSAB's `train` (Spanish, English, Portuguese, French, Italian, German), and the posts written for training
(nlp/training/written, our own, all nine). For Catalan, Galician and Basque also translations that Debian's GTK packages
carry (libgtk-3-common and libgtk2.0-common, LGPL-2.1+): sentences of programs, not posts. Half of the latter are those the
words of nlp/questions/language/lexicon.py were weighed on with other texts; a text's half is told by its digest, and only `held` counts.
"""

import argparse
import gettext
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config.plugins import ROOT
from core.stdio import set_up_stdio
from nlp.evaluation.places import read_rows
from nlp.questions.language import KNOWN, UNDETERMINED, Options, detect

TWEETS = {"es": "spanish", "en": "english", "pt": "portuguese", "fr": "french", "it": "italian", "de": "german"}
CATALOGUES = ("gtk30", "gtk30-properties")
DEBIAN = Path("/usr/share/locale")
FOREIGN = ("nl", "sv", "da", "pl", "cs", "ro", "hu", "tr", "fi", "sq", "lt", "hr", "id", "vi", "oc", "ast", "an")
SHORTEST, LONGEST = 25, 200
"""Characters of a translation that is measured: a sentence, not a button."""
Text = tuple[str, str, str]
"""Where it is from, its language, the text."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the share of right answers by source and language, with the city's first language as shipped."""
    set_up_stdio()
    parser = argparse.ArgumentParser(
        prog="python -m nlp.evaluation.language", description="Measures the question language."
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the tweets")
    parser.add_argument("--errors", action="store_true", help="print texts of the half `made` that are read wrongly")
    asked = parser.parse_args(arguments)
    right: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for source, code, text in texts(asked.data):
        found = detect(text, "es", None, Options())[0]
        right[source, half(text), code].append(found == code)
        if asked.errors and found != code and half(text) == "made":
            print_line(f"{source} {code} read as {found}: {text}")
    print_table(right)
    print_foreign()


def texts(data: Path) -> Iterator[Text]:
    """All texts at hand; a source that is not here is left out."""
    for code, name in TWEETS.items():
        path = data / "umsab" / f"{name}_train.jsonl"
        for row in read_rows(path) if path.exists() else ():
            yield "tweets", code, row["text"]
    for path in sorted((ROOT / "nlp" / "training" / "written").glob("*.jsonl")):
        for row in read_rows(path):
            if row["lang"] in KNOWN:
                yield "written", row["lang"], row["text"]
    for code in ("ca", "gl", "eu"):
        for name in CATALOGUES:
            path = DEBIAN / code / "LC_MESSAGES" / f"{name}.mo"
            for text in sorted(sentences(path)) if path.exists() else ():
                yield "debian", code, text


def print_foreign() -> None:
    """How many sentences in languages that the model does not read are told as such; near relatives of Spanish and Catalan are hard."""
    for code in FOREIGN:
        paths = [DEBIAN / code / "LC_MESSAGES" / f"{name}.mo" for name in CATALOGUES]
        found = sorted({text for path in paths if path.exists() for text in sentences(path)})
        told = [detect(text, "es", None, Options())[0] == UNDETERMINED for text in found]
        if told:
            print_line(f"debian {code}: {sum(told) / len(told):.3f} of {len(told)} told as none of ours")


def sentences(path: Path) -> set[str]:
    """The translations of a catalogue that are long enough to be a sentence."""
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    found = {catalogue.gettext(key) for key in catalogue._catalog if isinstance(key, str) and key}  # type: ignore[attr-defined]
    return {text for text in found if SHORTEST <= len(text) <= LONGEST and "\n" not in text}


def half(text: str) -> str:
    """`made`: rules may be made on it; `held`: only measured."""
    return "held" if hashlib.sha256(text.encode()).digest()[0] % 2 else "made"


def print_table(right: dict[tuple[str, str, str], list[bool]]) -> None:
    """Every row, then the mean over the nine languages of posts (tweets where there are any, else written posts)."""
    for (source, part, code), flags in sorted(right.items()):
        print_line(f"{source} {part} {code}: {sum(flags) / len(flags):.3f} of {len(flags)}")
    for part in ("made", "held"):
        shares = [right[source, part, code] for code in KNOWN for source in [best_source(right, part, code)] if source]
        mean = sum(sum(flags) / len(flags) for flags in shares) / len(shares)
        print_line(f"mean of {len(shares)} languages, {part} (tweets; ca, gl, eu: written posts): {mean:.4f}")


def best_source(right: dict[tuple[str, str, str], list[bool]], part: str, code: str) -> str | None:
    """Where a language's posts are from: tweets where there are any."""
    return next((source for source in ("tweets", "written") if (source, part, code) in right), None)


def print_line(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
