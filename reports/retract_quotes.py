"""Takes quotes of posts that are gone out of the reports on disk: what the city must forget, it forgets here too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from core.config.city import City
from core.config.settings import Settings
from core.errors import EscuchaError
from core.i18n.translate import LANGUAGES
from ledger import read
from ledger.read import Ledger
from reports.build.examples import quoted
from reports.build.statistics import Example, Numbers
from reports.publish import NUMBERS, render

DRAFT_LIVES = timedelta(hours=1)
"""Writing a report takes seconds: a draft older than this is nobody's."""


def retract_quotes(city: City, settings: Settings, ledger: Ledger, now: datetime) -> int:
    """Write each report again that quotes a post the ledger no longer has, or has with another text; the numbers stay. How many.

    Raises:
        EscuchaError: a report cannot be read, so nobody knows what it quotes.
    """
    folders = sorted(path for path in (settings.home / "reports").glob("*/*") if path.is_dir())
    for folder in folders:
        _drop_drafts(folder, now)
    return sum(
        _without_the_gone(city, ledger, folder / NUMBERS, now) for folder in folders if (folder / NUMBERS).exists()
    )


def _drop_drafts(folder: Path, now: datetime) -> None:
    """What a killed run left half written quotes people, too."""
    for draft in folder.glob(".*"):
        if datetime.fromtimestamp(draft.stat().st_mtime, UTC) < now - DRAFT_LIVES:
            draft.unlink(missing_ok=True)


def _without_the_gone(city: City, ledger: Ledger, path: Path, now: datetime) -> bool:
    try:
        numbers = Numbers.model_validate_json(path.read_bytes())
    except ValidationError:
        raise EscuchaError(
            f"{path}: this is no report of this version, so it is not known whom it quotes; delete the folder {path.parent}"
        ) from None
    kept = tuple(example for example in numbers.examples if _stands(ledger, example))
    if kept == numbers.examples:
        return False
    name = path.parent.parent.name
    languages = [language for language in LANGUAGES if (path.parent / f"{name}.{language}.html").exists()]
    render(city, numbers.model_copy(update={"examples": kept}), name, languages, path.parent, now)
    return True


def _stands(ledger: Ledger, example: Example) -> bool:
    post = read.post_record(ledger, example.post_id)
    return post is not None and quoted(post.text) == example.text
