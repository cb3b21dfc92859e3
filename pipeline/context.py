"""The open house: the city's profile checked to the last key, the ledger open, the reader loaded when it is first needed."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import psutil

from core.config import plugins
from core.config.city import City, load_city
from core.config.protocols import (
    HasSeveralSources,
    LoadedCollector,
    LoadedContactCentre,
    SaysWhyOff,
    load_collector,
    load_contact_centre,
)
from core.config.settings import Settings
from core.config.source_options import SourceOptions
from core.errors import ConfigurationError, DamagedLedgerError, EscuchaError
from core.post import is_example
from core.records import Options
from ledger import leases
from ledger.database import Ledger, open_ledger
from ledger.database.health import check_whole
from ledger.database.postgres import ANSWER_S
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from nlp.annotator import Annotator
from triage.made_forms import FeatureCache

log = logging.getLogger("escucha")

CASEBOOK = "casebook"
"""The contact centre that is no other system: the ledger's own cases, worked on the desk."""


@dataclass
class Source:
    """One configured source: its collector's module, checked options, and secrets or the variables that miss."""

    name: str
    module: LoadedCollector
    options: SourceOptions
    secrets: plugins.Secrets | None
    missing: list[str]
    table: str = ""
    """Its table of the profile, `[sources.TABLE]`, where that stands for several sources; empty: its name."""
    switched_off: str | None = None
    """Why it is not wanted here."""

    @property
    def off(self) -> str | None:
        """Why this source is off, and what to set; None when it is on."""
        if self.switched_off is not None:
            return self.switched_off
        if not self.missing:
            return None
        why = self.module.WHY_OFF if isinstance(self.module, SaysWhyOff) else ""
        return f"off: set {', '.join(self.missing)}{f' ({why})' if why else ''}"


class OutsideCentre(NamedTuple):
    """The outside contact centre, with what each of its functions takes."""

    module: LoadedContactCentre
    options: Options
    secrets: plugins.Secrets | None


@dataclass
class Context:
    """What every step works with."""

    city: City
    settings: Settings
    salt: bytes
    ledger: Ledger
    sources: dict[str, Source]
    city_path: Path

    @cached_property
    def annotator(self) -> Annotator:
        """The reader, loaded once; its files are checked against their manifest."""
        return Annotator(self.city)

    @cached_property
    def made_forms(self) -> FeatureCache:
        """What triage made of the posts of its last batches."""
        return FeatureCache()

    def chosen(self, source: str | None) -> list[Source]:
        """The named source, or all.

        Raises:
            ConfigurationError: the profile has no such source.
        """
        if source is None:
            return list(self.sources.values())
        if of_table := [one for one in self.sources.values() if one.table == source]:
            return of_table
        if source not in self.sources:
            raise ConfigurationError(
                f"{self.city.path}: there is no [sources.{source}]; known: {', '.join(self.sources)}"
            )
        return [self.sources[source]]

    def contact_centre(self) -> "OutsideCentre":
        """Load the outside contact centre with its checked options and secrets.

        Raises:
            ConfigurationError: a secret is missing.
        """
        system, where = self.city.contact_centre.system, f"{self.city.path}: [contact_centre]"
        secrets = plugins.load_secrets("contact_centre", system, where)
        if isinstance(secrets, list):
            raise ConfigurationError(f"{where} system '{system}': set {', '.join(secrets)} in the environment")
        table = self.city.contact_centre.options
        options = plugins.load_options("contact_centre", system, table, where)
        return OutsideCentre(load_contact_centre(system, where), options, secrets)


def now() -> datetime:
    """Return the time in UTC, from the machine's clock. All steps, the desk and the schedules read it here.

    Rules and rooms are given the time. Only what has no step around it reads the machine's clock itself: the `check` functions of
    collectors, Bluesky's live stream, and the moment at which a ticket was found missing (test_clock_readers.py lists them).
    """
    return datetime.now(UTC)


