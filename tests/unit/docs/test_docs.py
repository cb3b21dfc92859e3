"""The documentation says what the code does: generated pages are fresh, links resolve, named tests and variables exist."""

import json
import re
import struct
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.config.city import TABLES, City
from core.config.settings import Settings
from workshop import docs_translations
from workshop.reference import PAGES
from workshop.reference.tables.fields import rows

ROOT = Path(__file__).parents[3]
PAGES_OF_PEOPLE = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md"), *(ROOT / "samples").glob("*.md")]
)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PRODUCT = (
    "core",
    "gazetteer",
    "collectors",
    "nlp",
    "triage",
    "contact_centre",
    "ledger",
    "search",
    "dashboards",
    "reports",
    "pipeline",
    "desk",
    "portal",
    "escucha",
    "dags",
)


@pytest.mark.parametrize("name", PAGES)
def test_no_generated_page_is_stale(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_CITY", "cities/elsewhere.toml")  # a page must not depend on the machine
    path = ROOT / name
    assert path.exists(), "run make docs-reference"
    assert path.read_text(encoding="utf-8") == PAGES[name](), "run make docs-reference"


@pytest.mark.parametrize("path", PAGES_OF_PEOPLE, ids=[str(path.relative_to(ROOT)) for path in PAGES_OF_PEOPLE])
def test_every_link_leads_to_a_file(path: Path) -> None:
    targets = {match["target"] for match in LINK.finditer(path.read_text(encoding="utf-8"))}
    files = {target.partition("#")[0] for target in targets if "://" not in target and not target.startswith(("#", "mailto:"))}
    assert sorted(target for target in files if not (path.parent / target).exists()) == []


@pytest.mark.parametrize("path", PAGES_OF_PEOPLE, ids=[str(path.relative_to(ROOT)) for path in PAGES_OF_PEOPLE])
def test_every_anchor_is_a_heading(path: Path) -> None:
    wrong = []
    for match in LINK.finditer(path.read_text(encoding="utf-8")):
        target, _, anchor = match["target"].partition("#")
        page = path.parent / target if target else path
        if anchor and "://" not in target and page.suffix == ".md" and anchor not in _anchors(page):
            wrong.append(match["target"])
    assert wrong == []


def _anchors(page: Path) -> set[str]:
    """The anchors of a page as the hosting sites and MyST make them of its headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES_OF_PEOPLE, ids=[str(path.relative_to(ROOT)) for path in PAGES_OF_PEOPLE])
def test_no_page_refers_to_what_is_not_in_the_repository(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(r"[^\n]*(?:shared/design|[Tt]he design (?:names|says|asks|lets)|[Tt]he issue (?:asks|says|wants|allows))[^\n]*", text)
        == []
    )


def test_every_page_is_in_the_table_of_its_folder() -> None:
    indices = [path for path in (ROOT / "docs").glob("*/index.md") if ":glob:" not in path.read_text(encoding="utf-8")]
    assert len(indices) == 5
    for index in indices:
        _, _, tree = index.read_text(encoding="utf-8").partition("```{toctree}\n:hidden:\n\n")
        assert set(tree.partition("\n```")[0].split()) == {page.stem for page in index.parent.glob("*.md")} - {"index"}, index


def test_every_test_that_the_invariants_name_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/explanation/invariants.md").read_text(encoding="utf-8")))
    written = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 40
    assert sorted(named - written) == []


FOLDERS = [
    path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in ("build", "dist", "node_modules", "var")
]
FILE = re.compile(r"[\w./*-]*[\w*]\.(?:py|toml|sh|yaml|yml|html|po|service|timer)")
PATH = re.compile(rf"(?<![\w./$-])(?:{'|'.join(path.name for path in FOLDERS)})/[\w./*-]*")
OF_A_READER = re.compile(
    r"NAME|NEW|CODE|NOMBRE|ROOM|cities/(granada|valencia|zaragoza)|/tmp/|/etc/|escucha/posts$|data/sentiment$|bodies.toml|answers.toml"
)
"""Files that whoever follows the page makes, an asset of Airflow, a folder of another repository."""


@pytest.mark.parametrize("path", PAGES_OF_PEOPLE, ids=[str(path.relative_to(ROOT)) for path in PAGES_OF_PEOPLE])
def test_every_path_that_a_page_names_is_there(path: Path, every_file: frozenset[str]) -> None:
    """`discourse.py`, `privacy/erase.py` and `tests/test_collectors_*.py` were named long after they had become others."""
    if path.name == "CHANGELOG.md" or "decisions" in path.parts:
        return  # they name what there was
    named = {found for code in CODE.findall(path.read_text(encoding="utf-8")) for found in [*FILE.findall(code), *PATH.findall(code)]}
    gone = [name for name in named if not OF_A_READER.search(name) and not _is_there(name, every_file)]
    assert sorted(gone) == []


def _is_there(name: str, every_file: frozenset[str]) -> bool:
    """Tell whether a file or folder has this path, or one that ends so."""
    if any(ROOT.glob(name.strip("./"))):
        return True
    return any(path.endswith(f"/{name}") for path in every_file)


@pytest.fixture(scope="module")
def every_file() -> frozenset[str]:
    return frozenset(f"/{path.relative_to(ROOT)}" for folder in FOLDERS for path in folder.rglob("*") if path.is_file())


def test_pages_name_many_paths() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PAGES_OF_PEOPLE if path.name != "CHANGELOG.md"]
    assert len({found for text in texts for code in CODE.findall(text) for found in PATH.findall(code)}) > 150


def test_every_function_that_a_collector_is_said_to_have_is_in_its_contract() -> None:
    """The row of the room in the architecture, and what the room itself says of the part that each network is."""
    (row,) = re.findall(r"^\| `collectors` \| (.*?);", (ROOT / "docs/explanation/architecture.md").read_text(), re.MULTILINE)
    contract = (ROOT / "core/config/protocols.py").read_text(encoding="utf-8")
    said = re.findall(r"`(\w+)`", row) + re.findall(r"^`(\w+)\(", (ROOT / "collectors/__init__.py").read_text(), re.MULTILINE)
    assert len(said) > 7
    assert [name for name in said if f"def {name}(" not in contract] == []


def test_every_variable_that_the_code_names_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
    found = {
        name
        for room in PRODUCT
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"\bESCUCHA_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert len(found) > 40
    assert sorted(name for name in found if f"`{name}`" not in page) == []


@pytest.mark.parametrize("model", [City, Settings, *TABLES.values()], ids=lambda model: model.__name__)
def test_every_key_has_a_sentence(model: type) -> None:
    assert [row.name for row in rows(model) if not row.meaning and row.name != "path"] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs/img").glob("*.png")), ids=lambda path: path.name)
def test_a_picture_is_small_and_of_the_desks_size(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) < 150_000, "make screenshots"
    assert struct.unpack(">II", content[16:24]) == (1240, 800), "make screenshots"


def test_the_card_of_the_model_begins_with_its_size_its_licences_and_three_of_its_numbers() -> None:
    card = (ROOT / "docs/models/escucha-e5-small.md").read_text(encoding="utf-8")
    top, _, rest = card.partition("## Intended use")
    files = [path.stat().st_size / 1e6 for path in (ROOT / "nlp/models/escucha-e5-small").iterdir()]
    (said,) = re.findall(r"^\| size \| (\d+) MB", top, re.MULTILINE)
    assert abs(int(said) - sum(files)) < 1
    licence = json.loads((ROOT / "nlp/models/escucha-e5-small/manifest.json").read_text(encoding="utf-8"))["licence"]
    assert licence.startswith("MIT for the encoder; Apache-2.0 for heads and tokenizer file")
    assert "encoder: MIT" in top
    assert "heads and tokenizer file: Apache-2.0" in top
    numbers = re.findall(r"\*\*(\.\d{3})\*\*", top)
    measured = rest.partition("Through the whole product")[2].partition("\n\nA recall at")[0]
    assert len(numbers) == 3
    assert [number for number in numbers if number not in measured] == []


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_what_running_costs_is_what_was_measured(page: str) -> None:
    """The README's figures follow their sources: looks for 100 posts, bytes a post, and what X bills for a day."""
    readme = (ROOT / page).read_text(encoding="utf-8").replace(",", ".")  # the Spanish decimals
    to = " a " if ".es." in page else " to "
    streams = (ROOT / "docs/models/streams.md").read_text(encoding="utf-8")
    heads = re.findall(r"^\| stream \| (.+) \|$", streams, re.MULTILINE)[0].split(" | ")
    means = re.findall(r"^\| mean: (?:written|author|notices) \| (.+) \|$", streams, re.MULTILINE)[:3]
    looks = sorted(float(row.split(" | ")[heads.index("looks per 100")]) for row in means)
    for posts in (100, 20, 225):
        assert f"{posts * looks[0] / 100:.0f}{to}{posts * looks[2] / 100:.0f} " in readme, posts
    size = json.loads((ROOT / "workshop/bench/speed_contract.json").read_text(encoding="utf-8"))["ledger bytes a post"]
    assert f"{size / 1000:.1f} kB" in readme
    assert f"| {20 * 365 * size / 1e6:.0f} MB | {225 * 365 * size / 1e6:.0f} MB |" in readme
    plan = r"^\| (?:own mentions only|mentions, every post with the name) \| \d+ \| (\d+) \| \d+ \| ([\d.]+) "
    (mentions, own), (_, all_posts) = re.findall(plan, (ROOT / "docs/reference/sources.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert mentions == "225"
    assert f"| 0.60 USD | {30 * float(own):.2f} USD; {30 * float(all_posts):.0f} USD" in readme


def test_every_picture_is_shown_on_a_page() -> None:
    """Six that no page showed were taken anew, kept and fetched for months."""
    texts = [path.read_text(encoding="utf-8") for path in PAGES_OF_PEOPLE]
    shown = {Path(link["target"]).name for text in texts for link in LINK.finditer(text)}
    kept = {path.name for folder in ("img", "models/pictures") for path in (ROOT / "docs" / folder).iterdir()}
    assert len(kept) > 15
    assert sorted(name for name in kept if name not in shown and name.replace(".es.", ".") not in shown) == []


def test_every_picture_of_the_tutorial_has_its_spanish_twin() -> None:
    shown = set(re.findall(r"\.\./img/(\w+)\.png", (ROOT / "docs/tutorial/first-hour.md").read_text(encoding="utf-8")))
    assert len(shown) >= 5
    assert sorted(name for name in shown if not (ROOT / f"docs/img/{name}.es.png").exists()) == []


def test_a_sentence_without_spanish_is_found_and_a_page_of_them_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [f'msgid "sentence {number}"\nmsgstr ""\n' for number in range(20)]
    spanish = [text.replace('msgstr ""', 'msgstr "frase"') for text in said]
    templates, catalogues = tmp_path / "build", tmp_path / "es"
    templates.mkdir()
    catalogues.mkdir()
    monkeypatch.setattr(docs_translations, "ROOT", tmp_path)
    monkeypatch.setattr(docs_translations, "TEMPLATES", templates)
    monkeypatch.setattr(docs_translations, "CATALOGUES", catalogues)
    monkeypatch.setattr("sys.argv", ["docs_translations", "--check"])
    (templates / "page.pot").write_text("\n".join(said))
    for known, code in ((20, 0), (19, 0), (17, 1), (0, 1)):
        (catalogues / "page.po").write_text("\n".join([*spanish[:known], *said[known:]]))
        assert docs_translations.main() == code, known
    assert "no Spanish for: sentence 19" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted((ROOT / "docs/locale").rglob("*.po")), ids=lambda path: path.stem)
def test_a_translation_keeps_the_code_the_links_and_the_pictures(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="es")
    wrong = []
    for one in catalogue:
        english, spanish = str(one.id), str(one.string)
        if one.id and spanish and sorted(re.findall(r"\]\(([^)]+)\)", english)) != sorted(re.findall(r"\]\(([^)]+)\)", spanish)):
            wrong.append(english)
    assert wrong == []
