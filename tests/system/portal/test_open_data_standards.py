"""Test the open data with the validators of its standards: Frictionless, CSVW, DCAT-AP-ES, Parquet."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import frictionless
import pyarrow.parquet as pq
import pyshacl
import pytest
import rdflib
from csvw import CSVW
from starlette.testclient import TestClient

from ledger.database import Ledger, open_ledger
from pipeline.context import Context
from portal.pages.open_data import FILES
from portal.static_files import write_files
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import client_of, open_cases, portal_context

# rdflib's reader of JSON-LD and pyshacl use what rdflib deprecates.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
CORE = Path(__file__).resolve().parents[2] / "data" / "dcat_ap_es_core.ttl"
OFFICIAL = "ESCUCHA_TEST_DCAT_SHAPES"
SHAPES = ("common", "catalog", "dataset", "distribution", "mdr-vocabularies")
SH, DCT, DCAT = (rdflib.Namespace(f"http://{one}") for one in ("www.w3.org/ns/shacl#", "purl.org/dc/terms/", "www.w3.org/ns/dcat#"))
VCARD, AP = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#"), rdflib.Namespace("http://data.europa.eu/r5r/")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    ledger: Ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    open_cases(ledger, [*range(1, 8)])
    open_cases(ledger, [50], topic="noise", district="Usera")
    yield portal_context(tmp_path, ledger, portal_url="https://avisos.example.org")
    ledger.close()


@pytest.fixture
def folder(context: Context) -> Path:
    """Write the files as the portal does."""
    client = client_of(context)
    write_files(client.app, context.settings)  # type: ignore[arg-type]
    return context.settings.portal_folder / "data"


def test_frictionless_validates_package_and_table(folder: Path) -> None:
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.to_summary()
    assert report.tasks[0].stats["rows"] > 4


def test_csvw_validates_the_table_against_its_metadata(folder: Path) -> None:
    described = json.loads((folder / "response-times.csv-metadata.json").read_text())
    described["url"] = "response-times.csv"  # the standard resolves it against the file, here a local one
    (folder / "response-times.csv-metadata.json").write_text(json.dumps(described))
    table = CSVW(str(folder / "response-times.csv"), validate=True)
    assert [str(one.message) for one in table.warnings] == []
    assert table.is_valid


def graph_of(folder: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(folder / "catalog.jsonld", format="json-ld")


def findings(graph: rdflib.Graph, shapes: rdflib.Graph) -> set[tuple[str, str]]:
    """Return severity and path of each finding of the validator; the path is empty for one about a whole node."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=True)
    assert isinstance(report, rdflib.Graph)
    return {
        (str(report.value(one, SH.resultSeverity)).removeprefix(SH), str(report.value(one, SH.resultPath) or ""))
        for one in report.subjects(rdflib.RDF.type, SH.ValidationResult)
    }


@pytest.fixture(scope="module")
def demands() -> rdflib.Graph:
    """Read what we wrote down of the standard."""
    return rdflib.Graph().parse(CORE)


@pytest.fixture(scope="module")
def official() -> rdflib.Graph:
    """Read the official shapes."""
    if OFFICIAL not in os.environ:
        pytest.skip(f"needs {OFFICIAL}, the folder shacl/1.0.0 of github.com/datosgobes/DCAT-AP-ES")
    shapes = rdflib.Graph()
    for name in SHAPES:
        found = sorted(Path(os.environ[OFFICIAL]).glob(f"shacl_{name}*shape*.ttl"))
        assert found, f"{OFFICIAL}: {os.environ[OFFICIAL]} has no shacl_{name}*shape*.ttl"
        for path in found:
            shapes.parse(path)
    return shapes


def test_the_catalogue_has_what_dcat_ap_es_demands(folder: Path, demands: rdflib.Graph) -> None:
    assert findings(graph_of(folder), demands) == set()


def test_each_demand_is_checked(folder: Path, demands: rdflib.Graph) -> None:
    required = (
        DCT.title,
        DCT.description,
        DCT.publisher,
        DCT.issued,
        DCT.modified,
        DCT.language,
        DCT.license,
        DCT.spatial,
        DCT.identifier,
        DCT.temporal,
        DCT["format"],
        DCAT.theme,
        DCAT.keyword,
        DCAT.contactPoint,
        DCAT.distribution,
        DCAT.accessURL,
        DCAT.version,
        DCAT.themeTaxonomy,
        DCT.accessRights,
        AP.availability,
        AP.applicableLegislation,
    )
    missed = []
    for path in required:
        broken = graph_of(folder)
        broken.remove((None, path, None))
        if ("Violation", str(path)) not in findings(broken, demands):
            missed.append(str(path))
    assert missed == []


def test_the_catalogue_passes_the_official_shapes(folder: Path, official: rdflib.Graph) -> None:
    """The only advice not followed: a telephone number, which a profile does not have."""
    assert findings(graph_of(folder), official) == {("Warning", str(VCARD.hasTelephone))}


def test_the_official_shapes_are_in_force(folder: Path, official: rdflib.Graph) -> None:
    broken = graph_of(folder)
    for path in (DCT.title, VCARD.fn):  # without a language, as the standard forbids
        for node, said in list(broken.subject_objects(path)):
            broken.remove((node, path, said))
            broken.add((node, path, rdflib.Literal(str(said))))
    assert {("Violation", str(DCT.title)), ("Violation", str(VCARD.fn))} <= findings(broken, official)


def test_parquet_holds_the_table_of_the_json(folder: Path) -> None:
    table = pq.read_table(io.BytesIO((folder / "response-times.parquet").read_bytes()))
    rows = json.loads((folder / "response-times.json").read_text())["rows"]
    assert table.to_pylist() == [{name: row[name] for name in table.column_names} for row in rows]
    assert table.schema.metadata[b"licence"] == b"https://creativecommons.org/licenses/by/4.0/"


def test_a_version_stays_as_it_was_and_is_listed_with_its_checksum(context: Context, folder: Path) -> None:
    client: TestClient = client_of(context)
    (version,) = json.loads((folder / "versions.json").read_text())["versions"]
    for one in version["files"]:
        path = one["url"].removeprefix("https://avisos.example.org")
        answer = client.get(path, headers={"host": "avisos.example.org"})
        assert hashlib.sha256(answer.content).hexdigest() == one["sha256"]
        assert "immutable" in answer.headers["cache-control"]
        assert (folder.parent / path[1:]).read_bytes() == answer.content
    open_cases(context.ledger, [60, 61, 62, 63, 64, 65])
    later = client_of(context)
    write_files(later.app, context.settings)  # type: ignore[arg-type]
    assert json.loads((folder / "versions.json").read_text())["versions"] == [version]
    assert write_files(later.app, context.settings) == 0  # type: ignore[arg-type]
    assert {path.name for path in folder.iterdir()} == {*FILES, "versions"}
