"""List the towns that this installation serves, each with its own settings.

One, the profile of ESCUCHA_CITY, unless ESCUCHA_TOWNS lists several. They share the programs, the model, the search engine and the database
server. Each has its own ledger, salt, journal, indices, files, addresses, users and secrets, so nothing of one is reached through another.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

from core.config.settings import Settings, explain
from core.errors import ConfigurationError
from core.web.hosts import is_loopback

NAME = re.compile(r"[a-z][a-z0-9]{0,29}")
"""Of a town: the name of its profile. It becomes a folder, a host name, part of index names, of variables and of a database's name."""
TAKEN = frozenset({"posts", "cases", "marker", "districts"})
"""Ends of the index names of an installation for one city."""
APART = ("ledger_url", "suppressions", "desk_url", "portal_url", "portal_files", "backup_folder")
"""Settings that no two towns may have the same value of, unless empty."""
OWN = ("salt", "suppressions", "portal_open311_keys", "api_token", "portal_files")
"""Settings that a town never takes from the installation: with them one would open what belongs to another."""
_SERVER = re.compile(r"([\w+]+://(?:[^:/]*(?::[^@]*)?@)?[^/?]*/[^/?]+)(\?.*)?")
"""Address of a database as SQLAlchemy reads it: a password may hold any sign, and a socket has no host."""
_NUMBERS = re.compile(r"[0-9.]+|.*:.*")
"""A host that is an address, under which there are no names."""


class TownSettings(Settings):
    """Hold the settings of one town among several."""

    town: str
    shared_home: Path
    """State folder of the installation, with what the towns share."""
    given: frozenset[str]
    """Names of the settings that its own variables set."""
    unread: tuple[str, ...] = ()
    """Names of settings that the installation has and no town takes."""

    @property
    def variables(self) -> str:
        """Return how the names of this town's own variables begin."""
        return variables_of(self.town)

    @property
    def index_prefix(self) -> str:
        """Return how the names of this town's indices begin."""
        return f"{super().index_prefix}-{self.town}"

    @property
    def engine_home(self) -> Path:
        """Return the state folder of the embedded search engine."""
        return self.shared_home


@dataclass(frozen=True)
class ServedTown:
    """Hold a town: its name, its profile and its settings."""

    name: str
    profile: Path
    settings: Settings


def towns_of(settings: Settings, profile: Path, *, missing_too: bool = False) -> tuple[ServedTown, ...]:
    """Return the towns that are served.

    One, of `profile`, unless ESCUCHA_TOWNS lists several.

    Args:
        settings: of the installation.
        profile: of its city, where it serves one.
        missing_too: a profile that is missing is no error here: the town has its own when its turn comes, and the others have theirs.

    Raises:
        ConfigurationError: ESCUCHA_TOWNS has a wrong entry, or a variable of a town a wrong value; the message says which.
    """
    listed = [Path(one.strip()) for one in settings.towns.split(",") if one.strip()]
    if not listed:
        return (ServedTown(profile.stem, profile, settings),)
    names = [one.stem for one in listed]
    for path, name in zip(listed, names, strict=True):
        if NAME.fullmatch(name) is None or name in TAKEN:
            raise ConfigurationError(
                f"ESCUCHA_TOWNS: {path}: the file of a town's profile is named by up to 30 of a-z and 0-9, the first a letter, "
                f"and not {', '.join(sorted(TAKEN))}: rename it"
            )
        if not missing_too and not path.is_file():
            raise ConfigurationError(
                f"ESCUCHA_TOWNS: {path}: no such profile; make one with `escucha init {name}`, or take it off the list"
            )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigurationError(f"ESCUCHA_TOWNS: two profiles are named {twice}: a town is known by that name")
    towns = tuple(ServedTown(name, path, settings_of(settings, name)) for path, name in zip(listed, names, strict=True))
    for field in APART:
        _refuse_shared(towns, field)
    return towns


def _refuse_shared(towns: Sequence[ServedTown], field: str) -> None:
    """Refuse two towns with the same ledger, address or folder."""
    known: dict[str, str] = {}
    for town in towns:
        value = _compared(field, str(getattr(town.settings, field)))
        if (other := known.setdefault(value, town.name)) != town.name and value:
            variables = " and ".join(f"{variables_of(one)}{field.upper()}" for one in (other, town.name))
            raise ConfigurationError(f"{variables}: two towns must not share one: give each its own")


def _compared(field: str, value: str) -> str:
    """Return a value as it is compared with that of other towns."""
    if field.endswith("_url") and field != "ledger_url":
        return urlsplit(value).hostname or value  # the port and the rest do not tell towns apart: requests go by host name
    return str(Path(value).resolve()) if value and field != "ledger_url" else value


