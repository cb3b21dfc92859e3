"""Find the services and the other words of a citizen's question."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from core.config.word_lists import locale_words
from core.errors import ConfigurationError
from core.runtime.one_filler import one_filler
from search.analysis.stems import LANGUAGES, SHORTEST, stem
from search.analysis.tokens import ComparedWord, tokens
from search.analysis.vocabulary import Phrase, stems_of, stop_words

NO_OWN: Mapping[str, Sequence[str]] = MappingProxyType({})
CUT = 2
"""Letters at the end of a listed word that an inflection may lack."""


class ReadQuestion(NamedTuple):
    """Hold what a question is about, as far as its words say."""

    services: frozenset[str]
    """Topics."""
    service_words: frozenset[str]
    """Folded words that name a service: they may be part of a street's name too."""
    others: frozenset[str]
    """The other words, folded, without stop words, kinds of street and numbers: a place, if any."""


def read_question(question: str, languages: Iterable[str], own: Mapping[str, Sequence[str]] = NO_OWN) -> ReadQuestion:
    """Find services and other words, by the rules of each language.

    >>> asked = read_question("farola fundida en la calle Embajadores", ["es"])
    >>> sorted(asked.services), sorted(asked.others)
    (['street_lighting'], ['embajadores', 'fundida'])

    Args:
        question: as it was typed.
        languages: those of the reader and of the city; unknown ones are ignored.
        own: what people of the city call things of a topic, such as its water company; see `own_services`.
    """
    wanted = [one for one in dict.fromkeys(languages) if one in LANGUAGES]
    words = list(tokens(question))
    found: set[str] = set()
    used: set[int] = set()
    for language in wanted:
        for topics, places in _topics_of_phrases(words, language):
            found |= topics
            used |= places
    for topic, at in _own_topics(words, own):
        found.add(topic)
        used |= at
    out = {one for language in wanted for one in stop_words(language)} | _kinds_of_place()
    meant = [(at, one.folded) for at, one in enumerate(words) if one.folded not in out and not one.folded.isdigit()]
    service_words = frozenset(word for at, word in meant if at in used)
    return ReadQuestion(frozenset(found), service_words, frozenset(word for at, word in meant if at not in used))


def own_services(table: Any) -> Mapping[str, Sequence[str]]:
    """Return table `[services]` of a city's `words.toml`: words by topic.

    Raises:
        ConfigurationError: the table is wrong.
    """
    if not isinstance(table, Mapping) or not all(isinstance(words, list) and all(map(_is_said, words)) for words in table.values()):
        raise ConfigurationError('words.toml: [services] has a list of words by topic, such as water_sewage = ["Emasesa"]')
    if wrong := sorted(set(table) - set(locale_words("services"))):
        raise ConfigurationError(f"words.toml: [services]: no topic {wrong[0]!r}; there are {', '.join(locale_words('services'))}")
    return table


def _is_said(words: Any) -> bool:
    return isinstance(words, str) and next(iter(tokens(words)), None) is not None


def _own_topics(words: Sequence[ComparedWord], own: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, set[int]]]:
    folded = [one.folded for one in words]
    for topic, phrases in own.items():
        for phrase in phrases:
            said = [one.folded for one in tokens(phrase)]
            for at in range(len(folded) - len(said) + 1):
                if folded[at : at + len(said)] == said:
                    yield topic, set(range(at, at + len(said)))


def words_of_place(*names: str | None) -> frozenset[str]:
    """Return the words by which a published place is found.

    >>> sorted(words_of_place("Calle de Alcalá", "Salamanca", None))
    ['alcala', 'salamanca']
    """
    out = stop_words(LANGUAGES[0]) | _kinds_of_place()
    found = (one.folded for name in names if name for one in tokens(name))
    return frozenset(word for word in found if word not in out and not word.isdigit())


def _topics_of_phrases(words: Sequence[ComparedWord], language: str) -> Iterator[tuple[frozenset[str], set[int]]]:
    """Yield the topics of each phrase, and where its words are."""
    phrases, out = _phrases(language), stop_words(language)
    longest = max(map(len, phrases))
    at = [place for place, one in enumerate(words) if one.folded not in out]
    stems = [_stem(language, words[place].folded) for place in at]
    start = 0
    while start < len(stems):
        for length in range(min(longest, len(stems) - start), 0, -1):
            found = phrases.get(tuple(stems[start : start + length]), ())
            word = words[at[start]].folded
            if topics := frozenset(one.topic for one in found if length > 1 or _is_form_of(word, one.form)):
                yield topics, set(at[start : start + length])
                start += length
                break
        else:
            start += 1


def _stem(language: str, word: str) -> str:
    """Return the stem; of a Basque word, that of its listed form.

    `zaborrak` has another stem than `zaborra` by the rules.
    """
    if language == "eu" and (stem(language, word),) not in _phrases(language):
        listed = _listed(language)
        word = next((word[:n] for n in range(len(word), SHORTEST - 1, -1) if word[:n] in listed), word)
    return stem(language, word)


@one_filler(maxsize=16)
def _listed(language: str) -> frozenset[str]:
    return frozenset(one.form for phrase, some in _phrases(language).items() if len(phrase) == 1 for one in some)


class _Named(NamedTuple):
    """Hold a word or phrase as listed, and what it names."""

    form: str
    """Folded, without stop words."""
    topic: str


def _is_form_of(word: str, form: str) -> bool:
    """Tell whether a word is an inflection, beside having the stem.

    Basque `hondatuta`, broken, has the stem of `hondakin`, waste.
    """
    return word.startswith(form[: max(SHORTEST - 1, len(form) - CUT)])


@one_filler(maxsize=16)
def _phrases(language: str) -> Mapping[Phrase, Sequence[_Named]]:
    """Return what each phrase of a language names, by its stems."""
    lists, out = locale_words("search")["synonyms"], stop_words(language)
    found: defaultdict[Phrase, list[_Named]] = defaultdict(list)
    for topic, entry in locale_words("services").items():
        of_things = (form for thing in entry["things"] for form in lists[thing].get(language, ()))
        for form in (*entry.get(language, ()), *of_things):
            said = " ".join(one.folded for one in tokens(form) if one.folded not in out)
            found[stems_of(language, form)].append(_Named(said, topic))
    found.pop((), None)
    return found


@one_filler(maxsize=16)
def _kinds_of_place() -> frozenset[str]:
    """Return words such as `calle`, which many places have: folded."""
    words, types = locale_words("search"), locale_words("place_types")["types"]
    kinds = (*words["place_types"], *words["left_out_types"])
    forms = (*chain.from_iterable(types.get(kind, ()) for kind in kinds), *words["left_out_words"])
    return frozenset(one.folded for form in forms for one in tokens(form))
