"""Every public query has a caller in the product, not in the tests alone."""

import ast
import inspect

from core.config.plugins import ROOT
from search import queries


def test_every_public_query_is_called_outside_of_search() -> None:
    public = {name for name, one in vars(queries).items() if inspect.isfunction(one)}
    assert {"search_posts", "run", "run_many", "ping"} <= public
    files = [ROOT / room for room in ("dashboards", "desk", "pipeline", "portal", "reports", "escucha")]
    sources = [ast.parse(path.read_text(encoding="utf-8")) for folder in files for path in folder.rglob("*.py")]
    used = {node.attr for source in sources for node in ast.walk(source) if isinstance(node, ast.Attribute)}
    used |= {name.name for source in sources for node in ast.walk(source) if isinstance(node, ast.ImportFrom) for name in node.names}
    assert public <= used
