"""Open the context of a run: checked profile, ledger, and annotator.

The annotator is loaded when it is first used.
"""

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from core.config import plugins
from core.config.city import City, read_table
from core.config.known_answers.answers import KnownAnswers
from core.config.overlay import Laid, Overlay, lay_over, load_laid, profile_name
from core.config.own_variables import own_variables
from core.config.protocols import LoadedContactCentre, NotesMerges, load_contact_centre
from core.config.settings import Settings
from core.config.towns import TownSettings
from core.errors import ConfigurationError, DamagedLedgerError, EscuchaError, LedgerMismatchError
from core.records import Options
from core.records.case import CASEBOOK
from core.runtime.one_filler import one_filler_property
from core.runtime.processes import find_process, start_time
from gazetteer import gazetteer_of
from ledger import leases
from ledger.database import ANSWER_S, NO_LEDGER, Ledger, NoLedgerError, Owner, check_whole, open_ledger, read_meta, view_ledger
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from nlp.annotator import Annotator
from nlp.known_answers import AnswerIndex, build_index
from pipeline.city.overlay import lay, overlay_of
from pipeline.sources import Source, sources_of, switch_example_off
from triage.made_forms import FeatureCache

log = logging.getLogger("escucha")


class OutsideCentre(NamedTuple):
    """Hold the outside contact centre, with what each of its functions takes."""

    module: LoadedContactCentre
    options: Options
    secrets: plugins.Secrets | None


@dataclass
class Context:
    """Hold what every step works with."""

    city: City
    settings: Settings
    salt: bytes
    ledger: Ledger
    sources: dict[str, Source]
    city_path: Path
    indexed_answers: dict[str, AnswerIndex] = field(default_factory=dict)
    """The index of the known answers, by their revision: that of the last one only."""
    indexing: Lock = field(default_factory=Lock)
    """Held by the thread that indexes the known answers."""
    overlay: Overlay = field(default_factory=Overlay)
    """What administrators changed of the profile; `city` has it already."""
    overlay_problems: Mapping[str, ConfigurationError] = field(default_factory=dict)
    """By section, why its change is not used."""

    def refresh(self) -> None:
        """Load the profile again if an administrator changed it meanwhile.

        For programs that run for long, such as the desk.
        """
        newest = overlay_of(self.ledger, self.city_path)
        if newest != self.overlay:
            self._take(lay(self.ledger, self.city_path, self.settings.home, newest))

    def _take(self, laid: Laid) -> None:
        if laid.city.sources != self.city.sources:
            self.sources = read_sources(laid.city, self.city_path, self.settings.variables)
            switch_example_off(self.sources, self.settings.example)
        if (laid.city.gazetteer_folder, laid.city.questions) != (self.city.gazetteer_folder, self.city.questions):
            self.__dict__.pop("annotator", None)  # it was made for the profile of before
        self.city, self.overlay, self.overlay_problems = laid.city, laid.overlay, laid.problems

    @property
    def takes_contacts(self) -> bool:
        """Tell whether citizens may give an address.

        Only where mails can be sent.
        """
        return self.city.portal.contact and self.settings.smtp_url is not None

    @one_filler_property
    def annotator(self) -> Annotator:
        """Load the model once; its files are checked against their manifest."""
        return Annotator(self.city, is_shared=isinstance(self.settings, TownSettings))

    def answer_index(self, answers: KnownAnswers, revision: str) -> AnswerIndex:
        """Index known answers, encoded by the annotator once for each revision.

        Raises:
            ModelError: the matcher was trained for another encoder.
        """
        with self.indexing:  # forty first questions would encode all answers forty times
            if revision not in self.indexed_answers:
                model = self.annotator.inference
                model.load()
                index = build_index(answers, lambda texts: model.read(texts).embedding, model.model)
                self.indexed_answers.clear()
                self.indexed_answers[revision] = index
            return self.indexed_answers[revision]

    @cached_property
    def feature_cache(self) -> FeatureCache:
        """Cache the features that triage computed for the posts of recent batches."""
        return FeatureCache()

    def chosen(self, source: str | None) -> list[Source]:
        """Return the named source, or all.

        Raises:
            ConfigurationError: the profile has no such source.
        """
        if source is None:
            return list(self.sources.values())
        if of_table := [one for one in self.sources.values() if one.table == source]:
            return of_table
        if source not in self.sources:
            raise ConfigurationError(f"{self.city.path}: there is no [sources.{source}]; known: {', '.join(self.sources)}")
        return [self.sources[source]]

    def contact_centre(self) -> "OutsideCentre":
        """Load the outside contact centre with its checked options and secrets.

        Raises:
            ConfigurationError: a secret is missing.
        """
        system, where = self.city.contact_centre.system, f"{self.city.path}: [contact_centre]"
        secrets = plugins.load_secrets("contact_centre", system, where, self.settings.variables)
        if isinstance(secrets, list):
            raise ConfigurationError(f"{where} system '{system}': set {', '.join(secrets)} in the environment")
        table = self.city.contact_centre.options
        options = plugins.load_options("contact_centre", system, table, where)
        return OutsideCentre(load_contact_centre(system, where), options, secrets)

    def closes_merged_tickets(self) -> str | None:
        """Return the outside system that closes tickets of merged cases.

        It reopens them after an undo. None: a person does it by hand.
        """
        system = self.city.contact_centre.system
        if system == CASEBOOK:
            return None
        module = load_contact_centre(system, f"{self.city.path}: [contact_centre]")
        return system if isinstance(module, NotesMerges) else None


