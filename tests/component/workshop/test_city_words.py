"""Prove that the code has no words of one city.

Those are data under cities/, a country's under locales/.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator

import pytest

from core.config.plugins import ROOT

WORDS = r"madrid|bicimad|bicing|bilbaobizi|vallekas|samur|selur|canal (de )?isabel|\bemt\b|\btmb\b"
ELSEWHERE = ("cities", "samples", "tests", "docs")
"""Folders that are about Madrid, or use it as their example."""
ALLOWED_TEXT = {
    r'cities/madrid|"cities" / "madrid': "path of the profile that ships as the example and the default",
    r"europe/madrid": "IANA name of the time zone of mainland Spain",
    r"@(?:linea)?madrid\b|decide\.madrid\.es": "handle or address as an example in a docstring or prompt",
    r"decide[_ ]madrid": "name of a data set, and of the platform it comes from",
}
ALLOWED_FILES = {
    "CHANGELOG.md": "documentation",
    "README.es.md": "documentation",
    "README.md": "documentation",
    "collectors/mastodon/__init__.py": "example of a handle in a docstring",
    "core/privacy/redaction/mail_addresses.py": ".madrid is a top-level domain, beside .barcelona, .cat, .eus and .gal",
    "data/trends/": "published counts of open data and where they come from",
    "data/training/": "published training texts and the names of their data sets",
    "desk/auth/passwords.py": "common passwords of Spain, and a city's name in an example",
    "gazetteer/place_types.py": "example in the message about a wrong table",
    "locales/es_ES/broken_things.toml": "a comment says what was measured where",
    "locales/es_ES/domains.toml": "top-level domains",
    "locales/es_ES/everyday_names.txt": "the towns of the country are words of every day",
    "locales/es_ES/name_boundaries.toml": "the capitals of provinces",
    "locales/es_ES/persons/": "Madrid is a surname",
    "locales/es_ES/redaction.toml": "domains of the regions and larger councils of the country",
    "locales/es_ES/regions.toml": "regions of the country and their provinces",
    "locales/es_ES/relevance.toml": "larger towns of Europe, and a football club",
    "locales/es_ES/towns.txt": "the towns of the country",
    "nlp/evaluation/": "names the city of its gold posts",
    "nlp/known_answers/towns.py": "towns of the country, to leave their questions alone",
    "nlp/models/": "vocabulary of the trained tokenizer",
    "nlp/text/sanitize.py": "acronyms as examples in a comment",
    "reports/output/spanish_territory.py": "provinces of the country",
    "workshop/": "measurements on the city that ships, training texts and the names of their data sets",
}


def words_of_a_city(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of `git grep` that name a city and may not.

    A line is `path:line:text`.
    """
    for line in lines:
        path, _, text = line.split(":", 2)
        bare = re.sub("|".join(ALLOWED_TEXT), "", text, flags=re.IGNORECASE)
        if re.search(WORDS, bare, re.IGNORECASE) and not path.startswith(tuple(ALLOWED_FILES)):
            yield line


def test_the_code_has_no_words_of_one_city() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    exclude = [f":!{folder}" for folder in ELSEWHERE]
    command = ["git", "grep", "-iInE", WORDS, "--", ".", *exclude]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(found) > 50, "the search finds what is allowed"
    unused = {path for path in ALLOWED_FILES if not any(line.startswith(path) for line in found)}
    assert not unused, "allowed for nothing: take it off the list"
    assert not list(words_of_a_city(found)), "move it to cities/NAME/words.toml, the profile, or locales/"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('gazetteer/finding/context.py:3:THINGS = "farola bicimad"', True),
        ("triage/subjects.py:9:# the parking zone of Madrid", True),
        ('triage/subjects.py:9:load("cities/madrid.toml")  # for Madrid', True),
        ('escucha/parser.py:38:default = "cities/madrid.toml"', False),
        ("core/config/city.py:155:timezone = 'Europe/Madrid'", False),
        ("locales/es_ES/towns.txt:1:Madrid", False),
        ('locales/es_ES/services.toml:55:es = ["agua", "canal de isabel ii"]', True),
        ('core/privacy/redaction/numbers.py:73:r"policía|samur|emt"', True),
        ('locales/es_ES/services.toml:48:ca = ["tmb"]', True),
        ('core/x.py:2:"""Return whether a handle such as `@MADRID` stays."""', False),
    ],
)
def test_a_planted_word_is_found(line: str, is_found: bool) -> None:
    assert bool(list(words_of_a_city([line]))) is is_found
