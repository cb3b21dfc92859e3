"""Load the other bodies that answer for something in the city.

Other administrations, companies and neighbouring councils are listed in `bodies.toml` in the city's folder. Staff choose a body when a
case is not the council's; the words only suggest it.
"""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from core.config.city import City
from core.config.plugins import explain_validation
from core.config.word_lists import city_folder, locale_words
from core.errors import ConfigurationError
from core.records import Options
from core.runtime.one_filler import one_filler


class Body(Options):
    """Describe one body that answers for something in the city."""

    name: str
    """Official name, as citizens read it."""
    competence: str
    """What it answers for, in a few words."""
    url: str = Field(pattern=r"^https://\S+$")
    """Where a citizen turns to."""
    phone: str | None = None
    words: tuple[str, ...] = ()
    """Words and phrases of a post that suggest it; compared without accents and capitals, as whole words."""
    answer: dict[str, str] = Field(min_length=1)
    """The drafted answer by language; may name {name}, {url} and {phone}."""

    def answer_in(self, language: str) -> tuple[str, str]:
        """Return the language and the text of the drafted answer.

        Falls back to the first language of the table when there is no answer in `language`.
        """
        found = language if language in self.answer else next(iter(self.answer))
        fields = {"{name}": self.name, "{url}": self.url, "{phone}": self.phone or ""}
        text = self.answer[found]
        for field, value in fields.items():
            text = text.replace(field, value)
        return found, text


class Bodies(Options):
    """Hold the whole table."""

    bodies: tuple[Body, ...] = ()
    emergency: tuple[str, ...] = ()
    """More words and phrases that read like an emergency than `locales/es_ES/emergency.toml` has, written as there: staff are asked to have
    112 called; no priority follows."""
    figurative: tuple[str, ...] = ()
    """More phrases with such words that are none, as there (`incendio político`)."""


def load_bodies(city: City) -> Bodies:
    """Load the table of a city, with the emergencies of the locale.

    Without a file it has those alone.

    Raises:
        ConfigurationError: names file, key and what is allowed.
    """
    folder = city_folder(city)
    return _load(None if folder is None else folder / "bodies.toml")


@one_filler(maxsize=4)
def _load(path: Path | None) -> Bodies:
    everywhere = dict(locale_words("emergency"))
    figurative = tuple(everywhere.pop("figurative"))
    emergency = tuple(word for words in everywhere.values() for word in words)
    if path is None or not path.exists():
        return Bodies(emergency=emergency, figurative=figurative)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as TOML in UTF-8: {error}") from None
    try:
        found = Bodies.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(explain_validation(error, str(path), Bodies, {"bodies": Body})) from None
    names = [one.name for one in found.bodies]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(f"{path}: doubled name: {', '.join(doubled)}")
    more = {"emergency": (*emergency, *found.emergency), "figurative": (*figurative, *found.figurative)}
    return found.model_copy(update={name: tuple(dict.fromkeys(words)) for name, words in more.items()})
