"""Load the words of a city's life, sport, trade and the state.

They show whether a post is about the city, and are data: `locales/es_ES/relevance.toml`. Words of one city belong in its profile.
"""

from core.config.word_lists import locale_words

_WORDS = locale_words("relevance")


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORDS[name].split())


SERVICES = _words("services")
"""Things that municipal services clean, repair, run or supervise."""
COUNCIL = _words("council")
"""The council and the people of its districts."""
LIFE = _words("life")
"""Daily life in a city: rents, weather, festivities, crowds."""
PROBLEM = _words("problem")
"""Words of people who report a problem or its repair."""
SPORT = _words("sport")
"""Sport; its effect on streets comes with words of streets."""
TRADE = _words("trade")
"""Trade, travel, jobs, fairs, stock exchange."""
STATE = _words("state")
"""The state, its regions and their politics."""
PASSING = _words("passing")
"""Contexts that mention a city in passing: journeys, births, studies, films."""
FORENAMES = _words("forenames")
"""Forenames and titles, which make a following city's name a surname."""
LANDS = _words("lands")
"""Countries and states overseas with towns of the same names; the profile's `not` adds more."""
TOWNS: tuple[str, ...] = tuple(_WORDS["towns"])
"""Other towns that a post may be about; not where a street bears the name (`calle de Toledo`)."""
REGIONS_OF: dict[str, list[str]] = locale_words("regional_languages")
"""Language -> codes of the regions in which it is spoken; the others are spoken everywhere or nowhere."""