def chosen(towns: Sequence[ServedTown], wanted: Path) -> ServedTown:
    """Return the town of a profile or of a name.

    Raises:
        ConfigurationError: it is not among them.
    """
    for town in towns:
        if str(wanted) == town.name or wanted.absolute() == town.profile.absolute():
            return town
    raise ConfigurationError(f"{wanted} is not one of ESCUCHA_TOWNS; give --city with one of: {', '.join(one.name for one in towns)}")


def variables_of(town: str) -> str:
    """Return how the names of a town's own variables begin.

    >>> variables_of("getafe")
    'ESCUCHA_TOWN_GETAFE_'
    """
    return f"ESCUCHA_TOWN_{town.upper()}_"


def settings_of(house: Settings, name: str) -> TownSettings:
    """Return the settings of a town.

    Those of the installation, under those that its own variables set. Folder, database and addresses are its own in any case.

    Raises:
        ConfigurationError: one of its variables has a wrong value; the message names it.
    """
    prefix = variables_of(name)
    try:
        own = Settings(_env_prefix=prefix)
    except ValidationError as error:
        raise ConfigurationError(explain(error, prefix)) from None
    given = {field: getattr(own, field) for field in own.model_fields_set}
    if refused := sorted(given.keys() & {"towns", "home"}):
        raise ConfigurationError(f"environment: {prefix}{refused[0].upper()} is a setting of the whole installation: remove it")
    unset = {field: Settings.model_fields[field].get_default() for field in OWN}
    derived: dict[str, Callable[[], object]] = {
        "home": lambda: house.home / "towns" / name,
        "ledger_url": lambda: _with_database(house.ledger_url, name),
        "desk_url": lambda: _at(house.desk_address, name, f"{prefix}DESK_URL"),
        "portal_url": lambda: _at(house.portal_address, name, f"{prefix}PORTAL_URL"),
        "backup_folder": lambda: f"{house.backup_folder}/{name}" if house.backup_folder else "",
    }
    made = {field: make() for field, make in derived.items() if field not in given}
    values = {field: getattr(house, field) for field in Settings.model_fields} | unset | made | given
    unread = tuple(field for field in OWN if getattr(house, field) != unset[field])
    return TownSettings.model_construct(**values, town=name, shared_home=house.home, given=frozenset(given), unread=unread)


def _with_database(url: str, name: str) -> str:
    """Return the address of a town's database on the same server.

    >>> _with_database("postgresql://u:p@db:5432/escucha?sslmode=require", "getafe")
    'postgresql://u:p@db:5432/escucha_getafe?sslmode=require'
    >>> _with_database("postgresql:///escucha?host=/run/postgresql", "getafe")
    'postgresql:///escucha_getafe?host=/run/postgresql'
    >>> _with_database("postgresql://u:p#[?@db/escucha", "getafe")
    'postgresql://u:p#[?@db/escucha_getafe'

    Raises:
        ConfigurationError: it names no database of a server; it is never quoted, because of its password.
    """
    if not url:
        return ""
    if url.startswith("sqlite"):
        raise ConfigurationError(
            "ESCUCHA_LEDGER_URL: with ESCUCHA_TOWNS, name a PostgreSQL server, or nothing: each town then has its own file"
        )
    found = _SERVER.fullmatch(url)
    if found is None:
        raise ConfigurationError("ESCUCHA_LEDGER_URL: with ESCUCHA_TOWNS, it names a database: postgresql://user@host/escucha")
    return f"{found[1]}_{name}{found[2] or ''}"


def _at(address: str, name: str, variable: str) -> str:
    """Return the address of a town under that of the installation.

    >>> _at("https://escucha.example", "getafe", ""), _at("http://127.0.0.1:8800", "getafe", "")
    ('https://getafe.escucha.example', 'http://getafe.localhost:8800')

    Raises:
        ConfigurationError: no name can be under it; `variable` can give the town its own.
    """
    parts = urlsplit(address)
    if not parts.hostname or (_NUMBERS.fullmatch(parts.hostname) and not is_loopback(parts.hostname)):
        raise ConfigurationError(
            f"{address}: each town is reached by a name of its own, and there are none under this address: set {variable}, or give "
            "the installation a host name"
        )
    under = "localhost" if is_loopback(parts.hostname) else parts.hostname
    return urlunsplit(parts._replace(netloc=f"{name}.{under}{f':{parts.port}' if parts.port else ''}"))
