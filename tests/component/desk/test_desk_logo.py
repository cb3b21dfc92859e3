"""The council's logo on the desk: one that cannot be drawn is replaced by ours, and `escucha check` names the cause."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.profile.identity import Identity
from dashboards.render.svg import png_of
from desk.pages.identity import OWN_LOGO
from escucha.commands.check import check_logo
from ledger.database import Ledger, open_ledger
from pipeline.context import Context
from tests.support.desk_client import browser
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import MADRID, city_with, portal_context

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#0b4f6c"/></svg>'


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


def with_logo(home: Path, ledger: Ledger, content: bytes | None, name: str | None) -> Context:
    """Return a context whose profile names this file; None: the file is missing."""
    if content is not None and name is not None:
        (home / name).write_bytes(content)
    city = city_with().model_copy(update={"identity": Identity(logo=name), "path": home / MADRID.name})
    return portal_context(home, ledger, city)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (None, "logo.svg", r"logo\.svg: cannot be read \(No such file or directory\)"),
        (b"", "logo.png", "neither PNG nor SVG"),
        (png_of(SVG)[:60], "logo.png", "the PNG file is damaged"),
        (b"<html/>", "logo.svg", "not an SVG picture"),
    ],
)
def test_ours_stands_in_for_a_broken_logo_and_check_says_why(
    tmp_path: Path, ledger: Ledger, content: bytes | None, name: str, why: str
) -> None:
    context = with_logo(tmp_path, ledger, content, name)
    for _ in range(2):
        answer = browser(context).get("/static/logo")
        assert (answer.status_code, answer.content) == (200, OWN_LOGO.read_bytes())
    found = check_logo(context.city)
    assert found.good is False
    assert re.search(why, found.message)


@pytest.mark.parametrize(
    ("content", "name", "media_type"), [(SVG.encode(), "logo.svg", "image/svg+xml"), (png_of(SVG), "logo.png", "image/png")]
)
def test_a_logo_that_can_be_drawn_is_served_as_it_is(tmp_path: Path, ledger: Ledger, content: bytes, name: str, media_type: str) -> None:
    context = with_logo(tmp_path, ledger, content, name)
    answer = browser(context).get("/static/logo")
    assert answer.content == content
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert check_logo(context.city).good is True


def test_without_a_logo_check_counts_no_fault(tmp_path: Path, ledger: Ledger) -> None:
    context = with_logo(tmp_path, ledger, None, None)
    assert browser(context).get("/static/logo").content == OWN_LOGO.read_bytes()
    assert check_logo(context.city).good is None
