"""Name in messages the variables that a town reads.

A part of Escucha names `ESCUCHA_X_BEARER_TOKEN`, whatever city it works for. One town of several reads its secrets from variables of its
own and from no others: a message that names the installation's sends the operator to where nothing is read.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from core.config.settings import Settings
from core.config.towns import OWN, TownSettings
from core.errors import EscuchaError

NAMED = re.compile(r"\bESCUCHA_(?!TOWN_|CITY\b)([A-Z0-9_]+)")


def with_own_variables(text: str, settings: Settings) -> str:
    """Return a message with the variables that this town reads.

    They are replaced for secrets and for settings that belong to the town. A setting shared by all towns keeps its name.
    """
    if not isinstance(settings, TownSettings):
        return text
    shared = Settings.model_fields.keys() - {*OWN, *settings.given}
    return NAMED.sub(lambda found: found[0] if found[1].lower() in shared else f"{settings.variables}{found[1]}", text)


def unread_variables(settings: Settings) -> str:
    """Say which variables of the installation no town reads.

    Empty: none is set. They are not taken over: with one salt an author would be the same pseudonym in the ledger of every council, and
    one key would open all.
    """
    if not isinstance(settings, TownSettings) or not settings.unread:
        return ""
    names = ", ".join(f"ESCUCHA_{field.upper()}" for field in settings.unread)
    return (
        f"set for the installation, and read by no town: {names}. Each town has its own, so that nothing of one is recognised or opened "
        f"with another's: set {with_own_variables(names, settings)} where a town needs it, and remove it here"
    )


@contextmanager
def own_variables(settings: Settings) -> Iterator[None]:
    """Name the variables of the town in errors raised inside."""
    try:
        yield
    except EscuchaError as error:
        error.args = tuple(with_own_variables(one, settings) if isinstance(one, str) else one for one in error.args)
        raise
