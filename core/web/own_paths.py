"""Check targets of redirects, and keep keys out of logs."""

import re
from urllib.parse import urlsplit

_KEYED = re.compile(r"\A(/(?:case|mails|unsubscribe)/).+", re.DOTALL)
"""The links of mails: number and key are in the path. The same list: `$escucha_logged` in deploy/nginx/escucha.conf."""


def own_path(target: str) -> str:
    """Return a path of this server, or `/`, against open redirects.

    >>> own_path("/cases"), own_path("https://evil.example/"), own_path("//evil.example")
    ('/cases', '/', '/')
    """
    parts = urlsplit(target)
    is_local = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local else "/"


def logged_path(path: str) -> str:
    """Return a path for a log, without the key of a link.

    >>> logged_path("/case/7K3D9F012Q/0123456789abcdef0123/reply"), logged_path("/cases/C-1")
    ('/case/...', '/cases/C-1')
    """
    return _KEYED.sub(r"\1...", path)
