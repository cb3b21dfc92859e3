"""Test the files of reports: the same bytes again, and erased posts leave them."""

import json
import os
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.errors import EscuchaError
from ledger.database import Ledger
from ledger.ingest import cursors, store
from ledger.retention import forget
from reports import publish
from reports.publish import NUMBERS, Rendered, replace, write_report
from reports.retract_quotes import retract_quotes
from tests.support.report_facts import CITY, NOW, POSTS, post

FOLDER = Path("reports/weekly/2026-11-16_2026-11-23")


def written(settings: Settings, ledger: Ledger) -> list[Rendered]:
    return write_report(CITY, settings, ledger, "weekly", NOW)


def test_the_same_interval_gives_the_same_files_byte_for_byte(settings: Settings, ledger: Ledger) -> None:
    found = []
    for _run in range(2):
        written(settings, ledger)
        found.append({path.name: path.read_bytes() for path in (settings.home / FOLDER).iterdir()})
    kinds = ("html", "odp", "pdf", "xlsx")
    assert sorted(found[0]) == [NUMBERS, *(f"weekly.{language}.{kind}" for language in ("en", "es") for kind in kinds)]
    assert found[0] == found[1]
    assert (settings.home / FOLDER).stat().st_mode & 0o077 == 0


def test_an_erased_post_leaves_the_reports_on_disk_and_the_numbers_stay(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    files = sorted((settings.home / FOLDER).glob("weekly.*"))
    assert "Mensaje número 2" in (settings.home / FOLDER / "weekly.es.html").read_text()
    assert retract_quotes(CITY, settings, ledger, NOW) == 0
    assert forget.erase_post(ledger, POSTS[2][0].post_id, "erasure", NOW)
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    text = (settings.home / FOLDER / "weekly.es.html").read_text()
    assert "Mensaje número 2" not in text
    assert "Mensaje número 3" in text
    assert "Mensajes sobre la ciudad: 6" in text
    assert not any(b"Mensaje n\xc3\xbamero 2" in path.read_bytes() for path in (settings.home / FOLDER).iterdir())
    assert sorted((settings.home / FOLDER).glob("weekly.*")) == files
    assert retract_quotes(CITY, settings, ledger, NOW) == 0


@pytest.mark.parametrize("written_before", [0, 1, 8])
def test_an_interrupted_retraction_is_done_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, written_before: int
) -> None:
    written(settings, ledger)
    assert forget.erase_post(ledger, POSTS[2][0].post_id, "erasure", NOW)
    done: list[Path] = []

    def killed(path: Path, content: bytes) -> None:
        if len(done) == written_before:
            raise KeyboardInterrupt
        done.append(path)
        replace(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(publish, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            retract_quotes(CITY, settings, ledger, NOW)
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    assert not any(b"Mensaje n\xc3\xbamero 2" in path.read_bytes() for path in (settings.home / FOLDER).iterdir())
    assert retract_quotes(CITY, settings, ledger, NOW) == 0


def test_a_quote_its_author_changed_is_withdrawn_too(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    changed = post(3, POSTS[3][0].created_at, text="Ya lo han recogido, gracias")
    run = cursors.begin_run(ledger, "x", NOW)
    cursors.read_cursor(ledger, "x")
    assert store.store_page(ledger, run, "x", [changed], [], {"at": 2}, None, NOW).updated == 1
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    assert "Mensaje número 3" not in (settings.home / FOLDER / "weekly.en.html").read_text()


def test_a_report_that_cannot_be_read_is_named_not_skipped(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    (settings.home / FOLDER / NUMBERS).write_text(json.dumps({"another": "version"}))
    with pytest.raises(EscuchaError, match=r"numbers\.json: not a report of this version.*delete the folder"):
        retract_quotes(CITY, settings, ledger, NOW)


def test_what_a_killed_run_left_half_written_is_cleared_away(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    old, fresh = (settings.home / FOLDER / f".weekly.es.html.{pid}" for pid in (1, 2))
    old.write_text("Mensaje número 2")
    fresh.write_text("Mensaje número 2")
    os.utime(old, (NOW.timestamp() - 7200, NOW.timestamp() - 7200))
    os.utime(fresh, (NOW.timestamp() - 60, NOW.timestamp() - 60))
    retract_quotes(CITY, settings, ledger, NOW)
    assert (old.exists(), fresh.exists()) == (False, True)
