"""Takes secrets out of what is said: passwords in addresses, and the values of the secret settings, wherever they turn up.

Every error of ours passes through here, and every line of the command: whoever builds a message need not think of it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote

HIDDEN = "***"
SHORTEST = 6
"""Shorter values are not sought in texts: a word of five letters would be blanked everywhere."""
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|SALT|_KEY$|JWT|WEBHOOK|HEARTBEAT_URL")
"""Settings that are secret as a whole. Of a web hook the path is the key."""
_ADDRESS_NAME = re.compile(r"_URL$|_CONN$")
_IN_ADDRESS = re.compile(r"""(//)[^\s/@:"'<>]*:[^\s@"'<>]*@""")
_IN_QUERY = re.compile(
    r"(?i)([?&;][a-z_.-]*(?:password|passwd|pwd|token|secret|api_?key|signature)[a-z_.-]*=)[^&;\s\"'<>]+"
)


def without_secrets(text: str) -> str:
    """Return the text with every secret replaced by `***`.

    >>> without_secrets("cannot reach postgresql://escucha:s3cret@db/escucha?sslpassword=x1")
    'cannot reach postgresql://***@db/escucha?sslpassword=***'
    """
    for value in _values(tuple(sorted(item for item in os.environ.items() if _is_relevant(*item)))):
        text = text.replace(value, HIDDEN)
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text))


def _is_relevant(name: str, value: str) -> bool:
    is_ours = name.startswith(("ESCUCHA_", "AIRFLOW__")) or name.endswith("_PASSWORD")
    return bool(value) and is_ours and bool(_SECRET_NAME.search(name) or _ADDRESS_NAME.search(name))


@lru_cache(maxsize=4)
def _values(environment: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return what must not be said, the longest first: one secret may be a part of another."""
    found = {value for one in environment for value in secrets_in(dict([one])) if len(value) >= SHORTEST}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield each secret these settings hold, as it is written and as it is meant."""
    for name, value in environment.items():
        if _SECRET_NAME.search(name):
            yield value
            yield from (part.split("=", 1)[-1] for part in re.split(r"[,;\s]+", value) if "=" in part)
        if "@" in value:
            # also in what is no address any more: everything before the last @, and behind the first colon of that
            login = value.rpartition("@")[0].rpartition("//")[2]
            password = login.partition(":")[2]
            yield from (login, password, unquote(password)) if password else ()
        if "://" in value and _SECRET_NAME.search(name):
            yield value.partition("://")[2].partition("/")[2]