def read_profile(path: Path) -> tuple[City, dict[str, Source]]:
    """The profile with every table checked by its part, before anything is read or written.

    Raises:
        ConfigurationError: names file, table, key and what is allowed.
    """
    city = load_city(path)
    for name, table in city.questions.items():
        plugins.load_options("nlp", name, table, f"{path}: [questions.{name}]")
    if city.contact_centre.system != CASEBOOK:
        plugins.load_options(
            "contact_centre",
            city.contact_centre.system,
            city.contact_centre.options,
            f"{path}: [contact_centre.options]",
        )
    found = [one for name, table in city.sources.items() for one in _sources(path, name, table)]
    return city, {one.name: one for one in found}


def _sources(path: Path, name: str, table: Mapping[str, object]) -> list[Source]:
    """Return the source of a table; its sources, where the collector says that it stands for several."""
    where = f"{path}: [sources.{name}]"
    secrets = plugins.load_secrets("collectors", name, where)
    module, options = load_collector(name, where), plugins.load_options("collectors", name, table, where)
    several = module.sources_of(options) if isinstance(module, HasSeveralSources) else {name: options}
    return [
        Source(
            name=one,
            module=module,
            options=its_options,
            secrets=None if isinstance(secrets, list) else secrets,
            missing=secrets if isinstance(secrets, list) else [],
            table=name if one != name else "",
        )
        for one, its_options in several.items()
    ]


def switch_example_off(sources: dict[str, Source], wanted: bool) -> None:
    """Switch the example week off where it is not wanted, or where something real is listened to."""
    examples = [one for one in sources.values() if is_example(one.name)]
    real = [one.name for one in sources.values() if _is_real(one)]
    why = None if wanted else "off: ESCUCHA_EXAMPLE is no"
    if real and why is None:
        why = f"off: the example week is for a profile without real sources, and {', '.join(real)} is on"
    for one in examples:
        one.switched_off = why


def _is_real(source: Source) -> bool:
    return source.off is None and not is_example(source.name) and source.options.is_live


def worker() -> str:
    """Who holds a lease: this process on this machine, told apart from a later one with the same number by its start."""
    return f"{socket.gethostname()}:{os.getpid()}:{int(psutil.Process().create_time())}"


def free_the_dead(ledger: Ledger) -> None:
    """Give back what a killed worker of this machine held: nobody need wait until its lease ends."""
    host = socket.gethostname()
    for holder in leases.holders(ledger):
        parts_of = holder.rsplit(":", 2)
        if len(parts_of) == 3 and parts_of[0] == host and not _lives(int(parts_of[1]), int(parts_of[2])):
            leases.free(ledger, holder)


def _lives(pid: int, started: int) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False


def _blame_damage(ledger: Ledger) -> None:
    """Say that the file is damaged, if it is: what is read from a damaged page fails in ways of its own."""
    try:
        check_whole(ledger)
    except DamagedLedgerError as damage:
        raise damage from None


@contextmanager
def open_context(city_path: Path, settings: Settings, answer_s: float = ANSWER_S) -> Iterator[Context]:
    """Check the profile, then open the ledger; closes it at the end. `answer_s`: the most one statement of a server may take.

    Raises:
        ConfigurationError: profile, environment, salt or ledger do not fit together; nothing was changed.
        DamagedLedgerError: what was done inside failed, and the ledger's file is damaged.
    """
    city, sources = read_profile(city_path)
    switch_example_off(sources, settings.example)
    salt = settings.salt_bytes()
    ledger = open_ledger(settings.ledger, salt, answer_s=answer_s, journal=Journal(settings.journal, salt))
    try:
        if caught_up := suppressions.catch_up(ledger):
            log.info("ledger: %s entries of the suppression journal applied", f"{caught_up:,}")
        free_the_dead(ledger)
        yield Context(city=city, settings=settings, salt=salt, ledger=ledger, sources=sources, city_path=city_path)
    except EscuchaError:
        raise
    except Exception:
        _blame_damage(ledger)
        raise
    finally:
        with suppress(EscuchaError):  # a ledger that does not answer has said so already
            suppressions.note_end(ledger)
        ledger.close()
