"""One generator writes every list that names parts: a manifest is enough for a row, and the command says what is stale."""

import sys
from pathlib import Path

import pytest

from core import parts
from core.parts import ROOT, Source, load
from tests.unit.core.test_manifests import LEAST
from workshop.reference import blocks, pages, part_lists
from workshop.reference.__main__ import main


@pytest.fixture
def pigeon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Plant the manifest of one more source."""
    (tmp_path / "part.toml").write_text(LEAST + 'price = "corn"\n', encoding="utf-8")
    planted, found = load(tmp_path / "part.toml", Source), parts._found
    more = {"pigeon": (ROOT / "collectors" / "pigeon", planted)}
    monkeypatch.setattr(parts, "_found", lambda room: {**found(room), **(more if room == "collectors" else {})})


@pytest.mark.usefixtures("pigeon")
def test_a_manifest_alone_puts_a_source_into_every_list() -> None:
    english, spanish = part_lists.TRIED["scripted"]
    assert f"| `collectors/pigeon/` | letters by pigeon | - | {english} |\n" in part_lists.readme("en")
    assert f"| `collectors/pigeon/` | cartas por paloma | - | {spanish} |\n" in part_lists.readme("es")
    page = part_lists.sources_page()
    assert "| `pigeon` | letters | corn | - | - | - |\n" in page
    assert "| `pigeon` | Pigeon | network | the ring |\n" in page
    assert '"collectors.pigeon", "collectors.reddit"' in part_lists.pyproject()


def test_a_file_without_its_block_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match=r"LICENSE: there must be one block 'generated: parts'"):
        blocks.replaced("LICENSE", {"parts": ""})


def test_the_command_says_which_file_is_stale_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["reference", "--check"])
    monkeypatch.setattr(pages, "PAGES", {"README.md": lambda: fresh, "LICENSE": lambda: "other"})
    assert main() == 1
    assert capsys.readouterr().out == "LICENSE is stale: run make docs-reference\n"
