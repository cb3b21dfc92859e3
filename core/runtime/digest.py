"""Digest the files that a process works by."""

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from core.runtime.processes import start_time

LENGTH = 8
"""Bytes of a digest."""


def digest_of(files: Iterable[tuple[str, Path]]) -> bytes:
    """Return the digest of these files, each under a name.

    A file that cannot be read counts by its name. One that changed since this process began may differ from what the process works by: the
    digest is then one that no other process has.
    """
    digest, began = blake2b(digest_size=LENGTH), start_time(os.getpid())
    for name, path in sorted(files):
        digest.update(f"{name}\\0".encode("utf-8", "surrogateescape"))
        try:
            content, changed = path.read_bytes(), path.stat().st_mtime
        except OSError:
            continue
        digest.update(content if changed <= began else os.urandom(LENGTH))
    return digest.digest()
