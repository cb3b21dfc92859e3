"""Build docs/ as a site with Sphinx: `make docs`, in English and Spanish, warnings as errors.

`repository` is the one address that pages need. Nothing is loaded from another host when a page is read. Pages link to files of the
repository as GitHub and Forgejo show them; a link that leaves docs/ has no target in the site, so it becomes the file's path in code.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx

from core.version import VERSION

ROOT = Path(__file__).resolve().parents[1]

project = "Escucha"
author = "the authors of Escucha"
copyright = "the authors of Escucha, Apache-2.0"
version = release = VERSION

repository = ""
"""Address of the repository, once it has one: the only place that names it (or `sphinx-build -D repository=ADDRESS`)."""

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["locale", "_templates"]
templates_path = ["_templates"]
myst_heading_anchors = 4
nitpicky = True
smartquotes = False
highlight_language = "text"

language = "en"
locale_dirs = ["locale"]
gettext_compact = False
gettext_uuid = False
gettext_location = False
gettext_last_translator = ""
gettext_language_team = ""
figure_language_filename = "{root}.{language}{ext}"

html_theme = "furo"
html_title = f"Escucha {version}"
html_copy_source = False
html_show_sphinx = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<path>\.\.?/[^)#\s]*)(?:#[^)\s]*)?\)")


def setup(app: Sphinx) -> None:
    """Register the setting and the rewriting of pages."""
    app.add_config_value("repository", "", "env", (str,))
    app.connect("source-read", name_files_outside)
    app.connect("source-read", clone_first)
    app.connect("html-page-context", mark_english)


def clone_first(app: Sphinx, page: str, source: list[str]) -> None:
    """Begin the first hour with the command that clones, where the address is known."""
    if page == "tutorial/first-hour" and app.config.repository:
        source[0] = source[0].replace(
            "```\nmake run\n", f"```\ngit clone --depth 1 {app.config.repository} escucha && cd escucha\nmake run\n", 1
        )


def mark_english(app: Sphinx, page: str, _template: str, context: dict[str, Any], tree: object) -> None:
    """Mark the text of a page that has no translation as English."""
    catalogue = ROOT / "docs" / "locale" / app.config.language / "LC_MESSAGES" / f"{page}.po"
    if tree is not None and app.config.language != "en" and not catalogue.exists():
        context["body"] = f'<div lang="en">{context["body"]}</div>'


def name_files_outside(_app: Sphinx, page: str, source: list[str]) -> None:
    """Write a link that leaves docs/ as its text and the file's path."""
    folder = PurePosixPath("docs", page).parent
    source[0] = _LINK.sub(lambda link: _linked(folder, link), source[0])


def _linked(folder: PurePosixPath, link: re.Match[str]) -> str:
    target = (ROOT / folder / link["path"]).resolve().relative_to(ROOT)
    if target.parts[:1] == ("docs",) and (ROOT / target).is_file():
        return link[0]
    text = link["text"].strip("`")
    return f"`{target}`" if text in (str(target), target.name, f"{target}/") else f"{link['text']} (`{target}`)"
