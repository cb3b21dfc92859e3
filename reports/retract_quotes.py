"""Remove the words of deleted posts from the reports on disk.

What the city must forget must not survive in a report.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from core.config.city import City
from core.config.settings import Settings
from core.errors import EscuchaError
from core.i18n.languages import interface_languages
from ledger import read
from ledger.read import Ledger
from reports.build.examples import quoted
from reports.build.headline import Headline, shown_title
from reports.build.incident import MainIncident
from reports.build.statistics import Numbers, QuotedPost
from reports.publish import NUMBERS, Rendered, render

DRAFT_MAX_AGE = timedelta(hours=1)
"""Writing a report takes seconds: an older draft was left by a killed run."""


def retract_quotes(city: City, settings: Settings, ledger: Ledger, now: datetime) -> int:
    """Rewrite each report that quotes a deleted or changed post.

    The numbers stay. Returns how many reports were rewritten.

    Raises:
        EscuchaError: a report cannot be parsed, so its quotes are unknown.
    """
    folders = sorted(path for path in (settings.home / "reports").glob("*/*") if path.is_dir())
    for folder in folders:
        _drop_drafts(folder, now)
    return sum(_rewrite(city, settings, ledger, folder / NUMBERS, now) for folder in folders if (folder / NUMBERS).exists())


def _drop_drafts(folder: Path, now: datetime) -> None:
    """Delete drafts of killed runs: they contain quotes too."""
    for draft in folder.glob(".*"):
        if datetime.fromtimestamp(draft.stat().st_mtime, UTC) < now - DRAFT_MAX_AGE:
            draft.unlink(missing_ok=True)


def rewrite(city: City, settings: Settings, ledger: Ledger, folder: Path, now: datetime) -> bool:
    """Write a report again from its numbers, with the remark of now.

    Returns False when there is no such report.

    Raises:
        EscuchaError: its numbers cannot be parsed.
    """
    if not (folder / NUMBERS).exists():
        return False
    write_again(city, settings, ledger, folder, numbers_in(folder), now)
    return True


def numbers_in(folder: Path) -> Numbers:
    """Return the numbers of a report on disk.

    Raises:
        EscuchaError: they cannot be parsed.
    """
    path = folder / NUMBERS
    try:
        return Numbers.model_validate_json(path.read_bytes())
    except ValidationError:
        raise EscuchaError(f"{path}: not a report of this version, so its quotes are unknown; delete the folder {path.parent}") from None


def _rewrite(city: City, settings: Settings, ledger: Ledger, path: Path, now: datetime) -> bool:
    numbers = numbers_in(path.parent)
    kept = tuple(example for example in numbers.examples if _is_unchanged(ledger, example))
    headline = _with_present_titles(ledger, numbers.headline)
    incident = _with_present_title(ledger, numbers.incident)
    if (kept, headline, incident) == (numbers.examples, numbers.headline, numbers.incident):
        return False
    changed = numbers.model_copy(update={"examples": kept, "headline": headline, "incident": incident})
    write_again(city, settings, ledger, path.parent, changed, now)
    return True


def _with_present_titles(ledger: Ledger, headline: Headline | None) -> Headline | None:
    """Return the headline with the titles that its cases have now.

    A title begins with a citizen's words, which stay out where they could be private; a case that is gone is no reason any more.
    """
    if headline is None:
        return None
    reasons = []
    for one in headline.reasons:
        case = read.case_record(ledger, one.name) if one.kind == "case" else None
        if case is not None:
            reasons.append(one.model_copy(update={"title": shown_title(case)}))
        elif one.kind != "case":
            reasons.append(one)
    return headline.model_copy(update={"reasons": tuple(reasons)})


def _with_present_title(ledger: Ledger, incident: MainIncident | None) -> MainIncident | None:
    """Return the incident with its present title.

    None: there is none, or its case is gone.
    """
    case = read.case_record(ledger, incident.case_key) if incident is not None else None
    return None if incident is None or case is None else incident.model_copy(update={"title": shown_title(case)})


def write_again(city: City, settings: Settings, ledger: Ledger, folder: Path, numbers: Numbers, now: datetime) -> list[Rendered]:
    """Write the files of a report again, in its languages."""
    name = folder.parent.name
    languages = [language for language in interface_languages("reports") if (folder / f"{name}.{language}.html").exists()]
    return render(city, settings, ledger, numbers, name, languages, now, again=True)


def _is_unchanged(ledger: Ledger, example: QuotedPost) -> bool:
    post = read.post_record(ledger, example.post_id)
    return post is not None and quoted(post) == example.text
