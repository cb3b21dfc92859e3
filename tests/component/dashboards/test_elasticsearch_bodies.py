"""Test the bodies of our requests against Elasticsearch's official specification."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboards import es_query
from dashboards.panels import PANELS
from search.index import templates
from search.queries import filters, post_search
from tests.support.kibana_objects import VIEW
from tests.support.lens_compiler import Json

# The official client's types say what Elasticsearch's own specification allows in each body. They and the compiler come by npm.
TYPES = "@elastic/elasticsearch@9.4.3"
COMPILER = "typescript@5.9.3"


def bodies() -> dict[str, tuple[str, Json]]:
    """Every body we send, by name, with the type it must fit."""
    found: dict[str, tuple[str, Json]] = {}
    for alias in (templates.POSTS, templates.CASES):
        found[f"template_{alias}"] = ("IndicesPutIndexTemplateRequest", {"name": alias, **templates.template(alias)})
    for key, panel in PANELS.items():
        found[f"panel_{key}"] = ("SearchRequest", es_query.body(panel, VIEW))
    chosen = filters.filter_clauses({"topic": "x"}).values()
    found["words"] = (
        "SearchRequest",
        {"query": post_search._query("a b", [*filters.population_clauses("citizens"), *chosen], VIEW.now, None)},
    )
    return found


def typescript(found: dict[str, tuple[str, Json]]) -> str:
    lines = ["import type { estypes } from '@elastic/elasticsearch'"]
    lines += [f"export const {name.replace('-', '_')}: estypes.{kind} = {json.dumps(body)}" for name, (kind, body) in found.items()]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: the bodies are not compared with Elasticsearch's specification")
    folder = tmp_path_factory.mktemp("types")
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", TYPES, COMPILER]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"npm reaches no registry: {done.stderr.strip()[-200:]}")
    return folder


def refused(folder: Path, text: str) -> str:
    (folder / "bodies.ts").write_text(text)
    command = ["npx", "tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "bodies.ts"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False).stdout


@pytest.mark.slow
def test_every_body_fits_the_official_specification(npm: Path) -> None:
    assert refused(npm, typescript(bodies())) == ""


@pytest.mark.slow
def test_the_specification_notices_a_wrong_body(npm: Path) -> None:
    wrong = {"wrong": ("SearchRequest", {"size": 0, "aggs": {"d": {"date_histogram": {"field": "x", "calendar_intrval": "day"}}}})}
    assert "calendar_intrval" in refused(npm, typescript(wrong))
