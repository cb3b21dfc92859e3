"""Find what a city's set-up lacks, and what each gap costs.

`escucha check` says whether what is set works; this says what is not set. Everything may be left out: the city decides.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from core.config.city import City
from core.config.known_answers.answers import answers_path
from core.config.word_lists import city_folder, city_words
from core.records.annotation import TOPICS
from core.runtime.one_filler import one_filler
from gazetteer.loading.streets import load_rows
from ledger import read
from pipeline.context import Context, now

Weight = Literal[3, 2, 1]
"""3: complaints stay unread or no one hears of a failure; 2: more of the staff's time; 1: less is shown."""
FEW_STREETS = 300
"""A town of some 10,000 people has as many: with fewer the folder is a part of a city."""
PRETENDED = ("@example.org", "@example.com", "@ejemplo.es")
"""Ends of the addresses in the examples."""


class Item(NamedTuple):
    """Hold one thing that a city may set up."""

    name: str
    """As the desk's page names it."""
    done: bool
    weight: Weight


class Completeness(NamedTuple):
    """Hold what is set up and what is not."""

    items: tuple[Item, ...]

    @property
    def share(self) -> float:
        """Return the share of the weights that is done, 0..1."""
        return sum(one.weight for one in self.items if one.done) / sum(one.weight for one in self.items)

    @property
    def missing(self) -> list[Item]:
        """Return what is not done, the costliest first."""
        return sorted((one for one in self.items if not one.done), key=lambda one: -one.weight)


def completeness(context: Context) -> Completeness:
    """Look through the profile, the city's folder and the settings."""
    return Completeness((*_to_be_heard(context), *_to_be_told(context), *_to_know_the_city(context.city), *_to_answer(context)))


def _to_be_heard(context: Context) -> Iterator[Item]:
    city, live = context.city, [one for one in context.sources.values() if not one.off and one.table not in ("archive", "example")]
    yield Item("networks", bool(live), 3)
    own = {str(getattr(one.options, "own_handle", "")).casefold() for one in context.sources.values()} - {""}
    yield Item("handles", bool(city.handles) and own <= {one.casefold() for one in city.handles}, 3)
    yield Item("names", bool(city.questions.get("relevance", {}).get("names")), 3)
    yield Item("press", "feeds" in city.sources, 1)
    yield Item("near", bool(city.questions.get("relevance", {}).get("near")), 2)


def _to_be_told(context: Context) -> Iterator[Item]:
    city, settings = context.city, context.settings
    yield Item("mail", settings.smtp_url is not None, 3)
    yield Item("alarms", bool(settings.alert_to) or settings.alert_webhook is not None or settings.heartbeat_url is not None, 3)
    yield Item("teams", any(_is_real(one.mail) for one in city.departments), 2)
    yield Item("reports", any(_is_real(to) for report in city.reports.values() for to in report.to), 2)
    yield Item("backup", settings.backup_key is not None or bool(settings.backup_key_file), 3)


def _to_know_the_city(city: City) -> Iterator[Item]:
    folder, today = city_folder(city), now().astimezone(city.zone).date()
    streets = 0 if folder is None else _streets(folder)
    yield Item("gazetteer", streets > 0, 3)
    yield Item("streets", streets >= FEW_STREETS, 2)
    yield Item("bodies", folder is not None and (folder / "bodies.toml").exists(), 2)
    yield Item("brands", bool(city_words(folder).get("brands")), 1)
    yield Item("services", {topic for one in city.departments for topic in one.topics} >= {*TOPICS} - {"other"}, 2)
    yield Item("region", city.working_hours.region is not None, 2)
    yield Item("holidays", _has_holidays(city, today), 1)


def _to_answer(context: Context) -> Iterator[Item]:
    city, settings = context.city, context.settings
    yield Item("users", read.has_users(context.ledger), 3)
    yield Item("notice", _is_real(city.notice.contact) and _is_real(city.notice.data_protection_officer), 3)
    yield Item("known_answers", answers_path(city).exists(), 2)
    yield Item("templates", bool(city.templates), 1)
    yield Item("send", city.answers.send, 1)
    yield Item("portal", bool(settings.portal_url), 2)
    yield Item("logo", city.identity.logo is not None, 1)


def _is_real(address: str | None) -> bool:
    return bool(address) and not str(address).endswith(PRETENDED)


def _has_holidays(city: City, today: date) -> bool:
    """Return whether local holidays of this year or next are set."""
    return any(today.year <= day.year <= today.year + 1 for day in city.working_hours.closed)


@one_filler(maxsize=8)
def _streets(folder: Path) -> int:
    path = folder / "streets.csv"
    return len(load_rows(path)) if path.exists() else 0
