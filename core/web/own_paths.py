"""Accept only paths of this server as targets of redirects."""

from urllib.parse import urlsplit


def own_path(target: str) -> str:
    """Return a path of this server, or `/`, against open redirects.

    >>> own_path("/cases"), own_path("https://evil.example/"), own_path("//evil.example")
    ('/cases', '/', '/')
    """
    parts = urlsplit(target)
    is_local = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local else "/"
