"""Load the profile with the changes that the ledger keeps of it."""

import logging
from pathlib import Path

from core.config.city import read_table
from core.config.overlay import Laid, Overlay, lay_over, profile_name, read_copy, write_copy
from ledger import read
from ledger.database import Ledger

log = logging.getLogger("escucha")


def overlay_of(ledger: Ledger, path: Path) -> Overlay:
    """Return the overlay of a profile as the ledger keeps it."""
    return Overlay.of(read.profile_changes(ledger, profile_name(path)))


def lay(ledger: Ledger, path: Path, home: Path, overlay: Overlay | None = None) -> Laid:
    """Load a profile with its overlay, and update the copy.

    A patch that the profile does not allow is left out, with a warning: collecting goes on.

    Raises:
        ConfigurationError: the file of the profile is wrong.
    """
    overlay = overlay_of(ledger, path) if overlay is None else overlay
    laid = lay_over(read_table(path), path, overlay)
    for section, why in laid.problems.items():
        log.error("%s: the settings [%s] of the desk are not used, the file's are: %s", path, section, why)
    if read_copy(home, path) != (overlay, None):
        try:
            write_copy(home, path, overlay)
        except OSError as error:
            log.warning("%s: the copy of the desk's settings cannot be written: %s", home, error.strerror)
    return laid
