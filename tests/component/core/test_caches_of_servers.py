"""What the threads of a server share is filled by one of them: nothing costly is kept by `lru_cache`."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gazetteer
from core.config.city import load_city
from core.runtime.one_filler import OneFiller
from desk import rendering as desk_rendering
from gazetteer.lines.loading import city_streets
from gazetteer.loading.outlines import outlines
from portal import rendering as portal_rendering
from portal.pages.report_map import drawing, view
from search.analysis.vocabulary import synonyms
from tests.support.deployment import ROOT
from tests.unit.core.test_one_filler import ask_at_once

MADRID = ROOT / "cities" / "madrid"
CITY = load_city(ROOT / "cities" / "madrid.toml")
CASES: dict[str, tuple[Any, Callable[[], object]]] = {
    "gazetteer": (gazetteer._load, lambda: gazetteer.gazetteer_of(CITY)),
    "streets": (city_streets, lambda: city_streets(MADRID)),
    "outlines": (outlines, lambda: outlines(MADRID, "barrio")),
    "view of the city": (view._city_view, lambda: view.view_named(CITY, "city")),
    "picture of the city": (drawing._drawn, lambda: drawing.picture(CITY, "city", "s")),
    "page of the portal": (portal_rendering._template, lambda: portal_rendering._template("report.html")),
    "page of the desk": (desk_rendering._template, lambda: desk_rendering._template("cases.html")),
    "words of a search": (synonyms, lambda: synonyms("es")),
}


@pytest.mark.parametrize("name", CASES)
def test_forty_threads_fill_it_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, ask = CASES[name]
    assert isinstance(kept, OneFiller)
    fills = []

    def counted(*given: Any) -> Any:
        fills.append(given)
        return kept.__wrapped__(*given)

    monkeypatch.setattr(kept, "_fill", counted)
    kept.cache_clear()
    assert len(set(map(id, ask_at_once(ask)))) == 1
    assert len(fills) == 1


SERVED = ("core", "gazetteer", "search", "desk", "portal", "dashboards", "reports", "pipeline")
"""Rooms whose functions the threads of desk and portal call."""
CHEAP = {
    "core/i18n/formats.py": {"format_time"},
    "core/i18n/languages.py": {"interface_languages"},
    "core/privacy/pseudonyms.py": {"_cipher"},
    "core/privacy/sensitive.py": {"sensitive_kinds", "_rules"},
    "core/privacy/secret_filter.py": {"_values"},
    "core/web/socket_owner.py": {"is_available"},
    "desk/rendering.py": {"_formatted"},
    "gazetteer/names.py": {"fold"},
    "pipeline/city/example_office.py": {"matters"},  # one file
    "reports/output/mail_html.py": {"rules", "style"},  # one small file
    "search/analysis/stems.py": {"_stemmer", "stem"},
    "search/queries/typed/fields.py": {"_areas", "_fields_by_name", "_index"},  # milliseconds
    "search/index/templates.py": {"_analysis"},  # of indexing alone
}
"""Functions so cheap that forty threads may call them at once."""


def functions_kept(path: Path) -> Iterator[str]:
    """Yield the functions of a file that `lru_cache` or `cache` keeps."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            said = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
            if said & {"lru_cache", "cache"}:
                yield node.name


def test_only_cheap_functions_of_a_server_are_kept_by_lru_cache() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for room in SERVED
        for path in (ROOT / room).rglob("*.py")
        if (names := set(functions_kept(path))) and path.name != "one_filler.py"
    }
    assert found == CHEAP, "a costly one takes core.runtime.one_filler; a cheap one is added to the list"
