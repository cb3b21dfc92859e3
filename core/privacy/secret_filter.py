"""Remove secrets from messages: passwords in URLs and values of secret settings.

The text of every `EscuchaError`, and every line a command prints, passes through here, so no caller has to mask its messages.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote

HIDDEN = "***"
MIN_LENGTH = 6
"""Minimum length of a value to mask: a word of five letters would be masked everywhere."""
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|SALT|_KEY$|JWT|WEBHOOK|HEARTBEAT_URL")
"""Settings that are secret as a whole. In the URL of a webhook the path is the key."""
_ADDRESS_NAME = re.compile(r"_URL$|_CONN$")
_IN_ADDRESS = re.compile(r"""(//)[^\s/@:"'<>]*:[^\s@"'<>]*@""")
_IN_QUERY = re.compile(r"(?i)([?&;][a-z_.-]*(?:password|passwd|pwd|token|secret|api_?key|signature)[a-z_.-]*=)[^&;\s\"'<>]+")


def without_secrets(text: str) -> str:
    """Replace every secret in the text by `***`.

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
    """Return the secrets to mask, longest first (they may overlap)."""
    found = {value for one in environment for value in secrets_in(dict([one])) if len(value) >= MIN_LENGTH}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield each secret of these settings, as written and URL-decoded."""
    for name, value in environment.items():
        if _SECRET_NAME.search(name):
            yield value
            yield from (part.split("=", 1)[-1] for part in re.split(r"[,;\s]+", value) if "=" in part)
        if "@" in value:
            # also in malformed URLs: the login is all before the last @, the password all after its first colon
            login = value.rpartition("@")[0].rpartition("//")[2]
            password = login.partition(":")[2]
            yield from (login, password, unquote(password)) if password else ()
        if "://" in value and _SECRET_NAME.search(name):
            yield value.partition("://")[2].partition("/")[2]
