"""Write reports again that could not wait for all posts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from core.config.city import City
from core.config.settings import Settings
from ledger.read import Ledger
from reports.build.numbers import collect_numbers
from reports.publish import NUMBERS
from reports.retract_quotes import numbers_in, write_again


def provisional(settings: Settings) -> list[Path]:
    """Return the folders of the reports on disk that miss posts."""
    found = sorted((settings.home / "reports").glob(f"*/*/{NUMBERS}"))
    return [path.parent for path in found if json.loads(path.read_bytes()).get("waiting")]


def renew(city: City, settings: Settings, ledger: Ledger, folder: Path, now: datetime, off: Mapping[str, Sequence[str]]) -> bool:
    """Count a provisional report again and write its files.

    Returns False, with nothing written, while posts are still unread, and for ever where some have been forgotten meanwhile: the numbers
    would be lower than they are.

    Raises:
        EscuchaError: its numbers cannot be parsed.
    """
    old = numbers_in(folder)
    if not old.waiting or old.interval.previous < now - city.retention:
        return False
    numbers = collect_numbers(city, ledger, old.asked, old.interval, now, off)
    if numbers.waiting:
        return False
    write_again(city, settings, ledger, folder, numbers, now)
    return True
