"""Build the engine's query for a user's input.

`"a phrase"`, `-not`, `this | that` (or `this OR that`), `begin*`; the other words must all occur. The words are analysed by each language
in turn, because a post's terms are those of the post's language.
"""

import re
from dataclasses import dataclass
from typing import Any

from search.analysis.stems import LANGUAGES, stem
from search.analysis.terms import analyse, language_of
from search.analysis.tokens import fold
from search.analysis.vocabulary import things_beginning

Json = dict[str, Any]

FIELD = "terms"
MAX_INPUT = 500
"""Characters of an input; typed searches are shorter."""
MAX_CLAUSES = 40
"""Words, phrases and beginnings of an input: each becomes a clause for every language, and engines limit their number."""
NOTHING: Json = {"match_none": {}}
_PART = re.compile(r'(?P<negated>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"|]+))|(?P<either>\|)')
_BEGINNING = re.compile(r"\w+\*")


@dataclass(frozen=True)
class Clause:
    """Hold one part of an input."""

    text: str
    form: str
    """words, phrase, beginning"""
    negated: bool = False

    def terms(self, language: str) -> list[str]:
        """Return its terms in a language; empty for stop words only."""
        return [term.value for term in analyse(self.text, language)]

    def query(self, language: str) -> list[Json]:
        """Return the queries that must all match in a language."""
        if self.form == "beginning":
            return [_beginning(fold(self.text), language)]
        terms = self.terms(language)
        if self.form == "phrase" and len(terms) > 1:
            return [{"match_phrase": {FIELD: {"query": " ".join(terms)}}}]
        return [{"term": {FIELD: {"value": one}}} for one in terms]


def _beginning(folded: str, language: str) -> Json:
    whole = sorted({f"{language}:{stem(language, folded)}", *(f"={one}" for one in things_beginning(language, folded))})
    queries: list[Json] = [{"prefix": {FIELD: {"value": f"{language}:{folded}"}}}]
    queries += [{"term": {FIELD: {"value": one}}} for one in whole]
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def parse(text: str) -> list[list[Clause]]:
    """Return the alternatives of an input, each a list of clauses.

    >>> [[(one.text, one.form) for one in clauses] for clauses in parse('farola rota | "sin luz" OR apag*')]
    [[('farola rota', 'words')], [('sin luz', 'phrase')], [('apag', 'beginning')]]
    """
    found: list[list[Clause]] = [[]]
    for match in list(_PART.finditer(text[:MAX_INPUT]))[:MAX_CLAUSES]:
        word, negated = match["word"] or "", bool(match["negated"])
        if match["either"] or word == "OR":
            found.append([])
        elif match["phrase"] is not None:
            found[-1].append(Clause(match["phrase"], "phrase", negated))
        elif _BEGINNING.fullmatch(word):
            found[-1].append(Clause(word[:-1], "beginning", negated))
        elif found[-1] and not negated and found[-1][-1].form == "words" and not found[-1][-1].negated:
            found[-1][-1] = Clause(f"{found[-1][-1].text} {word}", "words")  # together they may name one thing
        else:
            found[-1].append(Clause(word, "words", negated))
    return [clauses for clauses in found if clauses]


def terms_query(text: str) -> Json:
    """Return the query for posts whose terms are indexed.

    Words are read in every language: `basura` finds Catalan posts about it too.
    """
    alternatives = [_all_of(clauses) for clauses in parse(text)]
    if not alternatives:
        return NOTHING
    return alternatives[0] if len(alternatives) == 1 else _any_of(alternatives)


def _all_of(clauses: list[Clause]) -> Json:
    wanted = [one for one in clauses if not one.negated]
    unwanted = [query for one in clauses if one.negated for language in LANGUAGES for query in _excluded(one, language)]
    found: Json = {"bool": {"must_not": unwanted}} if unwanted else {"bool": {}}
    if wanted:
        branches = [[query for one in wanted for query in one.query(language)] for language in LANGUAGES]
        matching = [{"bool": {"must": queries}} for queries in branches if queries]
        if not matching:
            return NOTHING
        found["bool"]["must"] = [_any_of(matching)]
    return found if found["bool"] else NOTHING


def _excluded(clause: Clause, language: str) -> list[Json]:
    queries = clause.query(language)
    return [{"bool": {"must": queries}}] if len(queries) > 1 else queries


def _any_of(queries: list[Json]) -> Json:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def highlight(text: str, language: str | None, words: str) -> list[tuple[int, int]]:
    """Return start and end of each word found in a text.

    >>> highlight("Los buses no paran", "es", "autobús")
    [(4, 9)]
    """
    spoken = language_of(language)
    clauses = [one for clauses in parse(words) for one in clauses if not one.negated]
    wanted = {term for one in clauses if one.form != "beginning" for term in one.terms(spoken)}
    begun = [fold(one.text) for one in clauses if one.form == "beginning"]
    wanted |= {f"={thing}" for beginning in begun for thing in things_beginning(spoken, beginning)}
    wanted |= {f"{spoken}:{stem(spoken, beginning)}" for beginning in begun}
    prefixes = tuple(f"{spoken}:{beginning}" for beginning in begun)
    found: list[tuple[int, int]] = []
    for term in analyse(text, spoken, with_parts=True):
        is_wanted = term.value in wanted or (bool(prefixes) and term.value.startswith(prefixes))
        if is_wanted and (not found or term.start >= found[-1][1]):
            found.append((term.start, term.end))
    return found
