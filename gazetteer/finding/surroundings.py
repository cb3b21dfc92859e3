"""Detect words around a name that change its meaning.

An article, `barrio de`, another capitalised word.
"""

from gazetteer.finding.spans import Span
from gazetteer.finding.tokens import Doc
from gazetteer.names import ARTICLES, JOINING
from gazetteer.place_types import AREA_WORDS


def is_flanked(doc: Doc, begin: int, after: int, number: int | None) -> bool:
    """Tell whether another capitalised word touches the name.

    It is probably part of a longer one then, often a person's.
    """
    if begin > 0 and doc.capital(begin - 1) and doc.joined[begin - 1] and not doc.begins_sentence(begin - 1):
        return True
    return number is None and doc.joined[after - 1] and doc.capital(after)


def is_qualified(doc: Doc, begin: int) -> bool:
    """Tell whether a capitalised and a joining word precede: `Alcalá de Henares`."""
    if begin < 2 or doc.tokens[begin - 1].word not in JOINING or not (doc.joined[begin - 1] and doc.joined[begin - 2]):
        return False
    is_name = doc.capital(begin - 2) and doc.text[doc.tokens[begin - 2].start].isalpha()  # `el 30 de Cartagena` is none
    return is_name and not doc.begins_sentence(begin - 2)


def announced_group(doc: Doc, at: int) -> str:
    """Return the group of the word that announces a bare name.

    For instance `barrio de`, `calles`; '' for none.
    """
    back = at - 1
    while back >= 0 and at - back <= 3 and doc.tokens[back].word in JOINING and doc.joined[back]:
        back -= 1
    return AREA_WORDS.get((doc.tokens[back].word,), "") if back >= 0 and doc.joined[back] else ""


def article_before(doc: Doc, span: Span) -> str:
    """Return the article before a bare name if it belongs to it.

    As in `El Retiro`; '' for none.
    """
    if span.begin == 0 or not doc.joined[span.begin - 1]:
        return ""
    word = doc.tokens[span.begin - 1].word
    return word if word in ARTICLES and any(name.article == word for _, name in span.hits) else ""


def takes_article(doc: Doc, at: int) -> bool:
    """Tell whether the article is written as part of the name.

    `Las Tablas`, `El Retiro`, `el pozo`; not `el Retiro`.
    """
    return doc.tokens[at - 1].word in ("los", "las") or doc.capital(at - 1) or not doc.tokens[at].capital
