"""Test the files of the portal: what is written, for whom, and when the folder cannot be written."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from starlette.applications import Starlette

from core.config.settings import Settings
from ledger.database import Ledger
from pipeline.context import Context, now
from portal import versions
from portal.app import create_app
from portal.pages.open_data import FILES
from portal.rendering import LANGUAGES
from portal.static_files import PAGES, StaticFiles, write_files
from tests.support.portal_facts import client_of, open_cases, portal_context


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger) -> Context:
    open_cases(portal_ledger, [1, 2, 3, 4, 5, 6])
    return portal_context(tmp_path, portal_ledger)


@pytest.fixture
def app(context: Context) -> Starlette:
    return create_app(context)


def test_the_files_are_what_the_portal_answers_and_everybody_may_read_them(context: Context, app: Starlette) -> None:
    write_files(app, context.settings)
    folder, client = context.settings.portal_folder, client_of(context)
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.glob("pages/**/*.html"))
    assert pages == sorted(f"pages/{one}/{name}.html" for one in LANGUAGES for name in PAGES.values())
    answer = client.get("/notice", headers={"accept-language": "en"})
    assert (folder / "pages" / "en" / "notice.html").read_bytes() == answer.content
    assert {path.name for path in (folder / "data").iterdir()} == {*FILES, "versions"}
    assert {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()} == {"0o644"}
    assert {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_dir()} == {"0o755"}
    assert write_files(app, context.settings) == 0


def test_one_version_a_month_is_kept_and_none_of_the_example_month(context: Context, app: Starlette) -> None:
    times = app.state.site.times()
    settings: Settings = context.settings
    assert versions.keep_version(settings, times.model_copy(update={"example": True})) is None
    assert versions.keep_version(settings, times.model_copy(update={"rows": ()})) is None
    first = versions.keep_version(settings, times)
    assert first == times.made_at.date().isoformat()
    assert versions.keep_version(settings, times) is None
    later = times.model_copy(update={"made_at": times.made_at + timedelta(days=31)})
    assert versions.keep_version(settings, later) == later.made_at.date().isoformat()
    assert versions.days(settings) == [later.made_at.date().isoformat(), first]


@pytest.mark.parametrize(
    "path", ["../2026-11-28/response-times.csv", "2026-11-28/../secret", "2026-11-28/response-times.xlsx", "2026/x.csv"]
)
def test_only_files_of_versions_are_served(context: Context, app: Starlette, path: str) -> None:
    with time_machine.travel(now(), tick=False):
        versions.keep_version(context.settings, app.state.site.times())
    assert client_of(context).get(f"/data/versions/{path}").status_code == 404


def test_a_folder_that_cannot_be_written_is_said_once_in_words(
    tmp_path: Path, portal_ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    context = portal_context(tmp_path, portal_ledger, portal_files=str(blocked))
    files = StaticFiles()
    files.add(create_app(context), context.settings)
    with caplog.at_level(logging.WARNING, "escucha"):
        files.start()
        while not caplog.records and files._thread.is_alive():
            pass
        files.stop()
    assert [f"portal: its files in {blocked} cannot be written" in one.getMessage() for one in caplog.records] == [True]
