"""A private folder in the home for copies of the ledger that are not encrypted: never beside a backup, and never left lying about."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.context import now

PREFIX = "scratch-"
LIVES = timedelta(days=1)
"""No backup and no restore takes longer: an older folder was left by one that was killed."""


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """Lend a private folder in the home; what killed runs left there is removed first."""
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob(f"{PREFIX}*"):
        if old.is_dir() and datetime.fromtimestamp(old.stat().st_mtime, now().tzinfo) < now() - LIVES:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=PREFIX) as folder:
        yield Path(folder)
