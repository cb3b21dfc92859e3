"""Create private scratch folders for unencrypted copies of the ledger.

They are in the home, never beside a backup, and are removed after use.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.context import now

PREFIX = "scratch-"
LIVES = timedelta(days=1)
"""Longer than any backup or restore takes: an older folder was left by a killed one."""


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """Create a private folder for the block; remove those of killed runs."""
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob(f"{PREFIX}*"):
        if old.is_dir() and datetime.fromtimestamp(old.stat().st_mtime, now().tzinfo) < now() - LIVES:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=PREFIX) as folder:
        yield Path(folder)
