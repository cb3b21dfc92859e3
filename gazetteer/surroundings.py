"""What stands around a name in a text and changes what it means: an article, `barrio de`, another capitalised word."""

from gazetteer.names import ARTICLES, JOINING
from gazetteer.place_types import AREA_WORDS
from gazetteer.spans import Span
from gazetteer.tokens import Text


def flanked(read: Text, begin: int, after: int, number: int | None) -> bool:
    """True when another capitalised word touches the name: likely part of a longer one, often a person's."""
    if begin > 0 and read.capital(begin - 1) and read.joined[begin - 1] and not read.begins_sentence(begin - 1):
        return True
    return number is None and read.joined[after - 1] and read.capital(after)


def owned(read: Text, begin: int) -> bool:
    """True when a capitalised word and a joining word stand before the name: `Alcalá de Henares`."""
    if (
        begin < 2
        or read.tokens[begin - 1].word not in JOINING
        or not (read.joined[begin - 1] and read.joined[begin - 2])
    ):
        return False
    return read.capital(begin - 2) and not read.begins_sentence(begin - 2)


def announced(read: Text, at: int) -> str:
    """The group of the word that announces a bare name: `barrio de`, `calles`; '' for none."""
    back = at - 1
    while back >= 0 and at - back <= 3 and read.tokens[back].word in JOINING and read.joined[back]:
        back -= 1
    return AREA_WORDS.get((read.tokens[back].word,), "") if back >= 0 and read.joined[back] else ""


def article_before(read: Text, span: Span) -> str:
    """The article before a bare name when one of its places begins with it (`El Retiro`); '' for none."""
    if span.begin == 0 or not read.joined[span.begin - 1]:
        return ""
    word = read.tokens[span.begin - 1].word
    return word if word in ARTICLES and any(name.article == word for _, name in span.hits) else ""


def takes_article(read: Text, at: int) -> bool:
    """Whether the article is written as part of the name: `Las Tablas`, `El Retiro`, `el pozo`; not `el Retiro`."""
    return read.tokens[at - 1].word in ("los", "las") or read.capital(at - 1) or not read.tokens[at].capital
