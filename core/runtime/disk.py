"""Tell whether a disk is full, and say what to free where."""

import errno
import os
from pathlib import Path

SPARE_MB = 100
"""To be freed: the ledger's log of writes, a report, and an hour to make more room."""
FULL_MB = 10
"""With less than this free a write may fail."""
MB = 1_000_000


def describe_full_disk(*folders: Path) -> str | None:
    """Say which of these folders has a full disk, and the remedy.

    None: all have room.
    """
    for folder in folders:
        place = next((one for one in (folder, *folder.parents) if one.is_dir()), None)
        if place is None:
            continue
        found = os.statvfs(place)
        free = found.f_bavail * found.f_frsize // MB
        if free < FULL_MB:
            return f"the disk of {place} is full ({free} MB free): free at least {SPARE_MB} MB there, then run this again"
        if found.f_files and not found.f_favail:
            return f"the disk of {place} can hold no more files: remove some there, then run this again"
    return None


def describe_disk_error(error: OSError, *written: Path) -> str:
    """Describe an error of the system.

    A full disk with what to free. `written`: the folders that are written to, for an error that names no file.
    """
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return str(error)
    named = (Path(os.fsdecode(error.filename)).absolute().parent,) if error.filename else ()
    full = describe_full_disk(*named, *written)
    return f"{error}: {full}" if full else str(error)