def now() -> datetime:
    """Return the current time in UTC, from the machine's clock.

    All steps, the desk and the schedules read it here; rules and rooms take the time as an argument. Only code that has no step around it
    reads the machine's clock itself: the `check` functions of collectors, Bluesky's live stream, and the moment at which a ticket was found
    missing (test_clock_readers.py lists them).
    """
    return datetime.now(UTC)


def read_profile(path: Path, settings: Settings | None = None) -> tuple[City, dict[str, Source]]:
    """Load the profile; each plug-in checks its table before any work starts.

    Args:
        path: its file.
        settings: with the state folder that holds a copy of what administrators changed; None: the profile as in its file.

    Raises:
        ConfigurationError: names file, table, key and what is allowed.
    """
    city = load_laid(path, None if settings is None else settings.home).city
    prefix = settings.variables if settings else plugins.ESCUCHA
    for name, table in city.questions.items():
        plugins.load_options("nlp", name, table, f"{path}: [questions.{name}]")
    if city.contact_centre.system != CASEBOOK:
        plugins.load_options("contact_centre", city.contact_centre.system, city.contact_centre.options, f"{path}: [contact_centre.options]")
    return city, read_sources(city, path, prefix)


def read_sources(city: City, path: Path, prefix: str = plugins.ESCUCHA) -> dict[str, Source]:
    """Return the sources of a profile by their names.

    `prefix`: how the variables of their secrets begin.

    Raises:
        ConfigurationError: names file, table, key and what is allowed.
    """
    sources = [source for name, table in city.sources.items() for source in sources_of(path, name, table, prefix)]
    return {source.name: source for source in sources}


