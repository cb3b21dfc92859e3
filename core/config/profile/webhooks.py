"""Validate the webhooks of a profile, and read their secrets."""

import base64
import binascii
import os
import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from core.config.shapes import shaped
from core.errors import ConfigurationError
from core.records import Options
from core.records.case_event import EVENT_NAMES, EventName

PREFIX = "whsec_"
KEY_BYTES = (24, 64)
"""Shortest and longest key, as Standard Webhooks asks for."""


def is_loopback(host: str) -> bool:
    """Tell whether a host names this machine; nothing is resolved.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("10.0.0.1")
    (True, True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_url(text: str) -> str:
    """Return the address of a receiver, checked.

    Raises:
        ValueError: not https, or with a user, a fragment or white space.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("not an address, such as 'https://city.example/hooks'") from None
    if not host or re.search(r"[\s\x00-\x1f\\]", text) or parts.scheme not in ("http", "https"):
        raise ValueError("not an address, such as 'https://city.example/hooks'")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address without user, password and '#': the receiver checks the signature")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("https only; http is for receivers on this machine")
    return text


def _some(events: tuple[EventName, ...]) -> tuple[EventName, ...]:
    if not events:
        raise ValueError(f"name at least one of {', '.join(EVENT_NAMES)}, or leave the key out for all")
    return events


class Webhook(Options):
    """Describe a receiver of case events: `[[webhooks]]`."""

    url: Annotated[str, AfterValidator(check_url)]
    """Address that takes the events, https; http on this machine only."""
    secret: str = Field(
        pattern=shaped(
            r"^ESCUCHA_WEBHOOK_[A-Z0-9_]+$",
            "not the NAME of an environment variable, such as 'ESCUCHA_WEBHOOK_SECRET'; the secret itself is never written here",
        )
    )
    """Environment variable with the signing secret, such as `ESCUCHA_WEBHOOK_SECRET`; several secrets are separated by spaces."""
    events: Annotated[tuple[EventName, ...], AfterValidator(_some)] = EVENT_NAMES
    """Events it gets: `opened merged split answered closed reopened`."""
    private: bool = False
    """True: its host may have a private address, such as 10.0.0.8."""


def own_variable(name: str, variables: str) -> str:
    """Return the variable that a profile names, as a town has it.

    `variables`: how the names of its variables begin. No profile can so name another town's secret.

    >>> own_variable("ESCUCHA_WEBHOOK_SECRET", "ESCUCHA_")
    'ESCUCHA_WEBHOOK_SECRET'
    """
    return f"{variables}{name.removeprefix('ESCUCHA_')}"


def signing_keys(hook: Webhook, variables: str) -> list[bytes]:
    """Return the keys of a webhook; every message is signed with each.

    `variables`: see `own_variable`.

    Raises:
        ConfigurationError: names the variable, never its value.
    """
    variable = own_variable(hook.secret, variables)
    given = os.environ.get(variable, "").split()
    if not given:
        raise ConfigurationError(f"[[webhooks]] {hook.url}: set {variable} in the environment")
    try:
        keys = [base64.b64decode(one.removeprefix(PREFIX), validate=True) for one in given if one.startswith(PREFIX)]
    except binascii.Error:
        keys = []
    low, high = KEY_BYTES
    if len(keys) != len(given) or not all(low <= len(key) <= high for key in keys):
        raise ConfigurationError(
            f"{variable}: each secret is '{PREFIX}' and the Base64 of {low} to {high} random bytes; "
            f"make one with `echo {PREFIX}$(openssl rand -base64 32)`"
        )
    return keys
