"""What docs/conf.py does to pages: the one address, the language of a page without Spanish, and the theme's own words."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.pofile import read_po

pytest.importorskip("sphinx", reason="make docs installs what builds the site")

from docs import conf

ROOT = Path(__file__).parents[3]


def site(**settings: str) -> Any:
    return SimpleNamespace(config=SimpleNamespace(**settings))


def test_the_first_hour_begins_with_the_clone_where_the_address_is_set() -> None:
    page = (ROOT / "docs" / "tutorial" / "first-hour.md").read_text(encoding="utf-8")
    for address, block in (
        (
            "https://code.city.example/escucha",
            "```\ngit clone --depth 1 https://code.city.example/escucha escucha && cd escucha\nmake run\n```",
        ),
        ("", "In its folder:\n\n```\nmake run\n```"),
    ):
        source = [page]
        conf.clone_first(site(repository=address), "tutorial/first-hour", source)
        assert block in source[0]


@pytest.mark.parametrize(
    ("language", "page", "begins"),
    [("es", "reference/cli", '<div lang="en">'), ("es", "how-to/upgrade", "<h1>"), ("en", "reference/cli", "<h1>")],
)
def test_a_page_that_is_english_on_the_spanish_site_says_so(language: str, page: str, begins: str) -> None:
    """Reference pages were English under `lang="es"`: a screen reader pronounced them as Spanish."""
    context = {"body": "<h1>x</h1>"}
    conf.mark_english(site(language=language), page, "page.html", context, object())
    assert context["body"].startswith(begins)


def test_the_words_around_a_page_are_spanish() -> None:
    with (ROOT / "docs" / "locale" / "es" / "LC_MESSAGES" / "sphinx.po").open("rb") as file:
        words = {str(one.id): str(one.string) for one in read_po(file) if one.id}
    assert (words["Next"], words["Previous"]) == ("Siguiente", "Anterior")
    assert [word for word, spanish in words.items() if not spanish or spanish == word] == []