def worker() -> str:
    """Name this process as a holder of leases.

    Host, process id and start time; the start time tells it apart from a later process with the same id.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{int(start_time(os.getpid()))}"


def release_dead_workers(ledger: Ledger) -> None:
    """Release the leases of dead workers of this machine before they expire."""
    host = socket.gethostname()
    for holder in leases.holders(ledger):
        parts = holder.rsplit(":", 2)
        if len(parts) == 3 and parts[0] == host and find_process(int(parts[1]), int(parts[2])) is None:
            leases.release_all(ledger, holder)


def _raise_if_damaged(ledger: Ledger) -> None:
    """Raise DamagedLedgerError if the ledger's file is damaged.

    Reads from a damaged page fail in unpredictable ways; this gives the real cause.
    """
    try:
        check_whole(ledger)
    except DamagedLedgerError as damage:
        raise damage from None


def owner_of(city_path: Path, city: City) -> Owner:
    """Return to whom a ledger of this profile belongs."""
    return Owner(profile_name(city_path), city.name, lambda: gazetteer_of(city).districts)


def salt_of(settings: Settings) -> bytes:
    """Return the salt; make one only where nothing was made with another.

    Raises:
        LedgerMismatchError: it is gone, and a ledger or a suppression journal is there.
    """
    if not settings.has_salt:
        made = "ledger" if read_meta(settings.ledger) is not None else "suppression journal" if settings.journal.exists() else ""
        if made:
            raise LedgerMismatchError(
                f"the salt {settings.home / 'salt'} is gone, and the {made} here was made with it: put back the file that "
                "`make backup-salt` wrote, or set ESCUCHA_SALT. No new one is made: with it no author is known again, and nobody who was "
                "erased stays erased"
            )
    return settings.salt_bytes()


@contextmanager
def open_context(city_path: Path, settings: Settings, answer_s: float = ANSWER_S) -> Iterator[Context]:
    """Check the profile and open the ledger; close it at the end.

    `answer_s`: the most one statement of a database server may take, in seconds.

    Raises:
        ConfigurationError: profile, environment, salt or ledger do not fit together; nothing was changed.
        DamagedLedgerError: the work inside failed, and the ledger's file is damaged.
    """
    with own_variables(settings), _opened(city_path, settings, answer_s) as context:
        yield context


@contextmanager
def _opened(city_path: Path, settings: Settings, answer_s: float) -> Iterator[Context]:
    city, sources = read_profile(city_path, settings)
    switch_example_off(sources, settings.example)
    salt, owner = salt_of(settings), owner_of(city_path, city)
    journal = Journal(settings.journal, salt)
    ledger = open_ledger(settings.ledger, salt, answer_s=answer_s, journal=journal, owner=owner)
    with _closing(ledger):
        try:
            if caught_up := suppressions.catch_up(ledger):
                log.info("ledger: %s entries of the suppression journal applied", f"{caught_up:,}")
            release_dead_workers(ledger)
            context = Context(city=city, settings=settings, salt=salt, ledger=ledger, sources=sources, city_path=city_path)
            context._take(lay(ledger, city_path, settings.home))  # the copy may be older than the ledger
            yield context
        finally:
            with suppress(EscuchaError):  # an unreachable ledger has raised its error already
                suppressions.note_end(ledger)


@contextmanager
def view_context(city_path: Path, settings: Settings) -> Iterator[Context]:
    """Check the profile and open the ledger to read it alone.

    Nothing is made, upgraded or written.

    Raises:
        NoLedgerError: there is no ledger; the message says what a start would make.
        UnavailableError: its tables are of another version.
        ConfigurationError: profile, environment, salt or ledger do not fit together.
    """
    with own_variables(settings), _viewed(city_path, settings) as context:
        yield context


@contextmanager
def _viewed(city_path: Path, settings: Settings) -> Iterator[Context]:
    city, sources = read_profile(city_path, settings)
    switch_example_off(sources, settings.example)
    if read_meta(settings.ledger) is None:
        raise NoLedgerError(
            f"{NO_LEDGER} for {city.name}, and nothing was made. The first start (`make run`, or `escucha run`) makes it, with its salt "
            f"and its suppression journal, in {settings.home.resolve()}, and reads: {', '.join(sources)}"
        )
    salt = salt_of(settings)
    owner = owner_of(city_path, city)
    ledger = view_ledger(settings.ledger, salt, owner, Journal(settings.journal, salt))
    with _closing(ledger):
        context = Context(city=city, settings=settings, salt=salt, ledger=ledger, sources=sources, city_path=city_path)
        context._take(lay_over(read_table(city_path), city_path, overlay_of(ledger, city_path)))
        yield context


@contextmanager
def _closing(ledger: Ledger) -> Iterator[None]:
    """Close the ledger at the end.

    Of an unexpected error it asks first whether the file is damaged.

    Raises:
        DamagedLedgerError: the work inside failed, and the ledger's file is damaged.
    """
    try:
        yield
    except EscuchaError:
        raise
    except Exception:
        _raise_if_damaged(ledger)
        raise
    finally:
        ledger.close()
